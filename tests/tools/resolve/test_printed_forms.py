"""What a result prints is accepted as an argument, and parts that do not belong together are rejected."""

import re

import pytest

from sandbox.play import DESK, EMERGENCY, JANE, STRANGER
from tools.reading import last_query

pytestmark = pytest.mark.anyio


async def candidates(quo, tool, **arguments):
    refusal = await quo.refused(tool, **arguments)
    return [line for line in refusal.splitlines() if line.startswith("- ")]


@pytest.mark.parametrize(
    "people",
    [
        "Kenji Watanabe, Pacific Pipe Supply (+1 510 555 0149), Jane Whitaker (+1 415 555 0111)",
        "Jane Whitaker (+1 415 555 0111) and Grace Liu",
        "Jane Whitaker, Grace Liu",
    ],
)
async def test_several_people_as_printed_are_still_several(phone, people):
    async with phone() as quo:
        refusal = await quo.refused("quo_send_message", to=people, text="Hi", dry_run=True)
        assert "must be one person" in refusal
        group = await quo.refused("quo_send_group_message", to=[people], text="Hi", dry_run=True)
        assert '", "' in group


@pytest.mark.parametrize(
    "person",
    [
        "Kenji Watanabe, Pacific Pipe Supply (+1 510 555 0149)",
        "- Kenji Watanabe, Pacific Pipe Supply (+1 510 555 0149)",
        "Kenji Watanabe (+1 510 555 0149)",
        "Kenji Watanabe (Pacific Pipe Supply) +1 510 555 0149",
        "+1 510 555 0149",
        "- +1 510 555 0149",
    ],
)
async def test_a_person_is_accepted_as_printed(phone, person):
    async with phone() as quo:
        await quo("quo_list_messages", person=person, inbox=DESK)
        assert last_query(quo.box, "/quo/v1/messages")["participants"] == ["+15105550149"]


async def test_every_person_of_a_list_is_accepted_as_printed(phone):
    async with phone() as quo:
        text = await quo("quo_list_conversations", limit=50)
        printed = re.findall(r" · ([^·\n]*\(\+[0-9 ]+\)) · on ", text)
        one_to_one = [person for person in printed if person.count("(+") == 1]
        assert len(one_to_one) > 20
        for person in one_to_one[:20]:
            await quo("quo_list_messages", person=person, inbox=DESK, limit=1)


async def test_a_candidate_is_accepted_as_printed_for_a_person_and_for_a_contact(phone):
    async with phone() as quo:
        lines = await candidates(quo, "quo_send_message", to="Jane", text="Hello", dry_run=True)
        assert len(lines) == 3
        for line in lines:
            number = re.sub("[^+0-9]", "", line.partition("(")[2].partition(")")[0])
            await quo("quo_list_messages", person=line, inbox=DESK)
            assert last_query(quo.box, "/quo/v1/messages")["participants"] == [number]
            preview = await quo("quo_send_message", to=line, inbox=DESK, text="Hello", dry_run=True)
            assert line.removeprefix("- ").partition(" · ")[0] in preview
        for line in await candidates(quo, "quo_get_contact", contact_id="Jane"):
            contact_id = line.rpartition(" ")[2]
            for reference in (line, f"contact {contact_id}"):
                assert contact_id in await quo("quo_get_contact", contact_id=reference)


async def test_an_inbox_and_a_teammate_are_accepted_as_printed(phone):
    async with phone() as quo:
        [line, *_] = await candidates(quo, "quo_list_messages", person=JANE, inbox="Sales")
        for inbox in (line, "Front Desk (+1 415 555 0100)", "(+1 415 555 0100)"):
            await quo("quo_list_messages", person=JANE, inbox=inbox)
            assert last_query(quo.box, "/quo/v1/messages")["phoneNumberId"] == [DESK]
        [line, *_] = await candidates(quo, "quo_list_tasks", assignee="Sandra")
        await quo("quo_list_tasks", assignee=line)


async def test_an_inbox_is_not_taken_for_a_person(phone):
    async with phone() as quo:
        refusal = await quo.refused("quo_list_messages", person="Front Desk (+1 415 555 0100)")
        assert "one of your" in refusal


async def test_a_conversation_is_accepted_as_printed(phone):
    async with phone() as quo:
        state = quo.box.state
        for inbox in (DESK, EMERGENCY):
            state.add_message(state.numbers[inbox], [STRANGER], "Hi", quo.clock(), sender=STRANGER)
        lines = await candidates(quo, "quo_mark_conversation", conversation=STRANGER, state="read")
        assert len(lines) == 2
        for line in lines:
            result = await quo("quo_mark_conversation", conversation=line, state="read")
            assert line.rpartition(" ")[2] in result
        wrong = lines[0].replace("0199", "0198")
        await quo.refused("quo_mark_conversation", conversation=wrong, state="read")


@pytest.mark.parametrize(
    "since", ["Mon 2026-03-02 20:00", "Mon 2026-03-02 20:00 (America/Los_Angeles)"]
)
async def test_a_time_is_accepted_as_printed(phone, since):
    async with phone() as quo:
        text = await quo("quo_list_messages", person=JANE, inbox=DESK, since=since)
        assert " since Mon 2026-03-02 20:00, newest first:" in text


@pytest.mark.parametrize(
    "reference",
    [
        "Grace Liu (+1 415 555 0111)",
        "Jane Whitaker (+1 415 555 0145)",
        "Jane Whitaker (+1 415 555 0145) · contact {jane}",
        "Grace Liu (+1 415 555 0145) · contact {jane}",
        "Grace Liu · contact {jane}",
        "Jane Whitaker (0111) · contact {jane}",
        "Jane Whitaker (no number) · contact {jane}",
        "+1 415 555 0145 · contact {jane}",
    ],
)
async def test_parts_that_do_not_belong_together_are_rejected(phone, reference):
    async with phone() as quo:
        contact_id = next(
            each["id"]
            for each in quo.box.state.contacts.values()
            if each["defaultFields"]["lastName"] == "Whitaker"
        )
        reference = reference.format(jane=contact_id)
        await quo.refused("quo_list_messages", person=reference, inbox=DESK)
        await quo.refused("quo_send_message", to=reference, inbox=DESK, text="Hi", dry_run=True)
        await quo.refused("quo_get_contact", contact_id=reference)


@pytest.mark.parametrize("inbox", ["Emergency line (+1 415 555 0100)", f"Emergency line · {DESK}"])
async def test_the_parts_of_an_inbox_have_to_belong_together(phone, inbox):
    async with phone() as quo:
        await quo.refused("quo_list_messages", person=JANE, inbox=inbox)
