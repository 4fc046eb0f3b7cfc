"""Completions, before and since protocol version 2026-07-28."""

import anyio
import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, PromptReference, ResourceTemplateReference

from conftest import open_server
from quo_mcp.directory.address_book.name_tokens import normalize_name
from quo_mcp.sandbox import Fault, Sandbox
from quo_mcp.server import completions
from quo_mcp.server.prompts import ARGUMENTS
from quo_mcp.server.resource_template import VARIABLE_PATTERNS
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.resolve import inboxes, people, teammates
from quo_mcp.values import times
from sandbox.play import DESK, DIRECT, JANE, Clock

ERAS = pytest.mark.parametrize("mode", ["auto", "legacy"])
FOLLOW_UP = PromptReference(name="follow_up_missed_call")
HANDOVER = PromptReference(name="end_of_day_handover")
CONTACT = ResourceTemplateReference(uri="quo://contacts/{contact_id}")
CONVERSATION = ResourceTemplateReference(uri="quo://conversations/{conversation_id}")
REFS = {
    "person": FOLLOW_UP,
    "inbox": FOLLOW_UP,
    "since": HANDOVER,
    "teammate": HANDOVER,
    "contact_id": CONTACT,
    "conversation_id": CONVERSATION,
}


async def completed(phone, argument, typed=""):
    result = await phone.client.complete(REFS[argument], {"name": argument, "value": typed})
    return result.completion


async def values(phone, argument, typed=""):
    return (await completed(phone, argument, typed)).values


def test_there_are_values_for_every_argument_and_every_variable():
    assert set(completions.COMPLETERS) == set(ARGUMENTS) | set(VARIABLE_PATTERNS) == set(REFS)


@ERAS
@pytest.mark.parametrize(
    ("argument", "typed", "found"),
    [
        (
            "person",
            "ja",
            ["Jane Okonkwo mobile", "Jane Okonkwo work", "Jane Whitaker", "Jamal Jefferson"],
        ),
        ("person", "jane w", ["Jane Whitaker", "Jane Okonkwo mobile", "Jane Okonkwo work"]),
        ("person", "nguyen", ["Minh Anh Nguyễn"]),
        ("person", "+14155550111", ["Jane Whitaker"]),
        ("person", "15105550124", ["Jane Okonkwo work"]),
        ("person", "zzzz qqqq", []),
        ("inbox", "", ["Front Desk", "Marisol direct", "Emergency line"]),
        ("inbox", "e", ["Emergency line", "Front Desk", "Marisol direct"]),
        ("inbox", "desk", ["Front Desk"]),
        ("inbox", "510", ["Marisol direct"]),
        ("inbox", DESK, ["Front Desk"]),
        ("inbox", "x", []),
        ("teammate", "lef", ["Benoît Lefèvre"]),
        ("teammate", "marisol@", ["Marisol Vega"]),
        ("since", "to", ["today"]),
        ("since", "w", ["this week", "last week"]),
        ("since", "2026", []),
    ],
)
@pytest.mark.anyio
async def test_what_fits_is_offered_best_first(mode, argument, typed, found):
    async with open_server(mode=mode) as phone:
        completion = await completed(phone, argument, typed)
        assert completion.values == found
        assert (completion.total, completion.has_more) == (len(found), False)


@pytest.mark.anyio
async def test_one_letter_is_enough_for_a_name():
    async with open_server() as phone:
        found = await values(phone, "person", "o")
        assert found[:3] == ["Odette O'Sullivan", "Oliver Ashworth", "Omar Osman"]
        assert "Luis Ocampo" in found
        assert "Tom Okafor" not in found


@pytest.mark.anyio
async def test_every_person_offered_is_understood_and_in_order():
    async with open_server() as phone:
        found = await values(phone, "person")
        assert [normalize_name(each) for each in found] == sorted(map(normalize_name, found))
        assert "Ruth Feld" not in found  # she has no number
        numbers = [
            (await people.resolve_person(each, ToolContext(phone.account))).value for each in found
        ]
        assert dict(zip(found, numbers, strict=True))["Jane Whitaker"] == JANE


@pytest.mark.anyio
async def test_every_inbox_teammate_and_time_offered_is_understood():
    async with open_server() as phone:
        for each in await values(phone, "inbox"):
            assert (await inboxes.resolve_inbox(each, phone.account)).name == each
        for each in await values(phone, "teammate"):
            assert (await teammates.resolve_teammate(each, phone.account)).startswith("US")
        for each in await values(phone, "since"):
            assert (
                times.parse_time(each, now=phone.clock(), zone=phone.account.zone, edge="since")
                <= phone.clock()
            )


@pytest.mark.anyio
async def test_a_name_that_two_share_is_offered_as_what_tells_them_apart():
    async with open_server() as phone:
        state = phone.box.state
        for number in state.numbers.values():
            number["name"] = "Front Desk" if number["id"] != DIRECT else "🌲"
        for user in state.users.values():
            user["firstName"] = user["lastName"] = "Tom"
        (walt,) = (c for c in state.contacts.values() if c["defaultFields"]["firstName"] == "Walt")
        walt["defaultFields"] |= {"firstName": "Jane", "lastName": "Whitaker"}
        assert await values(phone, "inbox", "front") == ["+14155550100", "+18005550140"]
        assert await values(phone, "inbox", "510") == ["+15105550112"]
        assert await values(phone, "teammate", "priya") == ["priya@harborpine.example.com"]
        assert sorted(await values(phone, "person", "jane whitaker")) == [JANE, "+17075550147"]


@pytest.mark.anyio
async def test_a_number_that_nobody_can_reach_is_not_offered():
    async with open_server() as phone:
        (jane,) = (
            each
            for each in phone.box.state.contacts.values()
            if each["defaultFields"]["lastName"] == "Whitaker"
        )
        jane["defaultFields"]["phoneNumbers"][0]["value"] = "ask at reception"
        assert await values(phone, "person", "jane whitaker") == []


@ERAS
@pytest.mark.anyio
async def test_ids_for_addresses_are_found_by_who_is_meant_and_can_be_read(mode):
    async with open_server(mode=mode) as phone:
        (contact,) = await values(phone, "contact_id", "jane whitaker")
        assert await values(phone, "contact_id", contact[:12]) == [contact]
        read = await phone.client.read_resource(f"quo://contacts/{contact}")
        assert "Jane Whitaker" in read.contents[0].text
        (thread,) = await values(phone, "conversation_id", "whitaker")
        assert thread in await values(phone, "conversation_id", thread[:9])
        read = await phone.client.read_resource(f"quo://conversations/{thread}")
        assert "Jane Whitaker" in read.contents[0].text


@pytest.mark.anyio
async def test_a_hundred_values_are_the_most_and_that_there_are_more_is_said():
    async with open_server() as phone:
        book = await phone.account.directory.address_book()
        (jane,) = book.by_number(JANE)
        for at in range(100):
            number = f"+1415555{1000 + at}"
            book.put(
                type(jane)(
                    f"new{at}", first_name="Abe", last_name=f"No{at}", numbers=(("", number),)
                )
            )
        offered = await completed(phone, "person", "abe no")
        assert (len(offered.values), offered.total, offered.has_more) == (100, 100, False)
        offered = await completed(phone, "person")
        assert (len(offered.values), offered.total, offered.has_more) == (100, None, True)
        ids = await completed(phone, "contact_id")
        assert (len(ids.values), ids.total, ids.has_more) == (100, None, True)


@pytest.mark.anyio
async def test_of_conversations_only_the_latest_page_is_looked_at(monkeypatch):
    async with open_server() as phone:
        every = await completed(phone, "conversation_id")
        assert (every.total, every.has_more) == (len(phone.box.state.conversations), False)
        monkeypatch.setattr(completions, "MAX_VALUES", 5)
        some = await completed(phone, "conversation_id")
        assert (some.values, some.total, some.has_more) == (every.values[:5], None, True)


@pytest.mark.anyio
async def test_nobody_waits_for_names_that_are_still_being_read(monkeypatch):
    monkeypatch.setattr(completions, "TIME_LIMIT", 0)
    clock, read = Clock(), anyio.Event()

    async def until_read(_seconds):
        await read.wait()

    box = Sandbox(seed=7, now=clock, sleep=until_read, enforce_rate=False)
    box.inject(Fault("latency", path="/quo/v1/contacts", seconds=1))
    async with open_server(box=box, clock=clock) as phone:
        early = await completed(phone, "person", "whitaker")
        assert (early.values, early.total, early.has_more) == ([], None, True)
        read.set()
        await phone.account.directory.address_book()
        assert await values(phone, "person", "whitaker") == ["Jane Whitaker"]


@pytest.mark.parametrize("argument", ["person", "inbox", "teammate", "conversation_id"])
@pytest.mark.anyio
async def test_where_quo_does_not_answer_nothing_is_offered(argument):
    async with open_server() as phone:
        phone.box.inject(Fault("error_before", status=403, style="flat", times=None))
        completion = await completed(phone, argument)
        assert (completion.values, completion.total, completion.has_more) == ([], None, False)


@pytest.mark.anyio
async def test_only_what_may_be_used_is_offered():
    async with open_server(config={"inboxes": DIRECT}) as phone:
        assert await values(phone, "inbox") == ["Marisol direct"]
        assert await values(phone, "conversation_id", "whitaker") == []
        own = {
            each["id"]
            for each in phone.box.state.conversations.values()
            if each["phoneNumberId"] == DIRECT
        }
        assert set(await values(phone, "conversation_id")) == own


@ERAS
@pytest.mark.parametrize(
    ("ref", "argument", "why"),
    [
        (FOLLOW_UP, "since", 'Unknown argument "since".'),
        (PromptReference(name="nothing"), "person", 'Unknown prompt "nothing".'),
        (CONTACT, "conversation_id", "Unknown argument"),
        (
            ResourceTemplateReference(uri="quo://users"),
            "contact_id",
            "Resource template not found",
        ),
    ],
)
@pytest.mark.anyio
async def test_what_cannot_be_completed_is_invalid(mode, ref, argument, why):
    async with open_server(mode=mode) as phone:
        with pytest.raises(MCPError) as caught:
            await phone.client.complete(ref, {"name": argument, "value": ""})
        assert caught.value.code == INVALID_PARAMS
        assert why in caught.value.message


@pytest.mark.anyio
async def test_what_is_switched_off_cannot_be_completed():
    async with open_server(config={"toolsets": "workspace"}) as phone:
        for argument in ("person", "contact_id", "conversation_id"):
            with pytest.raises(MCPError) as caught:
                await completed(phone, argument)
            assert caught.value.code == INVALID_PARAMS
        assert phone.box.requests == []
