"""How a setting is written: what fits is taken in its plain form, and the complaint says what would."""

import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from quo_mcp.gateway import checked_certificates, checked_connection, checked_url, root
from quo_mcp.values.times import zone_named


def _words(value: Any) -> Any:
    """A comma-separated list, as an environment variable holds it."""
    if isinstance(value, str):
        words = tuple(each.strip() for each in value.split(",") if each.strip())
        if not words:
            raise ValueError("it names nothing; leave it out, or say what it should hold")
        return words
    return value


def _number(word: str) -> str:
    """A rule about a number that is none would hold for nobody, and nobody would notice."""
    if not re.fullmatch("[+]?[0-9]{7,15}", re.sub("[ ().-]", "", word)):
        raise ValueError("list phone numbers, like +14155550134")
    return word


def _recipient(word: str) -> str:
    return word if word in {"anyone", "known"} else _number(word)


def _country(word: str) -> str:
    if not re.fullmatch("[A-Za-z]{2}|[Aa][Nn][Yy]", word):
        raise ValueError("list countries by their two letters, like US,CA, or say any")
    return word


Url = Annotated[str, AfterValidator(checked_url)]
Root = Annotated[Url, AfterValidator(root)]
Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
Numbers = Annotated[tuple[Annotated[str, AfterValidator(_number)], ...], BeforeValidator(_words)]
Recipients = Annotated[
    tuple[Annotated[str, AfterValidator(_recipient)], ...], BeforeValidator(_words)
]
Countries = Annotated[tuple[Annotated[str, AfterValidator(_country)], ...], BeforeValidator(_words)]
Zone = Annotated[str, AfterValidator(lambda name: zone_named(name).key)]
ConnectionId = Annotated[str, AfterValidator(checked_connection)]
Certificates = Annotated[Path, AfterValidator(checked_certificates)]
