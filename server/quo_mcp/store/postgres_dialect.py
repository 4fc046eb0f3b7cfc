"""The differences between SQLite's SQL and PostgreSQL's, for the statements of this server. No other module knows them."""

import re
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from typing import Any

from quo_mcp.store.database import Parameters

_TOKEN = re.compile(r"'[^']*'|\?|%|(?<!:):([a-z_]+)")
_TYPES = {"REAL": "DOUBLE PRECISION", "BLOB": "BYTEA", "INTEGER": "BIGINT"}
_COMMENT = re.compile(r"--[^\n]*")


@lru_cache(maxsize=200)
def translate(statement: str) -> str:
    """Return a statement for PostgreSQL. `rowid` is a column there: see `translate_schema`."""
    statement = re.sub(
        r"json_each\(([^()]*)\)",
        r"json_array_elements_text(CAST(\1 AS json)) AS json_each(value)",
        statement,
    )
    statement = re.sub(
        r"json_array_length\(([^()]*)\)", r"json_array_length(CAST(\1 AS json))", statement
    )
    return _TOKEN.sub(_placeholder, statement)


def _placeholder(match: re.Match[str]) -> str:
    if match[0] == "?":
        return "%s"
    if match[1]:
        return f"%({match[1]})s"
    return match[0].replace("%", "%%")


def translate_parameters(parameters: Parameters) -> Parameters:
    """Return parameters as PostgreSQL takes them: plain strings, integers instead of booleans, no NUL characters."""
    if isinstance(parameters, Mapping):
        return {name: _plain(value) for name, value in parameters.items()}
    return [_plain(value) for value in parameters]


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, str):
        # UTF-8 has neither NUL in PostgreSQL nor lone surrogates. Both are invisible, and ignored by comparisons.
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    return value


def translate_schema(script: str) -> list[str]:
    """Return the statements of a migration.

    Every table gets a column `rowid` at its end, which counts its rows in the order of their insertion.
    """
    statements = [part.strip().rstrip(";") for part in _COMMENT.sub("", script).split(";\n")]
    return [_translate_definition(statement) for statement in statements if statement]


def _translate_definition(statement: str) -> str:
    for name, type_name in _TYPES.items():
        statement = re.sub(rf"\b{name}\b", type_name, statement)
    if statement.startswith("CREATE TABLE"):
        statement = statement.rstrip().removesuffix(")").rstrip()
        statement += ", rowid BIGINT GENERATED ALWAYS AS IDENTITY)"
    return statement.replace("%", "%%")
