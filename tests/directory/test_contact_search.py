"""Contacts found by a sentence: words, conditions on custom fields, and exact counts."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from quo_mcp.directory.address_book import AddressBook, Person

NOW = datetime(2026, 3, 4, 18, 30, tzinfo=UTC)
PACIFIC = ZoneInfo("America/Los_Angeles")


def person(person_id, name, *, number="", **fields):
    custom = tuple(
        (label.replace("_", " ").capitalize(), value)
        for label, value in fields.items()
        if label not in {"company", "role"}
    )
    first, _, last = name.partition(" ")
    return Person(
        person_id,
        first,
        last,
        fields.get("company", ""),
        fields.get("role", ""),
        numbers=(("mobile", number),) if number else (),
        custom_fields=custom,
    )


PEOPLE = (
    person(
        "ann", "Ann Lee", system="Combi boiler", on_service_plan="yes", last_service="2024-05-01"
    ),
    person(
        "bob", "Bob Hasan", system="Steam boiler", on_service_plan="no", last_service="2025-03-10"
    ),
    person("cy", "Cy Ade", system="Heat pump", gate_code="4471", last_service="2026-01-15"),
    person("di", "Di Fox", system="Combi boiler", gate_code="9021", number="+14155550101"),
    person("ed", "Ed Fox", company="City of Oakland", role="Planner", number="+14155550101"),
    person("the", "An Who", number="+14155550144"),
)


def search(query, people=PEOPLE):
    book = AddressBook()
    for each in people:
        book.put(each)
    return book.search_contacts(query, now=NOW, zone=PACIFIC, limit=20)


def found(query, people=PEOPLE):
    return sorted(hit.person.id for hit in search(query, people).hits)


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("who has a combi boiler", ["ann", "di"]),
        ("Show me all customers with a boiler", ["ann", "bob", "di"]),
        (
            "show me all of the people and customers that have got to have a combi boiler",
            ["ann", "di"],
        ),
        ("find everyone who has a heat pump, please", ["cy"]),
        ("contacts located in Oakland", ["ed"]),
        ("customers on the service plan", ["ann"]),
        ("who is on our service plan?", ["ann"]),
        ("boiler customers on the service plan", ["ann"]),
        ("who is not on the service plan", ["bob", "cy", "di", "ed", "the"]),
        ("customers without a service plan", ["bob", "cy", "di", "ed", "the"]),
        ("who has a gate code", ["cy", "di"]),
        ("gate code 4471", ["cy"]),
        ("gate code over 5,000", ["di"]),
        ("gate code at most 4471", ["cy"]),
        ("gate code < 5000", ["cy"]),
        ("customers without a gate code", ["ann", "bob", "ed", "the"]),
        ("last service before 2025", ["ann"]),
        ("last service before March 2025", ["ann"]),
        ("serviced after 2025-03-10", ["cy"]),
        ("serviced since 2025-03-10", ["bob", "cy"]),
        ("serviced in 2025", ["bob"]),
        ("serviced on 2026-01-15", ["cy"]),
        ("not serviced since March 2025", ["ann"]),
        ("last service more than a year ago", ["ann"]),
        ("serviced in the last 6 months", ["cy"]),
        ("who has a boiler and was last serviced before 2025", ["ann"]),
        ("same number", ["di", "ed"]),
        ("contacts with the same phone number", ["di", "ed"]),
        ("duplicates", ["di", "ed"]),
        ("who shares a number with Ed", ["ed"]),
        ("+1 415 555 0101", ["di", "ed"]),
        ("who has the number 555 0101", ["di", "ed"]),
        ("an who", ["the"]),
        ("who", ["the"]),
        ("city planner", ["ed"]),
    ],
)
def test_a_sentence_finds_exactly_those_it_describes(query, ids):
    assert found(query) == ids


def test_the_share_of_matched_words_decides_and_every_other_match_is_counted():
    result = search("combi boiler oakland")
    assert sorted(hit.person.id for hit in result.hits) == ["ann", "di"]
    assert (result.matched_parts, result.part_count, result.fewer_count) == (2, 3, 2)
    assert result.missing_words == []


def test_filler_words_only_break_ties():
    people = (person("a", "Lee Roe"), person("b", "An Lee"), person("c", "Lee Ann"))
    assert search("an lee", people).hits[0].person.id == "b"
    assert search("an lee", people).words == ["lee"]


def test_a_word_that_no_contact_has_is_named():
    result = search("combi submarine")
    assert result.missing_words == ["submarine"]
    assert (result.matched_parts, result.part_count) == (1, 2)


def test_similar_spellings_count_only_if_no_contact_has_the_word():
    people = (person("a", "Jane Roe"), person("b", "Jame Roe"))
    assert found("jane", people) == ["a"]
    assert "a" in found("jnae", people)


def test_contacts_without_a_value_are_counted_where_a_condition_needs_one():
    assert search("last service before 2025").absent_counts == {"Last service": 3}
    assert search("not on the service plan").absent_counts == {}


@pytest.mark.parametrize(
    ("query", "ignored"), [("ann without boiler", True), ("no gate code", False)]
)
def test_a_negation_that_is_not_understood_is_reported(query, ignored):
    assert search(query).ignored_negation is ignored


@pytest.mark.parametrize("query", ["before 2025", "last visit before 2025"])
def test_of_several_date_fields_the_named_one_is_meant_and_none_is_guessed(query):
    people = (
        person("a", "Ann", last_service="2024-01-01", last_visit="2026-01-01"),
        person("b", "Bob", last_service="2026-01-01", last_visit="2024-01-01"),
    )
    conditions = [condition.label for condition in search(query, people).conditions]
    assert conditions == (["Last visit"] if "visit" in query else [])
    if conditions:
        assert found(query, people) == ["b"]


def test_a_hit_says_what_matched():
    [hit] = search("boiler customers on the service plan").hits
    assert [(field.label, field.value) for field in hit.matched] == [
        ("System", "Combi boiler"),
        ("On service plan", "yes"),
    ]
    first = search("same number").hits[0]
    assert [(field.label, field.value) for field in first.matched] == [("same number as", "Ed Fox")]


@pytest.mark.parametrize(
    "query", ["?", "-", "before", "more than", "gate code over", "\N{PILE OF POO}"]
)
def test_half_a_sentence_is_no_error(query):
    search(query)
    assert search(query, ()).hits == []


def test_every_contact_is_compared_also_in_a_large_book():
    people = [person(f"p{i}", f"Sam Roe{i}", company="Acme") for i in range(1200)]
    result = search("sam at acme", people)
    assert (len(result.hits), result.total_count, result.fewer_count) == (20, 1200, 0)
