"""References in wrappings, labels and links; and that no form lets a send reach another person."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quo_mcp.directory.address_book import AddressBook, Candidates, NoMatch, Person, ResolvedNumber
from quo_mcp.values.wrapping import readings, unwrapped
from sandbox.play import DESK, JANE
from tools.reading import last_query

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ('- **"Jane Whitaker"**.', "Jane Whitaker"),
        ("> Jane Whitaker", "Jane Whitaker"),
        ("`56df`", "56df"),
        ("\u201cFront Desk\u201d", "Front Desk"),
        ("\u00abFront Desk\u00bb", "Front Desk"),
        ("tel:+14155550111", "+14155550111"),
        ("mailto:jane@example.com?subject=x", "jane@example.com"),
        ("<jane@example.com>", "jane@example.com"),
        ("[+1 415 555 0111](tel:+14155550111)", "+1 415 555 0111 +14155550111"),
        ('page_token="abc~before=x"', "abc~before=x"),
        ("External id: crm-2207", "crm-2207"),
        ("contact 56df", "56df"),
    ],
)
def test_the_wrapping_and_the_label_are_taken_off(text, bare):
    assert readings(text)[-1] == bare


@pytest.mark.parametrize(
    "text", ["Work & Co", "Mobile Vet", "Jane (Acme)", '"a" and "b"', "(a) (b)", "O'Brien", "A"]
)
def test_nothing_is_taken_off_a_name(text):
    assert unwrapped(text) == ()


LINKS = [
    "https://my.quo.com/inbox/{inbox}/c/{conversation}?at={message}",
    "[Open](https://my.quo.com/inbox/{inbox}/c/{conversation}?at={message})",
    "<https://my.quo.com/inbox/{inbox}/c/{conversation}?at={message}>.",
]


@pytest.mark.parametrize("link", LINKS)
async def test_a_link_of_the_app_means_its_conversation_message_inbox_and_person(phone, link):
    async with phone() as quo:
        message = next(each for each in quo.box.state.messages.values() if each["from"] == JANE)
        url = link.format(
            inbox=message["phoneNumberId"],
            conversation=message["conversationId"],
            message=message["id"],
        )
        await quo("quo_list_messages", person=url, limit=1)
        assert last_query(quo.box, "/quo/v1/messages")["participants"] == [JANE]
        assert message["id"] in await quo("quo_get_message", message_id=url)
        marked = await quo("quo_mark_conversation", conversation=url, state="read")
        assert message["conversationId"] in marked
        assert message["phoneNumberId"] in await quo("quo_get_phone_number", inbox=url)


@pytest.mark.parametrize(
    "person",
    [
        "tel:+14155550111",
        "sms:+1-415-555-0111",
        "[Jane Whitaker](tel:+14155550111)",
        "Jane Whitaker +1 415 555 0111",
        "**Jane Whitaker +1 415 555 0111**",
        "Jane Whitaker <jane.whitaker@example.com>",
        "mailto:jane.whitaker@example.com",
        "contact Jane Whitaker",
        "incoming from Jane Whitaker \u00b7 AC0123456789",
        "Messages with Jane Whitaker (+1 415 555 0111) on Front Desk (+1 415 555 0100), newest first:",
    ],
)
async def test_a_person_in_another_form_is_the_same_person(phone, person):
    async with phone() as quo:
        preview = await quo("quo_send_message", to=person, text="Hi", inbox=DESK, dry_run=True)
        assert "To: Jane Whitaker (+1 415 555 0111)" in preview


@pytest.mark.parametrize(
    "person",
    [
        "[Grace Liu](tel:+14155550111)",
        "**Grace Liu +1 415 555 0111**",
        "Grace Liu <jane.whitaker@example.com>",
        "Jane Whitaker (+1 415 555 0111) and Grace Liu",
        "Grace Liu and Jane Whitaker (+1 415 555 0111)",
        "incoming from Grace Liu (+1 415 555 0111) \u00b7 missed \u00b7 AC0123456789",
        "Jane Whitaker (+1 415 555 0111) <grace.liu@example.com> and Grace Liu",
        "- Jane Whitaker (+1 415 555 0111)\n- Grace Liu (+1 415 555 0145)",
        "Please text Bob at +1 415 555 0111",
    ],
)
async def test_parts_of_two_people_are_refused(phone, person):
    async with phone() as quo:
        await quo.refused("quo_send_message", to=person, text="Hi", inbox=DESK, dry_run=True)


async def test_a_name_that_looks_like_a_label_is_a_name(phone):
    async with phone() as quo:
        contacts = list(quo.box.state.contacts.values())[:3]
        for contact, first, last in zip(
            contacts, ("Contact", "Mobile", "Work &"), ("Lane", "Vet", "Co"), strict=True
        ):
            contact["defaultFields"] |= {"firstName": first, "lastName": last, "company": None}
        for contact, name in zip(
            contacts, ("Contact Lane", "Mobile Vet", "Work & Co"), strict=True
        ):
            for form in (name, f"**{name}**", f'"{name}"', f"- {name}."):
                assert contact["id"] in await quo("quo_get_contact", contact_id=form)
        await quo.refused("quo_get_contact", contact_id="contact 56df3a")


@pytest.mark.parametrize(
    "form", ["{}", "[{}]", "[{}, match]", "**{}**", 'start="{}"', "[{}] Dana:"]
)
async def test_a_position_and_a_quoted_phrase_are_found_in_a_transcript(phone, form):
    async with phone() as quo:
        call_id = max(
            quo.box.state.transcripts,
            key=lambda each: len(quo.box.state.transcripts[each]["dialogue"] or ()),
        )
        plain = await quo("quo_get_call_transcript", call_id=call_id, start="22:45", end="23:00")
        dressed = form.format("22:45")
        assert plain == await quo(
            "quo_get_call_transcript", call_id=f"- {call_id}", start=dressed, end="[23:00]"
        )
        lines = plain.splitlines()
        words = next(line for line in lines if line.startswith("> "))[2:40]
        text = await quo("quo_get_call_transcript", call_id=call_id, find=f'"{words}"')
        assert " found in 1 turn" in text


NAMES = ["Jane", "Whitaker", "Grace", "Liu", "Mobile", "Contact", "Work", "Acme", "Smith", "Ann"]
PEOPLE = [
    Person(
        f"c{i}",
        first,
        last,
        company,
        numbers=((label, f"+1415555{100 + i:04}"),),
        emails=(("", f"{first.lower()}@{last.lower()}.com"),),
    )
    for i, (first, last, company, label) in enumerate(
        [
            ("Jane", "Whitaker", "Acme", "mobile"),
            ("Grace", "Liu", "", "work"),
            ("Mobile", "Vet", "", "mobile"),
            ("Contact", "Lane", "Work & Co", "home"),
            ("Ann", "Smith", "Acme", "mobile"),
            ("Agatha", "Smith", "", "grace"),
            ("伟", "张", "", "mobile"),
        ]
    )
]
PIECES = st.one_of(
    st.sampled_from(PEOPLE).flatmap(
        lambda person: st.sampled_from(
            [
                person.name,
                person.first_name,
                person.id,
                f"contact {person.id}",
                person.emails[0][1],
                person.numbers[0][1],
                f"{person.name} ({person.numbers[0][1]})",
                f"{person.name} {person.numbers[0][1]}",
                f"{person.numbers[0][0]}: {person.numbers[0][1]}",
                f"tel:{person.numbers[0][1]}",
            ]
        )
    ),
    st.sampled_from([*NAMES, "incoming from", "with", "on Front Desk", "missed", "at", "Acme"]),
)
JOINS = st.sampled_from([" \u00b7 ", " ", ", ", " and ", "\n", " - ", " | "])
WRAPPINGS = st.sampled_from(["{}", '"{}"', "**{}**", "- {}", "[{}]", "({})", "> {}", "{}.", "`{}`"])


def people_named_in(text, book):
    """The numbers of everyone of whom a text has the number, the address, the id or the whole name."""
    return {
        person.numbers[0][1]
        for person in book
        if any(
            re.search(rf"(?<![\w+]){re.escape(sign)}(?!\w)", text)
            for sign in (person.id, person.name, person.numbers[0][1], person.emails[0][1])
        )
    }


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=4), JOINS, WRAPPINGS)
def test_no_form_reaches_another_person_than_the_parts_of_it(pieces, join, wrapping):
    """A text resolves to one of the people it names wholly; with two of them it resolves to no one."""
    book = AddressBook()
    for person in PEOPLE:
        book.put(person)
    text = join.join(pieces)
    named = people_named_in(text, book)
    plain = book.resolve_number(text, region="US")
    dressed = book.resolve_number(wrapping.format(text), region="US")
    for match in (plain, dressed):
        if isinstance(match, ResolvedNumber) and len(named) > 1:
            raise AssertionError(f"{text!r} names {named}, but is taken for {match.number}")
        if isinstance(match, ResolvedNumber) and named:
            assert {match.number} == named, text
    if isinstance(plain, ResolvedNumber) and isinstance(dressed, ResolvedNumber):
        assert plain.number == dressed.number
    assert isinstance(dressed, ResolvedNumber | Candidates | NoMatch)
