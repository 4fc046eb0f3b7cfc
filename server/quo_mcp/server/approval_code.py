"""The argument with which a call names the preview that it carries out. It exists only with QUO_MCP_APPROVAL=preview."""

from collections.abc import Mapping
from typing import Any

from quo_mcp.config.settings import Settings
from quo_mcp.tools.base import Tool

ARGUMENT = "approval"
SCHEMA = {
    "type": "string",
    "maxLength": 100,
    "description": "Code from the preview that the first call returns. Set it only after the person agreed to the preview.",
}


def requires_preview(tool_class: type[Tool[Any]], settings: Settings) -> bool:
    """Return whether a call of this tool first returns a preview, where the client cannot ask its user."""
    asks = tool_class.approval_prompt is not Tool.approval_prompt
    return settings.approval == "preview" and asks


def split_code(
    tool_class: type[Tool[Any]], arguments: Mapping[str, Any], settings: Settings
) -> tuple[dict[str, Any], str | None]:
    """Return the arguments of the tool itself, and the code of a preview. Without the setting, the argument does not exist."""
    arguments = dict(arguments)
    if not requires_preview(tool_class, settings):
        return arguments, None
    code = arguments.pop(ARGUMENT, None)
    return arguments, code.strip() if isinstance(code, str) else None
