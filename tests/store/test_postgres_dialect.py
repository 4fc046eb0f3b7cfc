"""The statements of SQLite, translated for PostgreSQL."""

import pytest

from quo_mcp.safety.send_record import SendState
from quo_mcp.store.postgres_dialect import translate, translate_parameters, translate_schema


@pytest.mark.parametrize(
    ("sqlite", "postgres"),
    [
        ("SELECT 1 WHERE a = ?", "SELECT 1 WHERE a = %s"),
        (
            "SELECT 1 WHERE a = :a_b AND c = 'it?s 5% :x'",
            "SELECT 1 WHERE a = %(a_b)s AND c = 'it?s 5%% :x'",
        ),
        ("SELECT a::text, 7 % 2", "SELECT a::text, 7 %% 2"),
        (
            "SELECT value FROM json_each(:n)",
            "SELECT value FROM json_array_elements_text(CAST(%(n)s AS json)) AS json_each(value)",
        ),
        ("SELECT json_array_length(people)", "SELECT json_array_length(CAST(people AS json))"),
    ],
)
def test_a_statement_is_translated(sqlite, postgres):
    assert translate(sqlite) == postgres


def test_values_are_plain():
    assert translate_parameters([True, SendState.SENT, "a\0b\ud800", None, 1.5, b"\0"]) == [
        1,
        "sent",
        "ab?",
        None,
        1.5,
        b"\0",
    ]
    assert translate_parameters({"a": False}) == {"a": 0}


def test_a_table_counts_its_rows():
    script = "\nCREATE TABLE a (\n  b REAL NOT NULL, -- INTEGER\n  c BLOB\n);\nCREATE INDEX d ON a (b);\n"
    assert translate_schema(script) == [
        "CREATE TABLE a (\n  b DOUBLE PRECISION NOT NULL, \n  c BYTEA, rowid BIGINT GENERATED ALWAYS AS IDENTITY)",
        "CREATE INDEX d ON a (b)",
    ]
