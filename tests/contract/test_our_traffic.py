"""Every request that our tools send, and every reply they get, fits what Quo and Maton publish."""

import json

import pytest

from contract.validator import check_exchange, operations
from quo_mcp.tools.base import name_of
from quo_mcp.tools.catalogue import TOOLSETS
from sandbox.play import DESK, JANE, ROSA

pytestmark = pytest.mark.anyio

UNREACHED = {}
"""Operations that no tool asks for, each with the reason."""

HOOK = {"url": "https://hooks.example.com/quo"}
EVENTS = {
    "message": ["message.received"],
    "call": ["call.completed"],
    "summary": ["call.summary.completed"],
    "transcript": ["call.transcript.completed"],
}


class Traffic:
    """Drives tools, checks each exchange as it happens, and remembers what was reached."""

    def __init__(self, quo):
        self.quo, self.reached, self.driven = quo, set(), set()
        handle = quo.box.gateway.handle

        def checked(request, path):
            reply = handle(request, path)
            target = request.path + (f"?{request.query}" if request.query else "")
            self.reached.add(
                check_exchange(
                    request.method,
                    target,
                    dict(request.headers),
                    request.body,
                    reply.status,
                    reply.body,
                    request_fits=True,
                )
            )
            return reply

        quo.box.gateway.handle = checked

    async def __call__(self, tool, /, **arguments):
        self.driven.add(tool)
        return await self.quo(tool, **arguments)


async def everything(use, state):
    """Every tool once, with all the arguments that change what is asked."""
    await use("quo_check_setup")
    await use("quo_list_phone_numbers", user_id="Tom")
    await use("quo_get_phone_number", inbox="Front Desk")
    await use("quo_list_users", limit=2)
    await use("quo_get_user", user_id="Tom")
    await messages(use)
    await calls(use, state)
    await contacts(use, state)
    await use("quo_get_person", person="Jane Whitaker")
    await use("quo_list_conversations", limit=3)
    await use(
        "quo_list_conversations",
        inboxes=["Front Desk", "Emergency line"],
        user_id="Tom",
        updated_since="7d",
        updated_until="today",
        created_since="60d",
        created_until="today",
        exclude_inactive=True,
    )
    thread = next(iter(state.conversations))
    for status in ("read", "done", "open"):
        await use("quo_mark_conversation", conversation_id=thread, state=status)
    await tasks(use, state, thread)
    await connections(use, state)
    await webhooks(use, state)
    await use("quo_add_opt_out", person="Rosa Delgado", reason="asked on the phone")


async def messages(use):
    await use("quo_send_message", to="Rosa Delgado", text="Hello 👋", user_id="Tom", mark_done=True)
    await use("quo_send_message", to=ROSA, text="Hello", inbox="Front Desk", dry_run=True)
    await use("quo_send_group_message", to=[ROSA, JANE], text="Both", inbox="Front Desk")
    arguments = {
        "person": ["Grace Liu", "Dana", "Oliver Ashworth"],
        "inbox": "Front Desk",
        "limit": 2,
    }
    first = await use("quo_list_messages", **arguments, since="60d", until="today")
    token = first.rpartition('page_token="')[2].split('"')[0]
    await use("quo_list_messages", **arguments, since="60d", until="today", page_token=token)
    await use("quo_list_messages", person=JANE, user_id="Tom", inbox="Front Desk")
    text = next(iter(use.quo.box.state.messages))
    await use("quo_get_message", message_id=text, media_links=True)


async def calls(use, state):
    await use("quo_get_digest")
    await use("quo_get_stats", kind="calls")
    await use("quo_get_stats", kind="messages")
    await use("quo_list_voicemails", since="3d")
    await use("quo_list_calls", person=JANE, inbox=DESK, since="60d", until="today", user_id="Tom")
    for call in (*list(state.summaries)[:2], *list(state.voicemails)[:2]):
        await use("quo_get_call", call_id=call)
        for what in ("recordings", "summary", "transcript", "voicemail"):
            await use(f"quo_get_call_{what}", call_id=call)


async def contacts(use, state):
    await use("quo_find_contacts", query="Jane")
    await use("quo_list_contacts", external_ids=["crm-2207"], sources=["hubspot", "jobber"])
    await use("quo_list_contact_custom_fields")
    custom = {
        "Gate code": 1,
        "Tags": ["a"],
        "On service plan": True,
        "Last service": "2026-01-01",
        "Job folder": "https://files.example.com/x",
    }
    await use(
        "quo_create_contact",
        first_name="Nora",
        last_name="B",
        company="C",
        role="R",
        phone_numbers=["mobile: +14155550198"],
        emails=["nora@example.com"],
        custom_fields=custom,
        external_id="n-1",
        source="sheet",
    )
    created_id = list(state.contacts)[-1]
    await use("quo_get_contact", contact_id=created_id)
    change = {"add_emails": ["home: n@example.org"], "remove_phone_numbers": ["+14155550198"]}
    cleared = {"clear": ["last_name", "company", "Tags"], "custom_fields": {"Gate code": 2}}
    await use("quo_update_contact", contact_id=created_id, **change, **cleared)
    for contact in list(state.contacts)[:3]:
        await use("quo_update_contact", contact_id=contact, role="Changed")
    await use("quo_delete_contact", contact_id=created_id)


async def tasks(use, state, thread):
    await use("quo_list_tasks", limit=2)
    await use(
        "quo_create_task",
        title="Call back",
        description="Soon",
        due="tomorrow",
        assignee="Tom",
        conversation_id=thread,
    )
    task = list(state.tasks)[-1]
    await use("quo_get_task", task_id=task)
    await use(
        "quo_update_task",
        task_id=task,
        title="Call",
        description="Now",
        due="tomorrow",
        assignee="Priya",
    )
    await use("quo_update_task", task_id=task, due="2026-03-20")
    await use("quo_update_task", task_id=task, done=True)
    await use("quo_update_task", task_id=task, done=False)
    await use("quo_update_task", task_id=task, clear=["due", "assignee", "conversation"])
    await use("quo_update_task", task_id=task, conversation_id=thread)
    await use("quo_delete_task", task_id=task)


async def connections(use, state):
    await use("quo_list_connections", status="ACTIVE")
    await use("quo_create_connection")
    created_id = list(state.connections)[-1]
    await use("quo_get_connection", connection_id=created_id)
    await use("quo_delete_connection", connection_id=created_id)


async def webhooks(use, state):
    await use("quo_list_webhooks")
    for events in EVENTS.values():
        await use("quo_create_webhook", **HOOK, events=events, inboxes=["Front Desk"], label="CRM")
    created_id = list(state.webhooks)[-1]
    await use("quo_get_webhook", webhook_id=created_id)
    await use("quo_delete_webhook", webhook_id=created_id)


@pytest.mark.maton
async def test_every_tool_keeps_to_the_contract_and_together_they_reach_all_of_it(phone):
    async with phone(config={"toolsets": tuple(TOOLSETS)}) as quo:
        use = Traffic(quo)
        await everything(use, quo.box.state)
        all_tools = {name_of(tool) for tools in TOOLSETS.values() for tool in tools}
        # What asks Quo only about a text of unknown outcome has nothing to ask here.
        assert all_tools - use.driven == {"quo_get_send_status"}
        assert set(operations()) - use.reached == set(UNREACHED)


@pytest.mark.maton
async def test_what_is_asked_about_a_lost_text_keeps_to_the_contract(phone):
    from quo_mcp.sandbox import Fault

    async with phone() as quo:
        use = Traffic(quo)
        quo.box.inject(
            Fault("late_commit", method="POST", path="/quo/v1/messages", status=502, seconds=60)
        )
        text = await use("quo_send_message", to=ROSA, text="Hello", inbox="Front Desk")
        send_id = text.partition('send_id="')[2].partition('"')[0]
        await use("quo_get_send_status", send_id=send_id)
        [sent] = [each for each in quo.box.requests if each["method"] == "POST"]
        assert json.loads(sent["body"]) == {"content": "Hello", "from": DESK, "to": [ROSA]}
        assert len(use.reached) >= 2
