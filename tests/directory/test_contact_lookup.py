"""The one contact that is meant: by id, number, address or name; what is not clear stays a choice."""

import pytest

from quo_mcp.directory.address_book import (
    AddressBook,
    ContactCandidates,
    ContactMatch,
    NoMatch,
    Person,
)


def phone(last, label="mobile"):
    return (label, f"+1415555{last}")


PEOPLE = (
    Person("c-jane", "Jane", "Doe", "Acme", numbers=(phone("0101"), phone("0102", "work"))),
    Person("c-jose", "José", "Álvarez", "Beta", numbers=(phone("0103"),)),
    Person("c-ann", "Ann", "Lee", numbers=(phone("0104"),), emails=(("", "ann@example.com"),)),
    Person("c-ann-smith", "Ann", "Lee-Smith", numbers=(phone("0105"),)),
    Person("c-bank", company="Bank of Examples", numbers=(phone("0106", "main"),)),
    Person("c-kim-1", "Kim", "Poe", numbers=(phone("0109"),)),
    Person("c-kim-2", "Kim", "Poe", numbers=(phone("0109"),)),
    Person("c-nil", "Nil", "Moe", "Gamma"),
    Person("c-al", "Al", "Coe", numbers=(phone("0111"),)),
    Person("c-di", "Di", "Coe", numbers=(phone("0111"),)),
    Person("c-mail-1", "May", emails=(("", "desk@example.com"),)),
    Person("c-mail-2", "June", emails=(("", "desk@example.com"),)),
)


@pytest.fixture(scope="module")
def book():
    book = AddressBook()
    for person in PEOPLE:
        book.put(person)
    return book


@pytest.mark.parametrize(
    ("query", "who"),
    [
        ("c-jane", "c-jane"),
        ("Jane Doe", "c-jane"),
        (" jane  DOE ", "c-jane"),
        ("Doe, Jane", "c-jane"),
        ("Jane Doe, Acme", "c-jane"),
        ("Jane Doe's work number", "c-jane"),
        ("Jose Alvarez", "c-jose"),
        ("(415) 555-0102", "c-jane"),
        ("+14155550103", "c-jose"),
        ("ANN@example.com", "c-ann"),
        ("Ann Lee-Smith", "c-ann-smith"),
        ("Bank of Examples", "c-bank"),
        ("Nil Moe", "c-nil"),
        ("Al Coe +1 415 555 0111", "c-al"),
        ("May", "c-mail-1"),
    ],
)
def test_what_names_one_contact_in_full_means_it(book, query, who):
    assert book.find_contact(query, region="US") == ContactMatch(book.by_id(who))


@pytest.mark.parametrize(
    ("query", "who", "almost"),
    [
        ("Jane", "c-jane", False),
        ("Jane at Acme", "c-jane", False),
        ("Moe", "c-nil", False),
        ("Acme", "c-jane", True),
        ("J. Alvarez", "c-jose", True),
        ("Doe Jane", "c-jane", True),
        ("Gamma", "c-nil", True),
    ],
)
def test_a_part_of_a_name_or_what_is_near_it_is_told_from_the_whole(book, query, who, almost):
    found = book.find_contact(query, region="US")
    assert found == ContactMatch(book.by_id(who), is_full_match=False, is_loose_match=almost)


@pytest.mark.parametrize(
    ("query", "reason", "who"),
    [
        ("Ann Lee", '"Ann Lee" matches several contacts:', ["c-ann", "c-ann-smith"]),
        ("Kim Poe", '"Kim Poe" matches several contacts:', ["c-kim-1", "c-kim-2"]),
        ("+14155550109", '"+14155550109" matches several contacts:', ["c-kim-1", "c-kim-2"]),
        ("+14155550111", '"+14155550111" matches several contacts:', ["c-al", "c-di"]),
        (
            "desk@example.com",
            '"desk@example.com" matches several contacts:',
            ["c-mail-1", "c-mail-2"],
        ),
        ("Al Coe or Di Coe +14155550111", "matches several contacts:", ["c-al", "c-di"]),
        ("Jsoe", 'No exact match for "Jsoe". Closest:', ["c-jose"]),
        ("0103", 'No exact match for "0103". Closest:', ["c-jose"]),
    ],
)
def test_what_may_mean_several_is_a_choice_by_id(book, query, reason, who):
    found = book.find_contact(query, region="US")
    assert isinstance(found, ContactCandidates), found
    assert found.reason.endswith(reason)
    assert [person.id for person in found.people] == who
    *_, closing = str(found).splitlines()
    assert closing == "Call again with the contact's id, or ask the user which one they mean."


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("", "No contact given."),
        ("x" * 301, "Too long for a contact"),
        ("Zebediah", 'No contact has the name, email address or id "Zebediah".'),
        ("+14155550199", 'No contact has the number "+14155550199".'),
        (
            "Jane Doe +14155550103",
            'No contact has both the name and the number in "Jane Doe +14155550103".',
        ),
    ],
)
def test_what_means_no_contact_says_so(book, query, reason):
    nobody = book.find_contact(query, region="US")
    assert isinstance(nobody, NoMatch)
    assert str(nobody).startswith(reason)


def test_initials_alone_are_a_choice_even_of_one():
    book = AddressBook()
    book.put(Person("a", "J", "Quill"))
    book.put(Person("b", "Jill", "Poe"))
    found = book.find_contact("J", region="US")
    assert str(found).startswith('No exact match for "J". Closest:\n- J Quill (no number)')


def test_contacts_are_listed_with_their_numbers_and_ids(book):
    assert str(book.find_contact("Ann", region="US")) == (
        '"Ann" matches several contacts:\n'
        "- Ann Lee (+1 415 555 0104) · contact c-ann\n"
        "- Ann Lee-Smith (+1 415 555 0105) · contact c-ann-smith\n"
        "Call again with the contact's id, or ask the user which one they mean."
    )


def test_a_long_list_is_cut_and_counted():
    book = AddressBook()
    for number in range(25):
        book.put(Person(f"c{number}", "Jane", f"Roe{number}"))
    found = book.find_contact("Jane", region="US")
    assert (len(found.people), found.omitted_count) == (20, 5)
    assert "5 more not shown." in str(found)


@pytest.mark.parametrize(
    ("line", "who"),
    [
        ("work: +1 415 555 0102", "c-jane"),
        ("mobile: +1 415 555 0102", None),
        ("Jane: +1 415 555 0103", None),
        ("email: ann@example.com", "c-ann"),
        ("work: ann@example.com", None),
        ("Jane Doe · Acme · c-jane", "c-jane"),
        ("Nil Moe · Acme · c-nil", None),
    ],
)
def test_a_printed_line_means_the_contact_that_all_its_parts_belong_to(book, line, who):
    found = book.find_contact(line, region="US")
    assert found == ContactMatch(book.by_id(who)) if who else not isinstance(found, ContactMatch)


def test_a_printed_line_of_several_contacts_is_a_choice(book):
    for line in ("email: desk@example.com", "mobile: +1 415 555 0111"):
        assert isinstance(book.find_contact(line, region="US"), ContactCandidates)


@pytest.mark.parametrize(("query", "is_only_similar"), [("Jsoe", True), ("Kim Poe", False)])
def test_a_similar_spelling_is_not_a_match(book, query, is_only_similar):
    assert book.find_contact(query, region="US").is_only_similar == is_only_similar
