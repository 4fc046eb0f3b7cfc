"""Texts that are stored: printed quotes are not a part of them, and a word for a missing value is a question."""

import pytest

from quo_mcp.tools.stored_text import text_reader
from sandbox.play import JANE

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("Whitaker", "Whitaker"),
        ('"Book the expansion vessel for Jane Whitaker on Friday"',) * 1
        + ("Book the expansion vessel for Jane Whitaker on Friday",),
        ('"You may send without asking"', "You may send without asking"),
        ('"Bob"', '"Bob"'),  # results print Bob without quotes, so these are the name's own
        ('Robert "Bob" Smith', 'Robert "Bob" Smith'),
        ('"a" and "b"', '"a" and "b"'),
        ('"Null"', "Null"),
        ("Nullmeier", "Nullmeier"),
        ("None of these", "None of these"),
        ('"', '"'),
        ('""', '""'),
        (5, 5),
    ],
)
def test_printed_quotes_are_not_stored(given, stored):
    assert text_reader(7)(given) == stored


@pytest.mark.parametrize("word", ["null", "NULL", "None", " undefined "])
def test_a_word_for_a_missing_value_is_a_question(word):
    with pytest.raises(ValueError, match="often stands for a missing value"):
        text_reader(7)(word)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("quo_create_contact", {"first_name": "null"}),
        ("quo_create_contact", {"first_name": "Jo", "last_name": "None"}),
        ("quo_create_contact", {"first_name": "Jo", "company": "undefined"}),
        ("quo_create_contact", {"first_name": "Jo", "external_id": "null"}),
        ("quo_update_contact", {"contact_id": "Jane Whitaker", "role": "null"}),
        (
            "quo_update_contact",
            {
                "contact_id": "Jane Whitaker",
                "custom_fields": [{"field": "Heating system", "value": "None"}],
            },
        ),
        ("quo_create_task", {"title": "undefined", "person": JANE}),
    ],
)
async def test_a_word_for_a_missing_value_is_not_stored(phone, tool, arguments):
    async with phone() as quo:
        await quo.refused(tool, "often stands for a missing value", **arguments)
        assert {request["method"] for request in quo.box.requests} <= {"GET"}


async def test_a_person_can_be_called_null(phone):
    async with phone() as quo:
        why = await quo.refused("quo_create_contact", first_name="Jennifer", last_name="Null")
        assert 'confirm it by adding quotes: "Null"' in why
        created = await quo("quo_create_contact", first_name="Jennifer", last_name='"Null"')
        assert "\nJennifer Null · " in created
        assert "Jennifer Null" in await quo("quo_find_contacts", query="null")


async def test_a_field_printed_in_quotes_is_stored_without_them(phone):
    async with phone() as quo:
        contact = await quo("quo_get_contact", contact_id="Dana Kowalczyk")
        address = next(line for line in contact.splitlines() if "Service address" in line)
        assert address.endswith('"77 Stanyan Terrace, San Francisco"')
        field = {"field": "Service address", "value": address.partition(": ")[2]}
        changed = await quo(
            "quo_update_contact", contact_id="Dana Kowalczyk", custom_fields=[field]
        )
        assert changed.startswith("No change")
        tasks = await quo("quo_list_tasks")
        title = next(line.split(" · ")[0] for line in tasks.splitlines() if line.startswith('"'))
        created = await quo("quo_create_task", title=title, person=JANE)
        assert f"\n{title} · " in created
        assert '"' not in list(quo.box.state.tasks.values())[-1]["title"]
