"""Page tokens that the tools give out: Quo's own token, and the resolved times of the first page.

Quo accepts a token only with the same filters as on the first page, but "7d" is a different time on
every call. A token therefore carries the resolved times:

    eyJpbmRleCI6MjB9~since=2026-11-17T09:00:00.000Z
    └─ Quo's own ──┘└─ an argument, resolved ─────┘

`history.cursor` describes the part before the times. A page of Quo's that was shown in several parts has
`~skip=12` there: the next part begins after its twelfth item.
"""

import re
from typing import TypeVar

from pydantic import BaseModel

from quo_mcp.history.cursor import Cursor, join_times, split_times
from quo_mcp.records.record import Page
from quo_mcp.tools.fields import reference_kinds

Item = TypeVar("Item")

_SKIP_SUFFIX = re.compile(r"(.*)~skip=([0-9]{1,6})", re.DOTALL)


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


def split_skip(page_token: str | None) -> tuple[str | None, int]:
    """Return the token of the first page to read, and how many of its items were already shown."""
    match = _SKIP_SUFFIX.fullmatch(page_token or "")
    return (match[1] or None, int(match[2])) if match else (page_token, 0)


def join_skip(page_token: str | None, skip: int) -> str:
    """Return the token that `split_skip` splits."""
    return f"{page_token or ''}~skip={skip}"


def first_of_page(page: Page[Item], page_token: str | None, count: int) -> Page[Item]:
    """Return the first items of a page, with a token for the rest of it.

    page_token: the token of the page itself.
    """
    start, skip = split_skip(page_token)
    return page.model_copy(
        update={"data": page.data[:count], "next_page_token": join_skip(start, skip + count)}
    )
