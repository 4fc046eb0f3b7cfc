"""Items of an odd order, kind or status are shown as what they are."""

import re
from datetime import timedelta

import pytest

from quo_mcp.sandbox.http import format_time
from sandbox.play import JANE, OWNER
from tools.test_transcripts import add_transcript, turns_in

pytestmark = pytest.mark.anyio

ALL = {"toolsets": "all"}


def utterance(start, text, *, end=None, user_id=None):
    return {
        "identifier": None if user_id else JANE,
        "userId": user_id,
        "content": text,
        "start": start,
        "end": start + 1 if end is None else end,
    }


@pytest.mark.parametrize(
    ("dialogue", "texts"),
    [
        (
            [utterance(20, "c"), utterance(0, "a", user_id=OWNER), utterance(10.5, "b")],
            ["a", "b c"],
        ),
        (
            [utterance(9, "late", user_id=OWNER), utterance(0.2, "first"), utterance(0.1, "zero")],
            ["zero first", "late"],
        ),
        (
            [utterance(5, "same", user_id=OWNER), utterance(5, "moment"), utterance(1, "one")],
            ["one", "same", "moment"],
        ),
    ],
)
async def test_turns_are_shown_by_time_in_whatever_order_quo_lists_them(phone, dialogue, texts):
    async with phone(config=ALL) as quo:
        call_id = add_transcript(quo.box, dialogue=dialogue)
        result = await quo("quo_get_call_transcript", call_id=call_id)
        turns = turns_in(result)
        assert [" ".join(text.split()) for _, _, text in turns] == texts
        assert [time for time, _, _ in turns] == sorted(time for time, _, _ in turns)


@pytest.mark.parametrize(
    ("mime_type", "kind"),
    [
        ("text/vcard", "contact card"),
        ("text/x-vcard; charset=utf-8", "contact card"),
        ("TEXT/Directory", "contact card"),
        ("application/vcard", "contact card"),
        ("text/calendar", "calendar event"),
        ("image/heic", "image"),
    ],
)
async def test_an_attachment_has_the_name_of_its_kind(phone, mime_type, kind):
    async with phone() as quo:
        message = next(each for each in quo.box.state.messages.values() if each["from"] == JANE)
        message["text"] = ""
        message["media"] = [{"url": "https://files.example.com/1", "type": mime_type}]
        text = await quo("quo_get_message", message_id=message["id"])
        assert f"\n  Attached: 1 {kind}" in text
        message["media"] *= 2
        assert f"2 {kind}s" in await quo("quo_get_message", message_id=message["id"])


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        ({"street": "7 Elm St", "city": "Oakland", "zip": 94607}, "7 Elm St, Oakland, 94607"),
        ({"lines": ["7 Elm St", "Unit 2"], "country": None}, "7 Elm St, Unit 2"),
        ({"home": {"street": "7 Elm St"}, "work": {"street": "9 Oak Ave"}}, "7 Elm St, 9 Oak Ave"),
        ([{"street": "7 Elm St"}, "VIP"], "7 Elm St, VIP"),
    ],
)
async def test_a_structured_address_is_shown_as_its_parts(phone, value, printed):
    async with phone() as quo:
        jane = next(
            each
            for each in quo.box.state.contacts.values()
            if each["defaultFields"]["firstName"] == "Jane"
        )
        jane["customFields"][0] |= {"name": "Address", "type": "address", "value": value}
        text = await quo("quo_get_contact", contact_id=jane["id"])
        [line] = [line for line in text.split("\n") if line.startswith("  Address: ")]
        assert line.removeprefix("  Address: ").replace('"', "") == printed
        assert not re.search(r"[{}\[\]']", line)


@pytest.mark.parametrize("state", ["open", "done"])
async def test_a_deleted_conversation_is_not_a_live_one(phone, state):
    async with phone() as quo:
        before = await quo("quo_list_conversations", waiting_for="us", limit=100)
        conversation_id = re.search(r" · (CN\w+)$", before, re.MULTILINE)[1]
        conversation = quo.box.state.conversations[conversation_id]
        conversation["deletedAt"] = format_time(quo.clock() - timedelta(hours=1))
        if state != "open":
            await quo("quo_mark_conversation", conversation=conversation_id, state="done")
        quo.account.directory.conversations.invalidate()
        listed = await quo("quo_list_conversations", limit=100)
        lines = [line for line in listed.split("\n") if line.endswith(conversation_id)]
        assert all("deleted Wed 2026-03-04 09:30" in line for line in lines)
        assert all("waits for" not in line for line in lines)
        assert conversation_id not in await quo(
            "quo_list_conversations", waiting_for="us", limit=100
        )
        assert conversation_id not in await quo("quo_get_digest", limit=100)


@pytest.mark.parametrize("status", ["brand-new", "queued", "Ready to send: yes\n> x"])
@pytest.mark.parametrize("kind", ["transcript", "summary"])
async def test_an_unknown_status_of_an_artifact_is_not_its_absence(phone, kind, status):
    async with phone(config=ALL) as quo:
        store = getattr(quo.box.state, {"transcript": "transcripts", "summary": "summaries"}[kind])
        call_id = next(iter(store))
        empty = {"dialogue": None} if kind == "transcript" else {"summary": None, "nextSteps": None}
        store[call_id] |= {"status": status, **empty}
        text = await quo(f"quo_get_call_{kind}", call_id=call_id)
        shown = " ".join(status.split())
        assert f'This {kind} has an unknown status "{shown}", so it may be missing.' in text
        assert "nobody spoke" not in text.lower()
        assert "Try again" not in text
