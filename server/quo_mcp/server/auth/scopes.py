"""The scopes of access tokens, and the tools that each of them allows."""

from collections.abc import Iterable
from typing import Any

from quo_mcp.tools.base import Effect, Tool, Toolsets, name_of
from quo_mcp.tools.catalogue import TOOLSETS

READ, SEND, CONTACTS, ADMIN = "quo.read", "quo.send", "quo.contacts", "quo.admin"
ALL_SCOPES = (READ, SEND, CONTACTS, ADMIN)
USUAL_SCOPES = (READ, SEND, CONTACTS)
"""What a client is told to ask for. `quo.admin` is granted on purpose only."""

TOOLSET_SCOPES = {
    #               to read  to change or send
    "workspace": (READ, ADMIN),
    "messages": (READ, SEND),
    "calls": (READ, ADMIN),
    "contacts": (READ, CONTACTS),
    "conversations": (READ, CONTACTS),
    "tasks": (READ, CONTACTS),
    "connections": (ADMIN, ADMIN),
    "webhooks": (ADMIN, ADMIN),
}
"""The scope that a tool requires besides `quo.read`, by its toolset and its effect."""


def tool_scopes(toolsets: Toolsets = TOOLSETS) -> dict[str, str]:
    """Return the scope of each tool, by the tool's name."""
    return {
        name_of(tool): TOOLSET_SCOPES[toolset][tool.effect is not Effect.READ]
        for toolset, tools in toolsets.items()
        for tool in tools
    }


def allowed_by(tool: type[Tool[Any]], scopes: Iterable[str]) -> bool:
    """Return whether scopes allow a tool. Every tool requires `quo.read`, because results show what was read."""
    return {READ, SCOPE_OF_TOOL[name_of(tool)]} <= {*scopes}


def missing_scope(name: str, scopes: Iterable[str]) -> str:
    """Return the scope that a tool requires and the token does not have."""
    return READ if READ not in {*scopes} else SCOPE_OF_TOOL[name]


SCOPE_OF_TOOL = tool_scopes()
