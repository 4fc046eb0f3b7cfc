"""The position where the next page of a list starts, as text: the core of a page token.

If a result is one of Quo's pages, the position is Quo's own token. If it merges several of Quo's
lists, there is no token of Quo's, and the position is a time: `~before=` is the time of the oldest item
of this page. `~conversations=` and `~conversations_from=` select the conversations by their latest activity.
"""

import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from quo_mcp.values import times

# The names in a token, and the cursor's fields.
_TIME_NAMES = {
    "before": "before",
    "conversations": "conversations_before",
    "conversations_from": "conversations_from",
    "after": "after",
}
_LAST_TIME = re.compile(r"(.*)~([a-z_]+)=([0-9]{4}-[0-9T:.-]+Z)", re.DOTALL)


@dataclass(frozen=True)
class Cursor:
    """Where the next page starts.

    token: Quo's own token, or the id of the last item shown.
    before, after: only items older or newer than this time.
    conversations_before, conversations_from: only conversations whose latest activity is before the
    one and not before the other time.
    """

    token: str | None = None
    before: datetime | None = None
    conversations_before: datetime | None = None
    conversations_from: datetime | None = None
    after: datetime | None = None

    @property
    def is_continued(self) -> bool:
        """Whether this is the position of a page other than the first."""
        return self != Cursor()

    @classmethod
    def parse(cls, text: str | None) -> "Cursor":
        token, moments = split_times(text or "", set(_TIME_NAMES))
        fields = {
            field: datetime.fromisoformat(moments[name])
            for name, field in _TIME_NAMES.items()
            if name in moments
        }
        return cls(token or None, **fields)

    def __str__(self) -> str:
        moments = {name: getattr(self, field) for name, field in _TIME_NAMES.items()}
        return join_times(
            self.token or "",
            {name: times.format_iso(moment) for name, moment in moments.items() if moment},
        )


def join_times(text: str, moments: Mapping[str, str]) -> str:
    """Append named times (ISO 8601) to a text."""
    return text + "".join(f"~{name}={moment}" for name, moment in moments.items())


def split_times(text: str, names: Collection[str]) -> tuple[str, dict[str, str]]:
    """Split off the times that `join_times` appended. names: the accepted names."""
    moments: dict[str, str] = {}
    while (suffix := _LAST_TIME.fullmatch(text)) and suffix[2] in names and _is_time(suffix[3]):
        text, name, moment = suffix.groups()
        moments[name] = moment
    return text, moments


def _is_time(text: str) -> bool:
    with suppress(ValueError):
        return datetime.fromisoformat(text).tzinfo is not None
    return False
