"""The tools that a server offers with default settings."""

from typing import Any

from quo_mcp.config.settings import Settings
from quo_mcp.server.tool_policy import ToolPolicy
from quo_mcp.tools.base import Tool
from quo_mcp.tools.catalogue import OFF_BY_DEFAULT, TOOLSETS


def default_tools() -> list[type[Tool[Any]]]:
    """Return the tools in the order of `tools/list`."""
    return list(ToolPolicy(Settings(), TOOLSETS, OFF_BY_DEFAULT).tools.values())
