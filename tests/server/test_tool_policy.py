"""Which tools the settings enable, and which inboxes the tools may use."""

import pytest

from quo_mcp.config.settings import InvalidSettings, Settings
from quo_mcp.directory import conversation_scan
from quo_mcp.errors import NotFound, PolicyRefusal
from quo_mcp.records.record import Page, Record
from quo_mcp.safety import scoped_api
from quo_mcp.sandbox import Fault
from quo_mcp.server.app import build_server
from quo_mcp.server.tool_policy import ToolPolicy
from quo_mcp.tools.base import Effect, name_of
from quo_mcp.tools.catalogue import OFF_BY_DEFAULT, TOOLSETS
from sandbox.play import DESK, DIRECT, EMERGENCY, JANE

ALL_TOOLS = {name_of(tool): tool for tools in TOOLSETS.values() for tool in tools}
WRITE_TOOLS = [name for name, tool in ALL_TOOLS.items() if tool.effect is not Effect.READ]


def offered(**settings):
    return set(ToolPolicy(Settings(**settings), TOOLSETS, OFF_BY_DEFAULT).tools)


def test_by_default_there_is_all_but_what_must_be_switched_on():
    off = {name_of(tool) for toolset in OFF_BY_DEFAULT for tool in TOOLSETS[toolset]}
    assert offered() == set(ALL_TOOLS) - off
    assert offered(toolsets="all") == set(ALL_TOOLS)
    assert offered(toolsets=("default", *OFF_BY_DEFAULT)) == set(ALL_TOOLS)


def test_toolsets_and_single_tools_add_up_and_an_exclusion_is_the_last_word():
    workspace = {name_of(tool) for tool in TOOLSETS["workspace"]}
    assert offered(toolsets="workspace") == workspace
    assert offered(toolsets="workspace", tools="quo_get_call") == {*workspace, "quo_get_call"}
    assert offered(
        toolsets="workspace", tools="quo_get_call", exclude_tools="quo_get_call,quo_get_user"
    ) == workspace - {"quo_get_user"}


@pytest.mark.parametrize(
    "settings", [{}, {"toolsets": "all"}, {"tools": tuple(WRITE_TOOLS)}], ids=str
)
def test_read_only_is_stronger_than_anything_that_is_switched_on(settings):
    assert not offered(read_only=True, **settings) & set(WRITE_TOOLS)


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        (
            {"toolsets": "mesages"},
            'QUO_MCP_TOOLSETS: unknown value "mesages"; did you mean messages?',
        ),
        ({"tools": "quo_send"}, 'QUO_MCP_TOOLS: unknown value "quo_send"'),
        ({"exclude_tools": "send"}, 'QUO_MCP_EXCLUDE_TOOLS: unknown value "send"'),
        ({"inboxes": "Front Desk"}, 'QUO_MCP_INBOXES: "Front Desk" is invalid'),
        ({"countries": "UK"}, 'QUO_MCP_COUNTRIES: unknown value "UK"'),
    ],
    ids=str,
)
def test_what_there_is_not_fails_at_the_start(settings, fault):
    with pytest.raises(InvalidSettings) as raised:
        build_server(Settings(**settings))
    assert str(raised.value).startswith(fault)


def test_all_faults_are_named_at_once():
    with pytest.raises(InvalidSettings) as raised:
        build_server(Settings(toolsets="x", tools="y", inboxes="z", countries="us,ca,qq"))
    assert len(str(raised.value).splitlines()) == 4


def test_what_can_be_read_is_taken_as_people_write_it():
    build_server(
        Settings(
            recipients=f"known,{JANE}",
            denied="+1 (415) 555-0111",
            inboxes=f"{DIRECT},+1 628 555 0101",
            countries="us,any",
        )
    )


@pytest.mark.anyio
@pytest.mark.parametrize("mode", ["legacy", "auto"])
@pytest.mark.parametrize(
    ("settings", "left"),
    [
        ({"read_only": True, "toolsets": "all"}, "read-only"),
        ({"toolsets": "workspace"}, "disabled in this server's settings"),
        (
            {"toolsets": "all", "exclude_tools": tuple(ALL_TOOLS)},
            "disabled in this server's settings",
        ),
    ],
    ids=["read only", "one toolset", "nothing"],
)
async def test_no_tool_that_is_off_is_listed_or_does_anything(phone, settings, left, mode):
    async with phone(config=settings, mode=mode) as quo:
        listed = {each.name for each in (await quo.client.list_tools()).tools}
        assert listed == offered(**settings)
        before = len(quo.box.requests)
        for name in set(ALL_TOOLS) - listed:
            why = await quo.refused(name, to=JANE, text="Hi", contact_id="c", first_name="A")
            assert left in why
        assert len(quo.box.requests) == before


@pytest.mark.anyio
async def test_a_tool_that_there_is_not_is_refused_with_the_closest(phone):
    async with phone() as quo:
        assert "Did you mean quo_send_message" in await quo.refused("quo_send_mesage")
        assert await quo.refused("rm -rf") == 'Unknown tool "rm -rf". Call one of the listed tools.'


# Inboxes


def of(box, collection, inbox, owner=None):
    """The id of something on an inbox."""
    return next(
        id_
        for id_, each in collection.items()
        if (owner[id_] if owner else each)["phoneNumberId"] == inbox
    )


def reads_by_id(box, inbox):
    state = box.state
    calls = state.calls
    return {
        "quo_get_message": {"message_id": of(box, state.messages, inbox)},
        "quo_get_call": {"call_id": of(box, calls, inbox)},
        "quo_get_call_recordings": {"call_id": of(box, state.recordings, inbox, calls)},
        "quo_get_call_summary": {"call_id": of(box, state.summaries, inbox, calls)},
        "quo_get_call_transcript": {"call_id": of(box, state.transcripts, inbox, calls)},
        "quo_get_call_voicemail": {"call_id": of(box, state.voicemails, inbox, calls)},
        "quo_get_task": {"task_id": of(box, state.tasks, inbox)},
    }


ONE_INBOX = {"inboxes": DESK, "toolsets": "all", "approval": "never"}


@pytest.mark.anyio
async def test_an_inbox_that_is_out_of_bounds_cannot_be_read_by_id(phone):
    async with phone(config=ONE_INBOX) as quo:
        for tool, arguments in reads_by_id(quo.box, EMERGENCY).items():
            assert "may not use" in await quo.refused(tool, **arguments), tool
        for tool, arguments in reads_by_id(quo.box, DESK).items():
            await quo(tool, **arguments)


@pytest.mark.anyio
async def test_an_inbox_that_is_out_of_bounds_cannot_be_written_to(phone):
    async with phone(config=ONE_INBOX) as quo:
        state = quo.box.state
        thread, task = (of(quo.box, each, EMERGENCY) for each in (state.conversations, state.tasks))
        message, call = (of(quo.box, each, EMERGENCY) for each in (state.messages, state.calls))
        about = {"title": "T", "description": "D"}
        webhook = {"url": "https://example.com/hook", "events": ["message.received"]}
        tries = [
            ("quo_mark_conversation", {"conversation": thread, "state": "done"}),
            ("quo_delete_task", {"task_id": task}),
            ("quo_update_task", {"task_id": task, "done": True}),
            ("quo_update_task", {"task_id": task, "title": "Mine"}),
            ("quo_create_task", {**about, "conversation": thread}),
            ("quo_create_task", {**about, "activity_id": message}),
            ("quo_create_task", {**about, "activity_id": call}),
        ]
        for tool, arguments in tries:
            await quo.refused(tool, "may not use", **arguments)
        # One that is named is none of those there are.
        for tool, arguments in [
            ("quo_send_message", {"to": JANE, "text": "Hi", "inbox": EMERGENCY}),
            ("quo_create_task", {**about, "inbox": EMERGENCY}),
            ("quo_create_webhook", {**webhook, "inboxes": [EMERGENCY]}),
        ]:
            await quo.refused(tool, "No inbox matches", **arguments)
        # The plane itself refuses too, whatever a tool forgets.
        for path, body in [
            (("messages",), {"from": EMERGENCY, "to": [JANE], "content": "Hi"}),
            (("conversations", thread, "mark-as-done"), None),
            (("tasks", task, "complete"), None),
            (("tasks",), {**about, "conversationId": thread}),
            (("tasks",), {**about, "activityId": message}),
            (("tasks",), {**about, "activityId": call}),
            (("tasks",), {**about, "phoneNumberId": EMERGENCY}),
            (("webhooks", "messages"), {"url": webhook["url"], "resourceIds": ["*"]}),
            (("webhooks", "messages"), {"url": webhook["url"], "resourceIds": [DESK, EMERGENCY]}),
            (("webhooks", "messages"), {"url": webhook["url"]}),
        ]:
            with pytest.raises(PolicyRefusal, match="may not use"):
                await quo.account.api.post(Record, *path, body=body)
        with pytest.raises(PolicyRefusal, match="may not use"):
            await quo.account.api.delete("tasks", task)
        assert [each for each in quo.box.requests if each["method"] != "GET"] == []


@pytest.mark.anyio
async def test_a_thread_too_far_back_to_be_found_is_not_said_to_be_elsewhere(phone, monkeypatch):
    async with phone(config=ONE_INBOX) as quo:
        state = quo.box.state
        thread = of(quo.box, state.conversations, DESK)
        monkeypatch.setattr(scoped_api, "MAX_PAGES", 1)
        monkeypatch.setattr(conversation_scan, "PAGE_SIZE", 1)
        later = {"lastActivityAt": "2026-03-04T18:00:00.000Z", "id": "CNlater"}
        state.conversations["CNlater"] = state.conversations[thread] | later
        mark = {"conversation": thread, "state": "done"}
        await quo.refused("quo_mark_conversation", "is not among the latest 1,000", **mark)
        monkeypatch.setattr(scoped_api, "MAX_PAGES", 1000)
        await quo("quo_mark_conversation", **mark)
        elsewhere = of(quo.box, state.conversations, EMERGENCY)
        mark["conversation"] = elsewhere
        await quo.refused("quo_mark_conversation", "may not use", **mark)


@pytest.mark.anyio
async def test_within_the_bounds_everything_works(phone):
    async with phone(config=ONE_INBOX) as quo:
        state = quo.box.state
        thread, call = (of(quo.box, each, DESK) for each in (state.conversations, state.calls))
        await quo("quo_send_message", to=JANE, text="Hi", inbox=DESK)
        await quo("quo_mark_conversation", conversation=thread, state="done")
        await quo("quo_delete_task", task_id=of(quo.box, state.tasks, DESK))
        api = quo.account.api
        about = {"title": "T", "description": "D"}
        await api.post(Record, "tasks", body={**about, "conversationId": thread})
        await api.post(Record, "tasks", body={**about, "activityId": call})


@pytest.mark.anyio
async def test_lists_hold_nothing_from_out_of_bounds(phone):
    async with phone(config=ONE_INBOX) as quo:
        threads = await quo("quo_list_conversations", limit=100)
        assert "Front Desk" in threads
        own = await quo("quo_list_phone_numbers")
        tasks = await quo("quo_list_tasks", state="all")
        for text in (threads, own, tasks):
            for number in (DIRECT, EMERGENCY):
                assert number not in text
                assert quo.box.state.numbers[number]["name"] not in text
        for inbox in (DIRECT, EMERGENCY):
            await quo.refused("quo_list_messages", person=JANE, inbox=inbox)
            await quo.refused("quo_list_calls", person=JANE, inbox=inbox)
            await quo.refused("quo_list_conversations", inboxes=[inbox])
            await quo.refused("quo_get_phone_number", inbox=inbox)
            for what in ("messages", "calls"):
                with pytest.raises(PolicyRefusal):
                    await quo.account.api.get(Page[Record], what, query={"phoneNumberId": inbox})
        with pytest.raises(PolicyRefusal):
            await quo.account.api.get(Page[Record], "messages")


@pytest.mark.anyio
async def test_a_webhook_that_hears_other_inboxes_is_out_of_bounds(phone):
    async with phone(config=ONE_INBOX) as quo:
        webhook = next(iter(quo.box.state.webhooks.values()))
        for watched, can in [(["*"], False), ([DESK, DIRECT], False), ([DESK], True)]:
            webhook["resourceIds"] = watched
            listed = await quo("quo_list_webhooks")
            assert (webhook["id"] in listed) is can
        webhook["resourceIds"] = ["*"]
        assert "may not use" in await quo.refused("quo_delete_webhook", webhook_id=webhook["id"])


@pytest.mark.anyio
async def test_a_reply_that_does_not_say_where_it_belongs_is_not_shown(phone):
    async with phone(config=ONE_INBOX) as quo:
        message = of(quo.box, quo.box.state.messages, DESK)
        del quo.box.state.messages[message]["phoneNumberId"]
        assert "may not use" in await quo.refused("quo_get_message", message_id=message)


@pytest.mark.anyio
async def test_a_reply_that_cannot_be_read_is_told_as_such(phone):
    async with phone(config=ONE_INBOX) as quo:
        message = of(quo.box, quo.box.state.messages, DESK)
        quo.box.inject(Fault("bad_json", path="/quo/v1/messages", times=None))
        assert "not JSON" in await quo.refused("quo_get_message", message_id=message)
        quo.box.inject(Fault("bad_json", path="/quo/v1/tasks", times=None))
        task = of(quo.box, quo.box.state.tasks, DESK)
        await quo.refused("quo_delete_task", task_id=task)
        assert task in quo.box.state.tasks


@pytest.mark.anyio
async def test_what_there_is_not_is_not_found_within_bounds_too(phone):
    async with phone(config=ONE_INBOX) as quo:
        with pytest.raises(NotFound):
            await quo.account.api.post(
                Record, "tasks", body={"title": "T", "description": "D", "activityId": "ACnone"}
            )
        with pytest.raises(PolicyRefusal):
            await quo.account.api.post(Record, "conversations", "CNnone", "mark-as-done")


@pytest.mark.anyio
async def test_an_inbox_may_be_named_by_number_as_people_write_it(phone):
    async with phone() as quo:
        number = quo.box.state.numbers[DESK]["number"]
    written = f"{number[:2]} ({number[2:5]}) {number[5:8]}-{number[8:]}"
    async with phone(config={"inboxes": written}) as quo:
        assert DESK in await quo("quo_list_phone_numbers")
        assert DIRECT not in await quo("quo_list_phone_numbers")
