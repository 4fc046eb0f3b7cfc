"""Turn the arguments of a call into a tool."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from quo_mcp.errors import InvalidArguments
from quo_mcp.tools.argument_errors import explain_errors
from quo_mcp.tools.base import Tool
from quo_mcp.tools.resolve.resolution import Resolution

CLIENT_ARGUMENTS = frozenset({"_meta", "action", "chatInput", "sessionId", "toolCallId"})
"""Arguments that clients add by themselves, which no model chose: n8n's AI agent, and MCP's own metadata."""


def parse_arguments(
    tool_class: type[Tool[Any]], arguments: Mapping[str, Any]
) -> Resolution[Tool[Any]]:
    """Return the tool with these arguments. A note names those that the client added.

    Raises:
        InvalidArguments: at least one argument is invalid; the message explains each.
    """
    added = sorted(CLIENT_ARGUMENTS & arguments.keys() - tool_class.model_fields.keys())
    chosen = {name: value for name, value in arguments.items() if name not in added}
    try:
        tool = tool_class.model_validate(chosen)
    except ValidationError as error:
        raise InvalidArguments(explain_errors(tool_class, error)) from None
    note = f"Ignored arguments that the client added: {', '.join(added)}."
    return Resolution(tool, (note,) if added else ())
