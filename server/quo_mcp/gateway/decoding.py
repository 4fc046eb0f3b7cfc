"""From the bytes of a reply to a record."""

import re
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from quo_mcp.gateway.redaction import clean

M = TypeVar("M", bound=BaseModel)


class Unreadable(Exception):  # noqa: N818 - named in plain words, like all our errors
    """The reply is not what was asked for. The message says why, as the end of a sentence."""


def record(returns: type[M], body: bytes) -> M:
    """Raises Unreadable. Nothing of the reply's content is in its message."""
    try:
        return returns.model_validate(parsed(body))
    except ValidationError as error:
        where = ".".join(str(each) for each in error.errors(include_input=False)[0]["loc"])
        raise Unreadable(
            f"it has another shape than expected ({clean(where, 60) or 'top'})"
        ) from None


def parsed(body: bytes) -> object:
    """JSON as it should be: no NaN, no endless depth. Broken characters become U+FFFD.

    One text with half a surrogate pair in it must not make the whole list unreadable.
    """
    text = body.decode("utf-8-sig", "replace")
    if not text.strip():
        raise Unreadable("it is empty")
    try:
        return from_json(text, allow_inf_nan=False)
    except ValueError:
        pass
    try:
        return from_json(_ESCAPE.sub(_whole, text), allow_inf_nan=False)
    except ValueError:
        kind = "it is a web page, not JSON" if text.lstrip().startswith("<") else "it is not JSON"
        raise Unreadable(kind) from None


_ESCAPE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a whole pair
    r"|\\(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})"
    r"|\\."  # any other escape, so that the backslash in \\ud800 is known to be one
)


def _whole(escape: re.Match[str]) -> str:
    return r"\ufffd" if escape["half"] else escape[0]
