"""The position where the next page starts, as text."""

from datetime import UTC, datetime

import pytest

from quo_mcp.history.cursor import Cursor

FEB = "2026-02-04T00:49:34.634Z"
FEBRUARY = datetime(2026, 2, 4, 0, 49, 34, 634_000, UTC)


@pytest.mark.parametrize(
    ("text", "cursor"),
    [
        ("eyJ9", Cursor("eyJ9")),
        ("eyJ9~odd=1", Cursor("eyJ9~odd=1")),
        ("~before=2026-02-04T00:49:34.634Z", Cursor(None, FEBRUARY)),
        (f"~before={FEB}~conversations={FEB}", Cursor(None, FEBRUARY, FEBRUARY)),
        (f"a~conversations={FEB}~other={FEB}", Cursor(f"a~conversations={FEB}~other={FEB}")),
        (None, Cursor()),
    ],
)
def test_a_cursor_is_parsed_as_it_was_formatted(text, cursor):
    assert Cursor.parse(text) == cursor
    assert str(cursor) == (text or "")
