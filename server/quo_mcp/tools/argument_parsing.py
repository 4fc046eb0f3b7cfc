"""Turn the arguments of a call into a tool."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from quo_mcp.errors import InvalidArguments
from quo_mcp.tools.argument_errors import explain_errors
from quo_mcp.tools.base import Tool, is_blank
from quo_mcp.tools.fields import read_page_token
from quo_mcp.tools.page_tokens import parse_page_token
from quo_mcp.tools.resolve.resolution import Resolution

CLIENT_ARGUMENTS = frozenset({"_meta", "action", "chatInput", "sessionId", "toolCallId"})
"""Arguments that clients add by themselves, which no model chose: n8n's AI agent, and MCP's own metadata."""


def parse_arguments(
    tool_class: type[Tool[Any]], arguments: Mapping[str, Any]
) -> Resolution[Tool[Any]]:
    """Return the tool with these arguments. A note names those that the client added.

    Raises:
        InvalidArguments: at least one argument is invalid; the message explains each. Or the page token belongs to another tool.
    """
    added = sorted(CLIENT_ARGUMENTS & arguments.keys() - tool_class.model_fields.keys())
    chosen = {name: value for name, value in arguments.items() if name not in added}
    chosen |= arguments_of_page_token(tool_class, chosen)
    try:
        tool = tool_class.model_validate(chosen)
    except ValidationError as error:
        raise InvalidArguments(explain_errors(tool_class, error)) from None
    note = f"Ignored arguments that the client added: {', '.join(added)}."
    return Resolution(tool, (note,) if added else ())


def arguments_of_page_token(
    tool_class: type[Tool[Any]], arguments: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the arguments that the page token holds and the call does not give.

    An argument with its default counts as not given, because some clients add all defaults.

    Raises:
        InvalidArguments: the token was not copied exactly, or belongs to another tool.
    """
    fields = tool_class.model_fields
    text = arguments.get("page_token")
    text = text[0] if isinstance(text, list) and len(text) == 1 else text
    token = read_page_token(text)
    if "page_token" not in fields or not isinstance(token, str) or not token:
        return {}
    continuation = parse_page_token(token, tool_class)
    call_names = {
        tool_class.old_names.get(name, name)
        for name, value in arguments.items()
        if not is_blank(value)
    }
    token_values = {name: continuation.value(name, tool_class) for name in continuation.arguments}
    return {
        name: value
        for name, value in token_values.items()
        if value is not None
        and (
            name not in call_names
            or str(arguments.get(name)).casefold() == str(fields[name].default).casefold()
        )
    }
