"""Conversations found by the name of a group, its members, or a company."""

import re

import pytest

from quo_mcp.sandbox import Fault
from sandbox.play import DESK, EMERGENCY

pytestmark = pytest.mark.anyio
GRACE, KENJI = "+14155550145", "+15105550149"


def group(box):
    return next(each for each in box.state.conversations.values() if len(each["participants"]) == 3)


def add_group(quo, name, *others, inbox=DESK):
    conversation = quo.box.state.ensure_conversation(inbox, [GRACE, *others], quo.clock())
    conversation["name"] = name
    return conversation


@pytest.mark.parametrize(
    "reference",
    [
        "Hyacinth Lane",
        "hyacinth lane group",
        "the Hyacinth Lane chat",
        "Hyacinth",
        "group with Grace",
        "Grace Liu's group",
        "the group with Oliver and Dana",
        "group with Stanyan Terrace",
    ],
)
async def test_a_group_is_found_by_its_name_a_word_of_it_or_a_member(phone, reference):
    async with phone() as quo:
        marked = await quo("quo_mark_conversation", conversation=reference, state="read")
        messages = await quo("quo_list_messages", person=[reference], limit=1)
        for text in (marked, messages):
            assert text.startswith(f'"{reference}": using the group "Hyacinth Lane" with Oliver ')
        assert group(quo.box)["id"] in marked


@pytest.mark.parametrize("reference", ["Bluebird", "Café Söder", "lakeside", "City of Oakland"])
async def test_a_company_means_its_conversation_if_there_is_only_one(phone, reference):
    async with phone() as quo:
        text = await quo("quo_mark_conversation", conversation=reference, state="read")
        assert text.startswith(f'"{reference}": using the conversation with ')


async def test_of_several_people_of_a_company_the_one_with_a_conversation_is_meant(phone):
    async with phone() as quo:
        contact = next(
            each
            for each in quo.box.state.contacts.values()
            if each["defaultFields"]["lastName"] == "Feld"
        )
        contact["defaultFields"] |= {
            "company": "Pacific Pipe Supply",
            "phoneNumbers": [{"id": "p", "name": "mobile", "value": "+15105550188"}],
        }
        text = await quo("quo_list_messages", person="Pacific Pipe Supply", limit=1)
        assert text.startswith(
            '"Pacific Pipe Supply": using the conversation with Kenji Watanabe, '
        )
        arguments = {"conversation": "Pacific Pipe", "state": "read"}
        text = await quo("quo_mark_conversation", **arguments, inbox="Front Desk")
        assert text.startswith('"Pacific Pipe": using the conversation with Kenji Watanabe, ')
        quo.box.state.ensure_conversation(DESK, ["+15105550188"], quo.clock())
        message = await quo.refused("quo_mark_conversation", **arguments, inbox="Front Desk")
        assert message.startswith('"Pacific Pipe": 2 conversations match:\n- ')


async def test_several_groups_are_listed_and_each_line_is_accepted_back(phone):
    async with phone() as quo:
        add_group(quo, "Hyacinth Lane boiler", KENJI)
        arguments = {"conversation": "hyacinth", "state": "read"}
        message = await quo.refused("quo_mark_conversation", **arguments)
        assert message.startswith('"hyacinth": 2 conversations match:')
        lines = [line for line in message.splitlines() if line.startswith("- ")]
        assert len(lines) == 2
        for line in lines:
            marked = await quo("quo_mark_conversation", conversation=line, state="read")
            assert line.rpartition(" ")[2] in marked
        exact = await quo("quo_mark_conversation", conversation="Hyacinth Lane", state="read")
        assert group(quo.box)["id"] in exact


async def test_the_inbox_decides_between_groups_with_one_name(phone):
    async with phone() as quo:
        other = add_group(quo, "Hyacinth Lane", KENJI, inbox=EMERGENCY)
        text = await quo(
            "quo_mark_conversation", conversation="Hyacinth Lane", state="read", inbox="Emergency"
        )
        assert other["id"] in text


@pytest.mark.parametrize(
    "reference",
    ["Jane", "Tom", "Hyacinht Lane", "zzzz", "the group", "Grcae Liu", "group with Rosa Delgado"],
)
async def test_an_ambiguous_name_a_teammate_or_a_misspelling_never_chooses_a_conversation(
    phone, reference
):
    async with phone() as quo:
        add_group(quo, "Jane and Tom", KENJI)
        message = await quo.refused("quo_list_messages", person=[reference], inbox=DESK)
        assert "using the" not in message
        arguments = {"conversation": reference, "state": "read"}
        assert "using the" not in await quo.refused("quo_mark_conversation", **arguments)
        assert {each["method"] for each in quo.box.requests} == {"GET"}


async def test_a_person_who_is_only_in_groups_is_answered_with_them(phone):
    async with phone() as quo:
        number = "+14155550199"
        add_group(quo, "New boiler", number)
        message = await quo.refused("quo_mark_conversation", conversation=number, state="read")
        first, second, line, *_ = message.splitlines()
        assert first == "No one-to-one conversation with +1 415 555 0199 found."
        assert second == "Groups with them:"
        assert ' · group "New boiler" · CN' in line


@pytest.mark.parametrize("tool", ["quo_send_message", "quo_send_group_message"])
async def test_no_text_is_sent_to_the_name_of_a_group_or_a_company(phone, tool):
    async with phone(config={"approval": "never"}) as quo:
        for name in ("Hyacinth Lane", "Bluebird"):
            to = [name, GRACE] if "group" in tool else name
            await quo.refused(tool, to=to, text="Hello", inbox=DESK)
        assert quo.box.ledger == []


async def test_one_person_is_required_where_a_group_is_named(phone):
    async with phone() as quo:
        message = await quo.refused("quo_list_calls", person="Hyacinth Lane")
        assert "Only one person is accepted here: name one of them." in message


async def test_conversations_that_cannot_be_read_fail_for_their_own_reason(phone):
    async with phone() as quo:
        quo.box.inject(Fault("error_before", path="/quo/v1/conversations", status=403, style="quo"))
        await quo.refused(
            "quo_mark_conversation", "Quo does not allow", conversation="Hyacinth", state="read"
        )


async def test_the_only_match_among_the_latest_conversations_says_so(phone, monkeypatch):
    monkeypatch.setattr("quo_mcp.tools.resolve.recent_conversations.MAX_PAGES_BY_PERSON", 1)
    async with phone() as quo:
        monkeypatch.setattr("quo_mcp.directory.conversation_scan.PAGE_SIZE", 70)
        text = await quo("quo_mark_conversation", conversation="Hyacinth", state="read")
        assert ", the only match among the latest 70 conversations.\n" in text


async def test_every_line_of_a_digest_means_its_conversation_and_no_other_with_that_name(phone):
    async with phone() as quo:
        lines = re.findall(r"^.* · CN\w+$", await quo("quo_get_digest"), re.MULTILINE)
        assert len(lines) > 10
        for line, other in zip(lines, [*lines[1:], lines[0]], strict=True):
            conversation_id = line.split()[-1]
            text = await quo("quo_mark_conversation", conversation=[line], state="read")
            assert conversation_id in text
            swapped = line.replace(conversation_id, other.split()[-1])
            refusal = await quo.refused(
                "quo_mark_conversation", conversation=[swapped], state="read"
            )
            assert "which differs from" in refusal
