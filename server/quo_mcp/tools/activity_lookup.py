"""Texts and calls by their id. Both have AC…, and threads name the latest of either without saying which it is."""

from typing import TypeVar

from quo_mcp.errors import NotFound, Refusal
from quo_mcp.records.base import Record
from quo_mcp.tools.context import Quo

Found = TypeVar("Found", bound=Record)

# What is asked for: what else the id may be of, and which tool shows that.
OTHER = {
    "messages": ("calls", "a call's id: quo_get_call shows it"),
    "calls": ("messages", "a text's id: quo_get_message shows it"),
}


async def activity(quo: Quo, returns: type[Found], kind: str, activity_id: str) -> Found:
    """The text or the call; one that is asked for as the other is said to be that.

    kind: "messages" or "calls".

    Raises:
        NotFound: there is no such text, or no such call.
    """
    try:
        return await quo.api.get(returns, kind, activity_id)
    except NotFound as missing:
        other, what = OTHER[kind]
        if missing.source == "quo" and await is_there(quo, other, activity_id):
            raise NotFound(f"{activity_id} is {what}.", status=missing.status) from None
        raise


async def is_there(quo: Quo, kind: str, activity_id: str) -> bool:
    """Whether there is one; where that cannot be told, there is none to speak of."""
    try:
        await quo.api.get(Record, kind, activity_id)
    except Refusal:
        return False
    return True
