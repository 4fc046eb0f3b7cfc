"""The entries of `tools/list`, with what the settings add to them."""

from typing import Any

import mcp_types as types

from quo_mcp.config.settings import Settings
from quo_mcp.server.approval_code import ARGUMENT, SCHEMA, requires_preview
from quo_mcp.tools.base import Tool, tool_listing


def listing(tool_class: type[Tool[Any]], settings: Settings) -> types.Tool:
    """Return a tool's entry, with the code of a preview and the schema of structured results if they are switched on."""
    entry = tool_listing(tool_class)
    if requires_preview(tool_class, settings):
        properties = {**entry.input_schema.get("properties", {}), ARGUMENT: SCHEMA}
        input_schema = {**entry.input_schema, "properties": properties}
        entry = entry.model_copy(update={"input_schema": input_schema})
    if settings.structured:
        from quo_mcp.server.structured_results import output_schema  # noqa: PLC0415 - off by default

        entry = entry.model_copy(update={"output_schema": output_schema(tool_class)})
    return entry
