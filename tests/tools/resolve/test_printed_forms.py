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


def participants(quo):
    return last_query(quo.box, "/quo/v1/messages")["participants"]


def contact(quo, last_name):
    return next(
        each
        for each in quo.box.state.contacts.values()
        if each["defaultFields"]["lastName"] == last_name
    )


async def test_a_line_of_the_list_of_conversations_means_that_conversation(phone):
    async with phone() as quo:
        text = await quo("quo_list_conversations", limit=40)
        lines = [line for line in text.splitlines() if " · CN" in line and line.count("(+") == 1]
        assert len(lines) > 15
        for line in lines[:15]:
            marked = await quo("quo_mark_conversation", conversation=line, state="read")
            printed = marked.splitlines()[1]
            assert printed.rpartition(" ")[2] == line.rpartition(" ")[2]
            await quo("quo_mark_conversation", conversation=printed, state="open")
            await quo("quo_list_messages", person=line, limit=1)
            number = re.sub(
                "[^+0-9]", "", line[line.index("(+") : line.index(")", line.index("(+"))]
            )
            assert participants(quo) == [number]
            preview = await quo("quo_send_message", to=line, text="Hello", dry_run=True)
            assert line.split(" · ")[1] in preview


async def test_a_group_line_means_the_group_but_is_not_one_item_of_several(phone):
    async with phone() as quo:
        text = await quo("quo_list_conversations", limit=100)
        line = next(line for line in text.splitlines() if " · group " in line)
        await quo("quo_list_messages", person=line, limit=1)
        assert len(participants(quo)) > 1
        people = line.split(" · ")[1]
        for item in (line, people):
            why = await quo.refused("quo_list_messages", person=[item, "Grace Liu"])
            assert "This names several people: give each as its own item." in why
            why = await quo.refused(
                "quo_send_group_message", to=[item, "Grace Liu"], text="Hi", dry_run=True
            )
            assert "This names several people: give each as its own item." in why


async def test_a_conversation_line_with_other_people_is_rejected(phone):
    async with phone() as quo:
        text = await quo("quo_list_conversations", limit=40)
        grace = next(line for line in text.splitlines() if "Grace Liu" in line and " · CN" in line)
        conversation_id = grace.rpartition(" ")[2]
        for wrong in (
            grace.replace("Grace Liu", "Jane Whitaker"),
            grace.replace("0145", "0111"),
            f"Jane Whitaker (+1 415 555 0111) · {conversation_id}",
        ):
            why = f"{conversation_id} is with Grace Liu (+1 415 555 0145), which differs from "
            await quo.refused("quo_mark_conversation", why, conversation=wrong, state="read")
            await quo.refused("quo_list_messages", why, person=wrong)
            await quo.refused("quo_send_message", why, to=wrong, text="Hi", dry_run=True)
        unknown = grace.replace(conversation_id, "CN0123456789")
        await quo.refused("quo_mark_conversation", "not found", conversation=unknown, state="read")


@pytest.mark.parametrize(
    "details",
    [
        "Pacific Pipe Supply · Counter sales · ",
        "Pacific Pipe Supply · ",
        "Counter sales · ",
        "",
    ],
)
async def test_the_heading_of_a_contact_means_that_contact(phone, details):
    async with phone() as quo:
        kenji = contact(quo, "Watanabe")
        kenji["defaultFields"]["role"] = "Counter sales"
        heading = f"Kenji Watanabe · {details}{kenji['id']}"
        assert kenji["id"] in await quo("quo_get_contact", contact_id=heading)
        await quo("quo_update_contact", contact_id=heading, role="Counter sales")
        await quo("quo_list_messages", person=heading, inbox=DESK)
        assert participants(quo) == ["+15105550149"]
        preview = await quo("quo_send_message", to=heading, inbox=DESK, text="Hi", dry_run=True)
        assert "(+1 510 555 0149)" in preview


async def test_the_heading_of_every_contact_found_means_that_contact(phone):
    async with phone() as quo:
        text = await quo("quo_list_contacts", limit=50)
        headings = [line for line in text.splitlines() if re.search(" · [0-9a-f]{24}$", line)]
        assert len(headings) > 30
        for heading in headings:
            assert heading in await quo("quo_get_contact", contact_id=heading)


@pytest.mark.parametrize(
    "heading",
    [
        "Grace Liu · Pacific Pipe Supply · Counter sales · {kenji}",
        "Kenji Watanabe · Stanyan Terrace Apartments · {kenji}",
        "Jane Whitaker · {kenji}",
    ],
)
async def test_a_heading_with_the_id_of_another_contact_is_rejected(phone, heading):
    async with phone() as quo:
        heading = heading.format(kenji=contact(quo, "Watanabe")["id"])
        await quo.refused("quo_get_contact", contact_id=heading)
        await quo.refused("quo_list_messages", person=heading)
        await quo.refused("quo_send_message", to=heading, inbox=DESK, text="Hi", dry_run=True)


@pytest.mark.parametrize(
    "line",
    ["mobile: +1 415 555 0111", "work: jane.whitaker@example.com"],
)
async def test_a_line_of_a_contact_means_its_person(phone, line):
    async with phone() as quo:
        for person in (line, f"  {line}", f"- {line}"):
            await quo("quo_list_messages", person=person, inbox=DESK)
            assert participants(quo) == [JANE]
        preview = await quo("quo_send_message", to=line, inbox=DESK, text="Hi", dry_run=True)
        assert "Jane Whitaker (+1 415 555 0111)" in preview
        assert "Jane Whitaker" in await quo("quo_get_contact", contact_id=line)


@pytest.mark.parametrize(
    "line",
    [
        "Grace Liu: +1 415 555 0111",
        "Grace: +1 415 555 0111",
        "home: +1 415 555 0111",
        "mobile: +1 415 555 0199",
        "home: jane.whitaker@example.com",
        "Grace: jane.whitaker@example.com",
    ],
)
async def test_a_label_or_a_name_that_is_not_the_numbers_own_is_rejected(phone, line):
    async with phone() as quo:
        await quo.refused("quo_list_messages", person=line, inbox=DESK)
        await quo.refused("quo_send_message", to=line, inbox=DESK, text="Hi", dry_run=True)
        await quo.refused("quo_get_contact", contact_id=line)


async def test_a_label_that_is_another_persons_name_is_rejected(phone):
    async with phone() as quo:
        contact(quo, "Whitaker")["defaultFields"]["phoneNumbers"][0]["name"] = "Grace"
        line = "Grace: +1 415 555 0111"
        await quo.refused("quo_send_message", to=line, inbox=DESK, text="Hi", dry_run=True)


async def test_the_lines_of_a_contact_are_removed_as_printed(phone):
    async with phone() as quo:
        changed = await quo(
            "quo_update_contact",
            contact_id="Jane Whitaker",
            add_phone_numbers=["work: +1 510 555 0191"],
        )
        assert "  work: +1 510 555 0191\n" in changed
        await quo.refused(
            "quo_update_contact",
            "does not have the phone number",
            contact_id="Jane Whitaker",
            remove_phone_numbers=["home: +1 510 555 0191"],
        )
        changed = await quo(
            "quo_update_contact",
            contact_id="Jane Whitaker",
            remove_phone_numbers=["work: +1 510 555 0191"],
            remove_emails=["work: jane.whitaker@example.com"],
        )
        assert "work" not in changed.partition("The contact is now:")[2]


async def test_a_line_of_the_list_of_teammates_means_that_teammate(phone):
    async with phone() as quo:
        text = await quo("quo_list_users")
        lines = [line for line in text.splitlines() if " · US" in line]
        assert len(lines) > 3
        for line in lines:
            user_id = line.rpartition(" ")[2]
            assert user_id in await quo("quo_get_user", user_id=line)
            await quo("quo_list_tasks", assignee=line)
        wrong = lines[0].replace(lines[0].split(" · ")[0], "Nina Nobody")
        await quo.refused("quo_get_user", user_id=wrong)
        other_email = " · ".join([lines[0].split(" · ")[0], *lines[1].split(" · ")[1:-1], user_id])
        await quo.refused("quo_get_user", user_id=other_email)


@pytest.mark.parametrize(
    "since",
    [
        "Sun 2026-03-01 15:01, newest first",
        "due Sun 2026-03-01 15:01",
        "Sun 2026-03-01 15:01 · incoming · AC0123456789",
        "**Sun 2026-03-01 15:01**",
        'since="Sun 2026-03-01 15:01"',
        "- [2026-03-01 15:01 (America/Los_Angeles)]",
        "2026-03-01T23:01:00Z.",
    ],
)
async def test_a_time_is_found_in_the_text_around_it(phone, since):
    async with phone() as quo:
        text = await quo("quo_list_messages", person=JANE, inbox=DESK, since=since)
        assert " since Sun 2026-03-01 15:01, newest first:" in text


async def test_two_times_or_a_label_with_a_weekday_alone_are_a_question(phone):
    async with phone() as quo:
        both = "from Sun 2026-03-01 15:01 to Mon 2026-03-02 09:00"
        why = await quo.refused("quo_list_messages", person=JANE, since=both)
        assert 'Give one, such as "Sun 2026-03-01 15:01" or "Mon 2026-03-02 09:00".' in why
        for due in ("due Mon", "- due Mon", "due Mon 2026-03-02 12:00", "**due mon**"):
            await quo.refused("quo_create_task", title="Call", person=JANE, due=due)
            assert {request["method"] for request in quo.box.requests} <= {"GET"}


async def test_a_long_line_with_an_id_is_accepted(phone):
    async with phone() as quo:
        kenji = contact(quo, "Watanabe")
        fields = kenji["defaultFields"]
        fields["company"] = "Pacific Pipe, Valve and Fitting Supply of Northern California " * 2
        numbers = [f"+1510555{number:04}" for number in range(100, 112)]
        fields["phoneNumbers"] += [{"name": "x", "value": number} for number in numbers]
        [*lines] = await candidates(quo, "quo_send_message", to="Kenji Watanabe", text="Hello")
        everything = lines[0].replace(
            lines[0].partition("(")[2].partition(")")[0],
            ", ".join(f"+1 510 555 {number:04}" for number in range(100, 112)),
        )
        assert len(everything) > 300
        await quo("quo_list_messages", person=lines[1], inbox=DESK)
        await quo("quo_send_message", to=lines[1], inbox=DESK, text="Hi", dry_run=True)
        why = await quo.refused("quo_send_message", to=everything, inbox=DESK, text="Hi")
        assert "has several numbers:" in why
        await quo.refused("quo_list_messages", "Too long", person="x" * 301)
