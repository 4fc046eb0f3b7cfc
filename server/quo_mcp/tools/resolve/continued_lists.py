"""A page token with other arguments: which list the token continues, and which argument contradicts it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from quo_mcp.errors import InvalidArguments
from quo_mcp.tools.base import Tool, is_blank
from quo_mcp.tools.context import ToolContext, presenter_with_names
from quo_mcp.tools.fields import reference_kinds
from quo_mcp.tools.page_tokens import (
    Continuation,
    encoded_arguments,
    parse_page_token,
    time_arguments,
)
from quo_mcp.tools.rendering import Presenter
from quo_mcp.tools.resolve.moments import resolve_time
from quo_mcp.values.untrusted import quote_inline

AnyTool = TypeVar("AnyTool", bound=Tool[Any])

MAX_DRIFT = timedelta(hours=2)
"""How much later a repeated time such as "7d" may be than on the first page."""

PAGE_ARGUMENTS = frozenset({"limit", "page_token"})
"""The arguments that do not say which list is meant."""


async def continue_list(tool: AnyTool, context: ToolContext) -> tuple[AnyTool, Continuation | None]:
    """Return the tool with the position and the times of its page token, and what the token continues.

    Raises:
        InvalidArguments: a time of the call contradicts the token.
    """
    page_token = getattr(tool, "page_token", None)
    if not page_token:
        return tool, None
    continuation = parse_page_token(page_token, type(tool))
    moments = {
        name: continuation.arguments[name]
        for name in time_arguments(type(tool))
        if name in continuation.arguments
    }
    if continuation.is_whole:
        for name, moment in moments.items():
            value = getattr(tool, name)
            if value != moment and not _is_repeated(value, moment, name, tool, context):
                other = resolve_time(value, _edge(name, tool), context.account)
                raise await _contradiction({name: (moment, other)}, tool, context)
    return tool.model_copy(update={**moments, "page_token": continuation.position}), continuation


async def check_continuation(
    tool: Tool[Any], continuation: Continuation, context: ToolContext
) -> None:
    """Check that a call has no other arguments than the list that its page token continues.

    tool: with resolved arguments.

    Raises:
        InvalidArguments: an argument contradicts the token, or is too long for the token and not repeated.
    """
    if not continuation.is_whole:
        return
    arguments, expected = encoded_arguments(tool), continuation.arguments
    differing = [
        name
        for name in sorted(arguments.keys() | expected.keys())
        if name not in PAGE_ARGUMENTS and _parts(arguments.get(name)) != _parts(expected.get(name))
    ]
    too_long = [name for name in differing if continuation.is_digest(name)]
    if too_long:
        raise InvalidArguments(
            f"page_token belongs to a list with different values of {' and '.join(too_long)}. Repeat the values of the first call, "
            "or omit page_token to start a new list."
        )
    if differing:
        values = {
            name: (continuation.value(name, type(tool)), getattr(tool, name)) for name in differing
        }
        raise await _contradiction(values, tool, context)


async def _contradiction(
    values: Mapping[str, tuple[Any, Any]], tool: Tool[Any], context: ToolContext
) -> InvalidArguments:
    """Return the error that names the token's and the call's value of each argument."""
    presenter = await presenter_with_names(context.account)
    expected, actual = (
        ", ".join(
            f"{name} {_describe(name, pair[side], tool, presenter)}"
            for name, pair in values.items()
            if not is_blank(pair[side])
        )
        for side in (0, 1)
    )
    names = " and ".join(values)
    return InvalidArguments(
        f"page_token belongs to a list {f'with {expected}' if expected else f'without {names}'}, but this call has {actual or f'no {names}'}. "
        f"To continue that list, omit {names}; to start a new list, omit page_token."
    )


def _parts(encoded: str | None) -> list[str]:
    """Return the values of an encoded argument, whose order and case do not matter."""
    return sorted((encoded or "").casefold().split(","))


def _describe(name: str, value: Any, tool: Tool[Any], presenter: Presenter) -> str:
    """Return a value as results print it."""
    values = value if isinstance(value, list) else [value]
    match reference_kinds(type(tool)).get(name):
        case "person":
            return presenter.people(values)
        case "inbox" | "inbox_filter" | "inboxes":
            return ", ".join(map(presenter.inbox, values))
        case "teammate":
            return presenter.teammate(values[0])
        case "since" | "until":
            return presenter.zoned_time(datetime.fromisoformat(values[0]))
        case _:
            return ", ".join(
                str(item).lower() if isinstance(item, bool) else quote_inline(str(item))
                for item in values
            )


def _is_repeated(text: str, moment: str, name: str, tool: Tool[Any], context: ToolContext) -> bool:
    """Return whether a text means the time of the first page: now, in minutes as printed, or when it was given."""
    resolved = datetime.fromisoformat(resolve_time(text, _edge(name, tool), context.account))
    first = datetime.fromisoformat(moment)
    return first - timedelta(minutes=1) <= resolved <= first + MAX_DRIFT


def _edge(name: str, tool: Tool[Any]) -> Any:
    return reference_kinds(type(tool))[name]
