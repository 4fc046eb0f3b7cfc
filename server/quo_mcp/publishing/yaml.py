"""YAML as its formatters write it, of mappings, lists and scalars: a library for three files is too much."""

import json
import re
from collections.abc import Mapping
from typing import Any

# What reads as itself, and never as a number, a date, a truth value or a marker.
PLAIN = re.compile(r"[A-Za-z/](?:[A-Za-z0-9_./-]|:(?=[A-Za-z0-9/]))*(?: [A-Za-z0-9_./-]+)*")
WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


def as_yaml(value: Mapping[str, Any]) -> str:
    return "".join(f"{line}\n" for line in _lines(value))


def _lines(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [line for key, each in value.items() for line in _entry(key, each)]
    if isinstance(value, list):
        return [
            f"{'  ' if at else '- '}{line}"
            for each in value
            for at, line in enumerate(_lines(each))
        ]
    return [_scalar(value)]


def _entry(key: str, value: Any) -> list[str]:
    if isinstance(value, Mapping | list) and value:
        return [f"{_scalar(key)}:", *(f"  {line}" for line in _lines(value))]
    return [f"{_scalar(key)}: {_scalar(value)}"]


def _scalar(value: Any) -> str:
    if isinstance(value, str) and PLAIN.fullmatch(value) and value.lower() not in WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)
