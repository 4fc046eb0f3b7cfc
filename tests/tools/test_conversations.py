import re
from datetime import timedelta

import anyio
import pytest

from quo_mcp.sandbox import Fault, Sandbox
from sandbox.play import DESK, OWNER, Clock
from torture.virtual import VirtualLoop

pytestmark = pytest.mark.anyio


def conversation_with(box, number):
    return next(
        each for each in box.state.conversations.values() if each["participants"] == [number]
    )


async def test_threads_are_listed_by_latest_activity_a_page_at_a_time(phone, snapshot):
    async with phone() as quo:
        first = await quo("quo_list_conversations", limit=6)
        snapshot("results/conversations_first_page.txt", first)
        token = first.rpartition('page_token="')[2].split('"')[0]
        following = await quo("quo_list_conversations", limit=6, page_token=token)
        snapshot("results/conversations_second_page.txt", following)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("of_inbox", {"inboxes": ["marisol direct"], "limit": 4}),
        ("of_user", {"user_id": "Benoît", "limit": 3}),
        ("of_a_day", {"updated_since": "yesterday", "updated_until": "yesterday"}),
        ("new", {"created_since": "yesterday"}),
        ("active", {"exclude_inactive": True, "inboxes": "Emergency line"}),
        ("none", {"updated_since": "today", "inboxes": ["Marisol direct"]}),
    ],
)
async def test_threads_are_narrowed_down(phone, snapshot, name, arguments):
    async with phone() as quo:
        snapshot(
            f"results/conversations_{name}.txt", await quo("quo_list_conversations", **arguments)
        )


@pytest.mark.parametrize("arguments", [{}, {"created_since": "yesterday"}])
async def test_what_is_not_narrowed_by_quos_reckoning_needs_no_remark(phone, arguments):
    async with phone() as quo:
        result = await quo("quo_list_conversations", **arguments, limit=2)
        assert "Quo" not in result


async def test_nothing_found_needs_no_remark(phone):
    async with phone() as quo:
        quo.box.state.conversations.clear()
        arguments = {"updated_since": "today", "exclude_inactive": True}
        assert await quo("quo_list_conversations", **arguments) == "No matching conversations."


async def test_odd_threads_are_shown(phone, snapshot):
    async with phone() as quo:
        state = quo.box.state
        quo.clock.wait(60)
        for people in (["22395"], ["Anonymous"], ["+14155550111", "+14155550199"], []):
            thread = state.ensure_conversation(DESK, people, quo.clock())
            thread |= {
                "updatedAt": "2026-03-04T18:31:00.000Z",
                "lastActivityAt": "2026-03-04T18:31:00.000Z",
            }
        thread |= {
            "mutedUntil": "2026-03-05T18:31:00.000Z",
            "snoozedUntil": "2026-03-04T18:00:00.000Z",
            "phoneNumberId": "PNgone",
            "assignedTo": "SYUk7Rz3mTq9",
            "lastActivityAt": "2026-03-04T18:31:30.000Z",
        }
        snapshot("results/conversations_odd.txt", await quo("quo_list_conversations", limit=4))


async def test_threads_of_somebody_who_does_not_use_a_number_are_refused(phone, snapshot):
    async with phone() as quo:
        arguments = {"inboxes": ["Marisol direct"], "user_id": "Tom"}
        snapshot(
            "results/conversations_not_allowed.txt",
            await quo.refused("quo_list_conversations", **arguments),
        )
        assert OWNER in quo.box.state.users


def add_message(quo, text, *, minutes, sender="+14155550199", person="+14155550199", **fields):
    state = quo.box.state
    at = quo.clock() - timedelta(minutes=minutes)
    return state.add_message(state.numbers[DESK], [person], text, at, sender=sender, **fields)


def ids_in(text):
    return re.findall(r"· (CN\w+)$", text, re.MULTILINE)


async def test_each_shows_its_last_message_or_call_and_who_it_waits_for(phone):
    async with phone() as quo:
        add_message(quo, "Can you come?", minutes=50)
        text = await quo("quo_list_conversations", person="+1 415 555 0199")
        assert " · waits for us · CN" in text
        assert "  Last: incoming message\n> Can you come?" in text
        add_message(quo, "Yes, at three.", minutes=10, sender=None, user_id=OWNER)
        text = await quo("quo_list_conversations", person="+1 415 555 0199")
        assert " · waits for them · CN" in text
        assert "  Last: outgoing message by Marisol Vega\n> Yes, at three." in text
        add_message(quo, "Thanks!", minutes=5)
        text = await quo("quo_list_conversations", person="+1 415 555 0199")
        assert "waits for" not in text


async def test_an_automatic_reply_is_marked_and_waits_for_us(phone):
    async with phone() as quo:
        add_message(quo, "Can you come?", minutes=50)
        add_message(quo, "We are closed and will get back to you.", minutes=49, sender=None)
        text = await quo("quo_list_conversations", person="+1 415 555 0199")
        assert " · waits for us · CN" in text
        assert ", probably automatic\n> We are closed" in text


async def test_one_that_was_only_marked_is_not_new(phone):
    async with phone() as quo:
        thread = conversation_with(quo.box, "+15105550153")
        quo.clock.wait(3600)
        await quo("quo_mark_conversation", conversation=thread["id"], state="done")
        assert thread["updatedAt"] > "2026-03-04T19:00"
        text = await quo("quo_list_conversations", updated_since="10m")
        assert thread["id"] not in text


@pytest.mark.parametrize(
    ("arguments", "is_right"),
    [
        ({"state": "done"}, lambda each: (each["snoozedUntil"] or "") > "2100"),
        ({"state": "open"}, lambda each: not each["snoozedUntil"]),
        ({"state": "snoozed"}, lambda each: "" < (each["snoozedUntil"] or "") < "2100"),
        ({"assignee": "Priya"}, None),
        ({"person": "Bluebird"}, lambda each: "+15105550123" in each["participants"]),
        ({"callers": "unknown", "state": "open"}, None),
    ],
)
async def test_filters_hold_for_all_pages(phone, arguments, is_right):
    async with phone() as quo:
        state = quo.box.state
        priya = next(user["id"] for user in state.users.values() if user["firstName"] == "Priya")
        ids, token = [], {}
        while True:
            text = await quo("quo_list_conversations", limit=7, **arguments, **token)
            ids += ids_in(text)
            if not (more := re.search(r'page_token="(\S+)"', text)):
                break
            token = {"page_token": more[1]}
        known = {
            number["value"]
            for contact in state.contacts.values()
            for number in contact["defaultFields"]["phoneNumbers"]
        }
        rules = {
            "assignee": lambda each: each["assignedTo"] == priya,
            "callers": lambda each: (
                not each["snoozedUntil"] and known.isdisjoint(each["participants"])
            ),
        }
        [key, *_] = arguments
        rule = rules.get(key, is_right)
        expected = [each for each in state.conversations.values() if rule(each)]
        assert len(ids) == len(set(ids))
        assert set(ids) == {each["id"] for each in expected}
        times = [state.conversations[conversation_id]["lastActivityAt"] for conversation_id in ids]
        assert times == sorted(times, reverse=True)


async def test_those_that_wait_for_us_are_those_of_the_digest(phone):
    async with phone() as quo:
        listed, token = set(), {}
        while True:
            text = await quo(
                "quo_list_conversations", waiting_for="us", updated_since="7d", limit=6, **token
            )
            listed |= set(ids_in(text))
            if not (more := re.search(r'page_token="(\S+)"', text)):
                break
            token = {"page_token": more[1]}
        digest = (await quo("quo_get_digest", limit=100)).partition("Probably no answer needed")[0]
        assert set(ids_in(digest)) <= listed
        assert len(listed) >= 10


async def test_a_filter_by_an_unknown_person_or_company_is_refused(phone):
    async with phone() as quo:
        await quo.refused(
            "quo_list_conversations",
            'matches "Nobody Ltd". Call quo_find_contacts',
            person="Nobody Ltd",
        )


@pytest.mark.parametrize("anyio_backend", [("asyncio", {"loop_factory": VirtualLoop})])
async def test_conversations_that_were_not_read_in_time_come_with_the_next_page(phone):
    clock = Clock()
    box = Sandbox(seed=7, now=clock, sleep=anyio.sleep, enforce_rate=False)
    box.inject(Fault("latency", path="/quo/v1/messages", seconds=5, times=None))
    async with phone(box=box, clock=clock) as quo:
        whole = await quo("quo_list_conversations", limit=30)
        assert "Not read within the time of this call: the latest message or call of " in whole
        ids, token = [], {}
        while True:
            text = await quo("quo_list_conversations", waiting_for="us", limit=30, **token)
            ids += ids_in(text)
            if not (more := re.search(r'page_token="(\S+)"', text)):
                break
            token = {"page_token": more[1]}
        box.faults.clear()
        assert ids == ids_in(await quo("quo_list_conversations", waiting_for="us", limit=100))


@pytest.mark.parametrize(("waiting_for", "is_noted"), [("us", True), ("them", False)])
async def test_an_answer_from_another_inbox_is_said_not_to_count(phone, waiting_for, is_noted):
    async with phone() as quo:
        text = await quo("quo_list_conversations", waiting_for=waiting_for)
        assert ("Answers from your other inboxes are not counted." in text) == is_noted
