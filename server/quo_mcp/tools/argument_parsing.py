"""Turn the arguments of a call into a tool."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from quo_mcp.errors import InvalidArguments
from quo_mcp.tools.argument_errors import explain_errors
from quo_mcp.tools.base import Tool


def parse_arguments(tool_class: type[Tool[Any]], arguments: Mapping[str, Any]) -> Tool[Any]:
    """Return the tool with these arguments.

    Raises:
        InvalidArguments: at least one argument is invalid; the message explains each.
    """
    try:
        return tool_class.model_validate(arguments)
    except ValidationError as error:
        raise InvalidArguments(explain_errors(tool_class, error)) from None
