"""Message and call lists with one person or group, on all inboxes, over several pages."""

import re

import pytest

from quo_mcp.sandbox import Fault
from sandbox.play import DESK, DIRECT, EMERGENCY, JANE, OWNER, STRANGER
from tools.reading import all_pages, last_query

pytestmark = pytest.mark.anyio

GRACE = "+14155550145"


def activity_with_grace(quo, kind, inbox=None):
    """Return the ids of the messages or calls with Grace Liu alone, newest first."""
    items = [
        each
        for each in getattr(quo.box.state, kind).values()
        if inbox in (None, each["phoneNumberId"]) and GRACE in str(each)
    ]
    if kind == "messages":
        items = [each for each in items if len(each["to"]) == 1]
    return [each["id"] for each in sorted(items, key=lambda each: each["createdAt"], reverse=True)]


async def test_what_somebody_wrote_to_any_number_is_read_at_once(phone, snapshot):
    async with phone() as quo:
        snapshot("results/texts_everywhere.txt", await quo("quo_list_messages", person="Grace Liu"))
        text = await quo("quo_list_calls", person="Grace Liu")
        snapshot("results/calls_everywhere.txt", text)
        assert text.count(" · on Front Desk · ") + text.count(" · on Emergency line · ") == 3


async def test_page_after_page_holds_everything_with_somebody_once(phone):
    async with phone() as quo:
        ids, pages = await all_pages(quo, "quo_list_calls", person=GRACE, limit=1)
        assert (ids, pages) == (activity_with_grace(quo, "calls"), 3)


@pytest.mark.parametrize("since", ["60d", "8 weeks ago", "2026-01-10"])
async def test_a_page_token_fits_though_7d_is_another_moment_each_time(phone, since):
    async with phone() as quo:
        arguments = {"person": "Jane Whitaker", "inbox": "Front Desk", "since": since}
        ids, pages = await all_pages(quo, "quo_list_messages", **arguments, limit=3)
        assert len(ids) == len(set(ids)) > 8
        assert pages > 2
        ids, pages = await all_pages(
            quo, "quo_list_conversations", updated_since=since, created_until="1h", limit=20
        )
        assert len(ids) == len(set(ids)) > 40
        assert pages > 2


async def test_a_number_that_cannot_be_read_is_named(phone):
    async with phone() as quo:
        quo.box.inject(
            Fault("error_before", method="GET", path="/quo/v1/messages", status=403, style="quo")
        )
        text = await quo("quo_list_messages", person="Grace Liu")
        assert "Not included (no access): " in text


async def test_where_no_number_can_be_read_the_call_fails(phone):
    async with phone() as quo:
        quo.box.inject(
            Fault(
                "error_before",
                method="GET",
                path="/quo/v1/messages",
                status=403,
                style="quo",
                times=3,
            )
        )
        assert await quo.refused("quo_list_messages", person="Grace Liu")


async def test_calls_on_a_number_without_the_owner_are_read_as_somebody_on_it(phone):
    async with phone() as quo:
        number = quo.box.state.numbers[DESK]
        number["users"] = [each for each in number["users"] if each["id"] != OWNER]
        text = await quo("quo_list_calls", person="Jane Whitaker", inbox="Front Desk")
        assert "No calls" not in text
        assert last_query(quo.box, "/quo/v1/calls")["userId"] == [number["users"][0]["id"]]


async def test_on_the_owners_numbers_nobody_is_named(phone):
    async with phone() as quo:
        await quo("quo_list_calls", person=JANE)
        for request in quo.box.requests:
            assert "userId" not in request["query"]


async def test_a_teammate_is_whose_numbers_are_read_and_not_whose_calls(phone):
    async with phone() as quo:
        text = await quo("quo_list_calls", person=GRACE, inbox="Front Desk", as_user="Tom")
        assert "Read with Tom Okafor's access: includes activity of other teammates" in text


async def test_inboxes_that_may_not_be_used_are_not_read(phone):
    async with phone(config={"inboxes": f"{DIRECT},{EMERGENCY}"}) as quo:
        await quo("quo_list_messages", person=JANE)
        numbers = {each["query"] for each in quo.box.requests if "/messages" in each["path"]}
        assert len(numbers) == 2
        assert DESK not in str(numbers)


@pytest.mark.parametrize(
    "page_token", ["~since=~until=", "x~since=never", "~before=soon", "~conversations=x"]
)
async def test_a_page_token_that_was_never_given_is_refused(phone, page_token):
    async with phone() as quo:
        for tool in ("quo_list_messages", "quo_list_calls"):
            refusal = await quo.refused(tool, page_token=page_token)
            assert "internal error" not in refusal


async def test_as_many_missed_calls_are_shown_as_were_asked_for(phone):
    async with phone() as quo:
        arguments = {"person": "Rosa Delgado", "inbox": "Front Desk", "missed": True}
        every, _ = await all_pages(quo, "quo_list_calls", **arguments)
        text = await quo("quo_list_calls", **arguments, limit=1)
        assert text.count(" · AC") == 1
        assert (await all_pages(quo, "quo_list_calls", **arguments, limit=1))[0] == every
        assert len(every) > 2


async def test_a_token_of_one_number_does_not_start_over_without_it(phone):
    async with phone() as quo:
        text = await quo("quo_list_messages", person=JANE, inbox="Front Desk", limit=2)
        token = text.partition('page_token="')[2].partition('"')[0]
        following = await quo("quo_list_messages", person=JANE, limit=2, page_token=token)
        assert following.startswith("Messages with Jane Whitaker (+1 415 555 0111) on Front Desk")
        old_form = token.partition("~tool=")[0]
        refusal = await quo.refused("quo_list_messages", person=JANE, limit=2, page_token=old_form)
        assert refusal.startswith("Invalid page_token: it belongs to a list of one inbox.")


async def test_the_only_inbox_there_is_stands_in_the_title(phone):
    async with phone(config={"inboxes": DESK}) as quo:
        for arguments in ({}, {"inbox": "Front Desk"}):
            text = await quo("quo_list_messages", person=JANE, **arguments, limit=1)
            assert text.startswith("Messages with Jane Whitaker ")
            assert " on Front Desk (+1 415 555 0100), newest first:" in text
        text = await quo("quo_list_calls", person=STRANGER, missed=True)
        assert text == "No missed calls with +1 415 555 0199 on Front Desk (+1 415 555 0100)."


async def test_a_token_of_all_numbers_goes_on_with_one_of_them_page_after_page(phone):
    async with phone() as quo:
        text = await quo("quo_list_messages", person=GRACE, limit=2)
        before = text.partition('page_token="~before=')[2].partition("~")[0]
        older = [
            message
            for message in activity_with_grace(quo, "messages", DESK)
            if quo.box.state.messages[message]["createdAt"] < before
        ]
        arguments = {"person": GRACE, "inbox": "Front Desk", "limit": 1}
        shown, token = [], f"~before={before}"
        while token:
            text = await quo("quo_list_messages", **arguments, page_token=token)
            shown += re.findall(r"\bAC\w+$", text, re.MULTILINE)
            token = text.partition('page_token="')[2].partition('"')[0]
        assert len(older) >= 2
        assert shown == older
