"""The tools that a server offers where nobody has set anything."""

from typing import Any

from quo_mcp.config.settings import Config
from quo_mcp.server.tool_policy import Policy
from quo_mcp.tools.base import Tool
from quo_mcp.tools.catalogue import OFF_BY_DEFAULT, TOOLSETS


def offered() -> list[type[Tool[Any]]]:
    """In the order in which clients get them."""
    return list(Policy(Config(), TOOLSETS, OFF_BY_DEFAULT).tools.values())
