"""Decodes the body of a reply into a record."""

import re
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from quo_mcp.gateway.redaction import redact

ModelT = TypeVar("ModelT", bound=BaseModel)


class UnreadableReply(Exception):  # noqa: N818 - named without "Error", like all our errors
    """The reply cannot be decoded. The message is the reason, as the end of a sentence."""


def decode(model: type[ModelT], body: bytes) -> ModelT:
    """Return `body` as a `model`.

    Raises:
        UnreadableReply: the body is not JSON or has the wrong shape. The message quotes no value.
    """
    try:
        return model.model_validate(parse_json(body))
    except ValidationError as error:
        location = ".".join(str(step) for step in error.errors(include_input=False)[0]["loc"])
        raise UnreadableReply(
            f"it has an unexpected structure (at {redact(location, 60) or 'the top level'})"
        ) from None


def parse_json(body: bytes) -> object:
    """Return the parsed JSON. Invalid UTF-8 and lone surrogates become U+FFFD.

    A reply with one broken message must not make the whole list unreadable.

    Raises:
        UnreadableReply: the body is empty, not JSON, nested too deeply, or contains NaN or Infinity.
    """
    text = body.decode("utf-8-sig", "replace")
    if not text.strip():
        raise UnreadableReply("it is empty")
    try:
        return from_json(text, allow_inf_nan=False)
    except ValueError:
        pass
    try:
        return from_json(_ESCAPE.sub(_replace_lone_surrogate, text), allow_inf_nan=False)
    except ValueError:
        reason = "it is a web page, not JSON" if text.lstrip().startswith("<") else "it is not JSON"
        raise UnreadableReply(reason) from None


_ESCAPE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a surrogate pair
    r"|\\(?P<lone>u[dD][89a-fA-F][0-9a-fA-F]{2})"
    r"|\\."  # any other escape, so that \\ud800 is read as an escaped backslash
)


def _replace_lone_surrogate(escape: re.Match[str]) -> str:
    return r"\ufffd" if escape["lone"] else escape[0]
