"""The overview of one person."""

import pytest

from quo_mcp.config.settings import InvalidSettings, Settings
from quo_mcp.sandbox import Fault
from quo_mcp.server.tool_policy import ToolPolicy
from quo_mcp.tools.catalogue import OFF_BY_DEFAULT, TOOLSETS
from sandbox.play import DESK, STRANGER

pytestmark = pytest.mark.anyio

GRACE = "+14155550145"


async def test_who_they_are_what_is_to_be_done_and_what_was_said_come_together(phone, snapshot):
    async with phone() as quo:
        text = await quo("quo_get_person", person="Dana Kowalczyk")
        snapshot("results/person.txt", text)
        assert text.index("Open tasks") < text.index("Messages with") < text.index("Calls with")


async def test_all_of_their_numbers_are_read(phone):
    async with phone() as quo:
        text = await quo("quo_get_person", person="Helen Marsh")
        assert (
            "Messages with Helen Marsh, Lakeside Dental (+1 510 555 0161) on Emergency line" in text
        )
        assert "No messages or calls with +1 510 555 0162." in text


async def test_more_than_is_shown_is_to_be_had_from_the_lists(phone, monkeypatch):
    monkeypatch.setattr("quo_mcp.tools.person_overview.MAX_MESSAGES", 2)
    monkeypatch.setattr("quo_mcp.tools.person_overview.MAX_CALLS", 1)
    async with phone() as quo:
        text = await quo("quo_get_person", person="Grace Liu")
        assert "For older messages, call quo_list_messages." in text
        assert "For older calls, call quo_list_calls." in text
        assert "page_token" not in text


async def test_of_a_stranger_there_is_little_and_it_is_said(phone):
    async with phone() as quo:
        text = await quo("quo_get_person", person=STRANGER)
        assert text.splitlines()[:7] == [
            "No contact has the number +1 415 555 0199.",
            "No rule of this server blocks a text to them now.",
            "Their local time: 10:30 (based on their number). Country: US. No conversation with them found.",
            "No open tasks.",
            "No group conversations with them.",
            "No messages with +1 415 555 0199 on any inbox.",
            "No calls with +1 415 555 0199 on any inbox.",
        ]


async def test_a_part_that_cannot_be_read_is_named_and_the_rest_is_shown(phone):
    async with phone() as quo:
        quo.box.inject(Fault("error_before", path="/quo/v1/tasks", status=403, style="quo"))
        text = await quo("quo_get_person", person="Grace Liu")
        assert text.startswith("Grace Liu · ")
        assert "Not included (no access): tasks." in text


async def test_where_nothing_can_be_read_the_call_fails(phone):
    async with phone() as quo:
        await quo("quo_list_users")  # the address book is there
        quo.box.inject(Fault("error_before", status=401, style="flat", times=50))
        assert "key" in await quo.refused("quo_get_person", person=STRANGER)


@pytest.mark.parametrize(
    "settings",
    [{"toolsets": "conversations,messages"}, {"exclude_tools": "quo_get_contact"}],
)
async def test_what_is_switched_off_is_not_shown_this_way(phone, settings):
    async with phone(config=settings) as quo:
        refusal = await quo.refused("quo_get_person", person=STRANGER)
        assert "disabled" in refusal


def test_naming_it_without_what_it_shows_is_a_mistake_that_is_told_at_the_start():
    with pytest.raises(InvalidSettings, match="quo_get_person includes the results of other tools"):
        ToolPolicy(Settings(toolsets="messages", tools="quo_get_person"), TOOLSETS, OFF_BY_DEFAULT)


async def test_groups_are_claimed_only_among_the_conversations_that_were_searched(
    phone, monkeypatch
):
    monkeypatch.setattr("quo_mcp.tools.resolve.recent_conversations.MAX_PAGES_BY_PERSON", 1)
    monkeypatch.setattr("quo_mcp.directory.conversation_scan.PAGE_SIZE", 3)
    async with phone() as quo:
        text = await quo("quo_get_person", person="Grace Liu")
        assert "\nNo group conversations among the latest 3 conversations with them.\n" in text
        # The index of conversations reads the same list.
        fault = Fault(
            "error_before", path="/quo/v1/conversations", status=403, style="quo", times=None
        )
        quo.box.inject(fault)
        text = await quo("quo_get_person", person="Grace Liu")
        assert "Not included (no access): groups" in text
        assert "group conversations" not in text


async def test_at_most_five_groups_are_listed_and_the_rest_are_counted(phone):
    async with phone() as quo:
        for i in range(7):
            people = [GRACE, f"+1415555018{i}"]
            quo.box.state.ensure_conversation(DESK, people, quo.clock())
        text = await quo("quo_get_person", person=GRACE)
        assert text.count(" · group · CN") + text.count(' · group "') == 5
        assert "\n3 more groups not shown.\n" in text
