"""Writes mappings, lists and scalars as YAML, in the style of common formatters."""

import json
import re
from collections.abc import Mapping
from typing import Any

# A scalar that YAML reads as this text: not as a number, a date, a boolean or syntax.
PLAIN_SCALAR = re.compile(r"[A-Za-z/](?:[A-Za-z0-9_./-]|:(?=[A-Za-z0-9/]))*(?: [A-Za-z0-9_./-]+)*")
RESERVED_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


def to_yaml(value: Mapping[str, Any]) -> str:
    return "".join(f"{line}\n" for line in _lines(value))


def _lines(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [line for key, item in value.items() for line in _entry(key, item)]
    if isinstance(value, list):
        return [
            f"{'  ' if index else '- '}{line}"
            for item in value
            for index, line in enumerate(_lines(item))
        ]
    return [_scalar(value)]


def _entry(key: str, value: Any) -> list[str]:
    if isinstance(value, Mapping | list) and value:
        return [f"{_scalar(key)}:", *(f"  {line}" for line in _lines(value))]
    return [f"{_scalar(key)}: {_scalar(value)}"]


def _scalar(value: Any) -> str:
    if (
        isinstance(value, str)
        and PLAIN_SCALAR.fullmatch(value)
        and value.lower() not in RESERVED_WORDS
    ):
        return value
    return json.dumps(value, ensure_ascii=False)
