"""Page tokens that the tools give out: Quo's own token, and the resolved times of the first page.

Quo accepts a token only with the same filters as on the first page, but "7d" is a different time on
every call. A token therefore carries the resolved times:

    eyJpbmRleCI6MjB9~since=2026-11-17T09:00:00.000Z
    └─ Quo's own ──┘└─ an argument, resolved ─────┘

If a result merges several of Quo's lists, there is no token of Quo's, and the position is a time
instead. `~before=` is the time of the oldest item shown; `~threads=` is the last activity of the last
conversation read.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel

from quo_mcp.tools.fields import reference_kinds

_LAST_TIME = re.compile(r"(.*)~([a-z_]+)=([0-9]{4}-[0-9T:.-]+Z)", re.DOTALL)


@dataclass(frozen=True)
class PagePosition:
    """Where the next page starts.

    token: Quo's own token. before: only items older than this time. conversations_before: only
    conversations whose last activity is before this time. Times are ISO 8601 in UTC.
    """

    token: str | None = None
    before: str | None = None
    conversations_before: str | None = None

    @classmethod
    def parse(cls, page_token: str | None) -> "PagePosition":
        """Return the position in a page token whose argument times were split off."""
        token, times = _decode(page_token or "", {"before", "threads"})
        return cls(token or None, times.get("before"), times.get("threads"))

    def __str__(self) -> str:
        times = {"before": self.before, "threads": self.conversations_before}
        return _encode(self.token or "", {name: time for name, time in times.items() if time})


def next_page_token(tool: object, position: PagePosition | str | None) -> str | None:
    """Return the token for the next page; None if there is none. It carries the tool's resolved times."""
    if not position:
        return None
    model = type(tool)
    names = time_arguments(model) if issubclass(model, BaseModel) else ()
    times = {name: getattr(tool, name) for name in names}
    return _encode(str(position), {name: value for name, value in times.items() if value})


def split_page_token(page_token: str, model: type[BaseModel]) -> tuple[str | None, dict[str, str]]:
    """Return a token's position, and its times by argument name."""
    position, times = _decode(page_token, time_arguments(model))
    return position or None, times


def time_arguments(model: type[BaseModel]) -> set[str]:
    """Return the names of the arguments whose text can mean a different time on a later call."""
    return {name for name, kind in reference_kinds(model).items() if kind in {"since", "until"}}


def _encode(token: str, times: Mapping[str, str]) -> str:
    return token + "".join(f"~{name}={value}" for name, value in times.items())


def _decode(text: str, names: set[str]) -> tuple[str, dict[str, str]]:
    """Split off the times at the end of a token. names: the accepted argument names."""
    times: dict[str, str] = {}
    while (suffix := _LAST_TIME.fullmatch(text)) and suffix[2] in names and _is_time(suffix[3]):
        text, name, value = suffix.groups()
        times[name] = value
    return text, times


def _is_time(text: str) -> bool:
    with suppress(ValueError):
        return datetime.fromisoformat(text).tzinfo is not None
    return False
