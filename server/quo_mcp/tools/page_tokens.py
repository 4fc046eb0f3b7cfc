"""Page tokens that the tools give out: Quo's own token, and the resolved times of the first page.

Quo accepts a token only with the same filters as on the first page, but "7d" is a different time on
every call. A token therefore carries the resolved times:

    eyJpbmRleCI6MjB9~since=2026-11-17T09:00:00.000Z
    └─ Quo's own ──┘└─ an argument, resolved ─────┘

`history.cursor` describes the part before the times.
"""

from pydantic import BaseModel

from quo_mcp.history.cursor import Cursor, join_times, split_times
from quo_mcp.tools.fields import reference_kinds


def next_page_token(tool: object, cursor: Cursor | str | None) -> str | None:
    """Return the token for the next page; None if there is none. It carries the tool's resolved times."""
    if not cursor:
        return None
    model = type(tool)
    names = time_arguments(model) if issubclass(model, BaseModel) else ()
    times = {name: getattr(tool, name) for name in names}
    return join_times(str(cursor), {name: value for name, value in times.items() if value})


def split_page_token(page_token: str, model: type[BaseModel]) -> tuple[str | None, dict[str, str]]:
    """Return a token's cursor, and its times by argument name."""
    cursor, times = split_times(page_token, time_arguments(model))
    return cursor or None, times


def time_arguments(model: type[BaseModel]) -> set[str]:
    """Return the names of the arguments whose text can mean a different time on a later call."""
    return {name for name, kind in reference_kinds(model).items() if kind in {"since", "until"}}
