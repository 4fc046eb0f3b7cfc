"""Webhooks are disabled by default, and a key is shown only on request."""

import json
import logging

import mcp_types as types
import pytest

from quo_mcp.records.record import Envelope
from quo_mcp.records.webhooks import Webhook
from quo_mcp.sandbox import Fault
from quo_mcp.sandbox.webhooks import EVENTS_BY_FAMILY, add_webhook
from sandbox.play import DESK

pytestmark = pytest.mark.anyio

ON = {"toolsets": ("default", "webhooks")}
URL = "https://hooks.example.com/quo?for=texts"


def only(quo):
    return next(iter(quo.box.state.webhooks.values()))


def created(quo):
    return [
        (each["path"].removeprefix("/quo/v1/webhooks/"), json.loads(each["body"]))
        for each in quo.box.requests
        if (each["method"], each["path"][:16]) == ("POST", "/quo/v1/webhooks")
    ]


async def test_webhooks_are_off_until_a_person_switches_them_on(phone):
    async with phone() as quo:
        names = {tool.name for tool in (await quo.client.list_tools()).tools}
        assert not [name for name in names if "webhook" in name]
        assert "disabled" in await quo.refused("quo_list_webhooks")


async def test_webhooks_are_listed_by_user_and_without_their_keys(phone, snapshot):
    async with phone(config=ON) as quo:
        said = await quo("quo_list_webhooks")
        snapshot("results/webhooks.txt", said)
        snapshot("results/webhooks_none.txt", await quo("quo_list_webhooks", owner="Tom"))
        for webhook in quo.box.state.webhooks.values():
            assert webhook["key"] not in said
            assert webhook["key"] not in await quo("quo_get_webhook", webhook_id=webhook["id"])


async def test_a_webhook_with_odd_parts_is_shown_and_keeps_to_its_lines(phone, snapshot):
    async with phone(config=ON) as quo:
        odd = {
            "label": "Evil\n> x · WHforged",
            "events": ["contact.updated"],
            "status": "brand-new",
        }
        made = add_webhook(
            quo.box.state, url="https://x.example.com/ a\nWHforged", resourceIds=[], **odd
        )
        made.update(createdAt=None, userId=None)
        snapshot("results/webhook_odd.txt", await quo("quo_get_webhook", webhook_id=made["id"]))


@pytest.mark.parametrize("family", EVENTS_BY_FAMILY)
async def test_the_family_follows_from_the_events(phone, family):
    async with phone(config=ON) as quo:
        events = list(EVENTS_BY_FAMILY[family])
        await quo("quo_create_webhook", url=URL, events=[*events, events[0]])
        sent = {"url": URL, "events": events, "resourceIds": ["*"], "status": "enabled"}
        assert created(quo) == [(family, sent)]


async def test_everything_about_a_webhook_can_be_said_when_it_is_made(phone, snapshot):
    async with phone(config=ON) as quo:
        said = await quo(
            "quo_create_webhook",
            url=URL,
            events=["message.received"],
            inboxes=["Front Desk"],
            label="CRM",
            enabled=False,
            owner="Tom",
        )
        snapshot("results/webhook_made.txt", said)
        [(_, sent)] = created(quo)
        assert sent["resourceIds"] == [DESK]
        assert (sent["label"], sent["status"], sent["userId"]) == ("CRM", "disabled", "USt7OkafR2")


async def test_a_webhook_hears_only_the_numbers_that_this_server_may_use(phone):
    async with phone(config=ON | {"inboxes": (DESK,)}) as quo:
        await quo("quo_create_webhook", url=URL, events=["message.received"])
        assert created(quo)[0][1]["resourceIds"] == [DESK]


async def test_a_key_is_shown_only_where_it_was_asked_for_and_never_logged(phone, caplog):
    caplog.set_level(logging.DEBUG)
    async with phone(config=ON) as quo:
        asked = {"url": URL, "events": ["call.completed"]}
        quiet = await quo("quo_create_webhook", **asked)
        assert "show_key" in quiet
        loud = await quo("quo_create_webhook", **asked, show_key=True)
        keys = [each["key"] for each in quo.box.state.webhooks.values()]
        assert [key for key in keys if key in quiet] == []
        assert [key for key in keys if key in loud] == keys[-1:]
        assert [key for key in keys if key in caplog.text] == []


async def test_a_key_that_quo_does_not_send_is_not_made_up(phone):
    async with phone(config=ON) as quo:
        act = quo.box._dispatch

        def keyless(request, path):
            reply = act(request, path)
            if request.method == "POST":
                document = reply.json()
                del document["data"]["key"]
                return reply.from_json(document, reply.status)
            return reply

        quo.box._dispatch = keyless
        said = await quo("quo_create_webhook", url=URL, events=["call.completed"], show_key=True)
        assert "Quo returned no signing key." in said


def test_a_key_does_not_show_in_what_python_prints():
    webhook = Envelope[Webhook].model_validate({"data": {"id": "WH1", "key": "c2VjcmV0"}})
    assert (
        "c2VjcmV0"
        not in f"{webhook!r} {webhook} {webhook.model_dump()} {webhook.model_dump_json()}"
    )


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("webhook_http", {"url": "http://hooks.example.com/"}),
        ("webhook_no_host", {"url": "https:///path"}),
        ("webhook_blank", {"url": "https://hooks.example.com/a b"}),
        ("webhook_password", {"url": "https://me:secret@hooks.example.com/"}),
        (
            "webhook_two_families",
            {"events": ["message.received", "call.completed", "call.ringing"]},
        ),
        ("webhook_no_events", {"events": []}),
        ("webhook_unknown_event", {"events": ["contact.updated"]}),
    ],
)
async def test_a_webhook_that_cannot_be_made_is_refused_before_anything_is_sent(
    phone, snapshot, name, asked
):
    async with phone(config=ON) as quo:
        said = await quo.refused(
            "quo_create_webhook", **{"url": URL, "events": ["call.ringing"]} | asked
        )
        snapshot(f"results/{name}.txt", said)
        assert created(quo) == []


async def test_a_deleted_webhook_is_shown_and_gone(phone, snapshot):
    async with phone(config=ON) as quo:
        webhook = only(quo)
        snapshot(
            "results/webhook_deleted.txt", await quo("quo_delete_webhook", webhook_id=webhook["id"])
        )
        assert webhook["id"] not in quo.box.state.webhooks
        said = await quo.refused("quo_get_webhook", webhook_id=webhook["id"])
        assert "Not found" in said


@pytest.mark.parametrize("answer", ["accept", "decline"])
async def test_a_person_is_asked_before_texts_go_to_an_address_or_a_webhook_goes(
    phone, snapshot, answer
):
    asked = []

    async def answering(_context, params):
        asked.append(params.message)
        return types.ElicitResult(action=answer)

    async with phone(config=ON, elicitation_callback=answering) as quo:
        call = quo if answer == "accept" else quo.refused
        webhook, before = only(quo), len(quo.box.state.webhooks)
        wanted = {"url": URL, "events": ["message.received"], "show_key": True}
        await call("quo_create_webhook", **wanted)
        await call("quo_create_webhook", **wanted | {"inboxes": ["Front Desk"], "show_key": False})
        await call("quo_delete_webhook", webhook_id=webhook["id"])
        assert len(quo.box.state.webhooks) == (before + 1 if answer == "accept" else before)
        snapshot("results/webhook_questions.txt", "\n\n".join(dict.fromkeys(asked)))


async def test_nobody_is_asked_about_a_webhook_that_cannot_be_made(phone):
    async def answering(_context, _params):
        raise AssertionError("a person was asked")

    async with phone(config=ON, elicitation_callback=answering) as quo:
        events = ["message.received", "call.completed"]
        assert "one family" in await quo.refused("quo_create_webhook", url=URL, events=events)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "The request was rejected"),
        (403, "Quo does not allow this"),
        (404, "Not found"),
    ],
)
async def test_what_quo_refuses_is_said_in_words_that_help(phone, status, words):
    async with phone(config=ON) as quo:
        details = {"resource": "03"}
        fault = Fault(
            "error_before", path="/quo/v1/webhooks", status=status, style="quo", details=details
        )
        quo.box.inject(fault)
        assert words in await quo.refused("quo_create_webhook", url=URL, events=["call.ringing"])
