"""Where a list goes on: Quo's page token, and what the list was asked for. Pure.

Quo takes a token only with the very filters of the first page, and "7d" is another moment each time
it is said. So the tokens that a model gets carry the moments that were meant:

    eyJpbmRleCI6MjB9~since=2026-11-17T09:00:00.000Z
    └─ Quo's own ──┘└ an argument, as it was settled

Where several of Quo's lists are read as one, it has no token for them, and the place is told instead:
`~before=` is when the oldest that was shown happened, `~threads=` how far the threads were read.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel

from quo_mcp.tools.fields import meanings

_LAST = re.compile(r"(.*)~([a-z_]+)=([0-9]{4}-[0-9T:.-]+Z)", re.DOTALL)


@dataclass(frozen=True)
class Place:
    """token: Quo's. before: only what is older than this; threads: only threads that were last active before it."""

    token: str | None = None
    before: str | None = None
    threads: str | None = None

    @classmethod
    def of(cls, page_token: str | None) -> "Place":
        """The place that a settled page token stands for."""
        token, named = _apart(page_token or "", {"before", "threads"})
        return cls(token or None, named.get("before"), named.get("threads"))

    def __str__(self) -> str:
        named = {"before": self.before, "threads": self.threads}
        return _together(self.token or "", {name: at for name, at in named.items() if at})


def to_go_on(asked: object, place: Place | str | None) -> str | None:
    """The token for the page after one that was settled like this; None where there is none."""
    if not place:
        return None
    model = type(asked)
    names = pinned(model) if issubclass(model, BaseModel) else ()
    pins = {name: getattr(asked, name) for name in names}
    return _together(str(place), {name: value for name, value in pins.items() if value})


def taken_apart(page_token: str, model: type[BaseModel]) -> tuple[str | None, dict[str, str]]:
    """The place, and the arguments that go with it."""
    place, pins = _apart(page_token, pinned(model))
    return place or None, pins


def pinned(model: type[BaseModel]) -> set[str]:
    """The arguments that mean another thing when they are said again later."""
    return {name for name, what in meanings(model).items() if what in {"since", "until"}}


def _together(token: str, named: Mapping[str, str]) -> str:
    return token + "".join(f"~{name}={value}" for name, value in named.items())


def _apart(text: str, names: set[str]) -> tuple[str, dict[str, str]]:
    """What stands before the last of these names, each with its value."""
    found: dict[str, str] = {}
    while (last := _LAST.fullmatch(text)) and last[2] in names and _is_moment(last[3]):
        text, name, value = last.groups()
        found[name] = value
    return text, found


def _is_moment(text: str) -> bool:
    with suppress(ValueError):
        return datetime.fromisoformat(text).tzinfo is not None
    return False
