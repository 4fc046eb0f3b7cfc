"""The custom field or tag of contacts that counts as an opt-out, as QUO_MCP_OPT_OUT_FIELD names it."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from quo_mcp.directory.address_book import Person

NEGATIVE_VALUES = {"", "no", "n", "false", "0", "off", "none", "never"}


class OptOutField:
    """The field or tag with this name. Case, spaces and punctuation of names do not matter.

    A contact is marked if the field has a value other than "no", or if a field has the name as its value
    or as one of its options (a tag).
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._words = _words(name)

    def marks(self, person: Person) -> bool:
        """Return whether a contact is marked."""
        return self._marks(person.custom_fields)

    def marks_contact(self, contact: Mapping[str, Any]) -> bool:
        """Return whether a contact in wire format is marked."""
        items = contact.get("customFields")
        fields = (
            [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
        )
        return self._marks(
            (str(item.get("name") or item.get("key") or ""), _text(item.get("value")))
            for item in fields
        )

    def _marks(self, fields: Iterable[tuple[str, str]]) -> bool:
        return any(
            (_words(name) == self._words and value.strip().casefold() not in NEGATIVE_VALUES)
            or self._words in map(_words, value.split(","))
            for name, value in fields
        )


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.replace("_", " ").casefold()))


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(str, value))
        case _:
            return str(value)
