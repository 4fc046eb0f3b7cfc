"""What a resource is: something at an address of ours that a person can attach to a conversation."""

import re
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Any, TypeAlias

from quo_mcp.tools.base import Tool
from quo_mcp.tools.context import Quo
from quo_mcp.tools.rendering import View

Tools: TypeAlias = Collection[type[Tool[Any]]]

# Nothing but an id is taken from an address: what else could stand there might climb out of a path.
VARIABLES = {"contact_id": "[A-Za-z0-9_-]{1,64}", "conversation_id": "CN[A-Za-z0-9]{1,64}"}


@dataclass(frozen=True)
class Asked:
    """One reading of a resource. tools: those switched on. id: what the address names, if anything."""

    quo: Quo
    view: View
    tools: Tools
    id: str = ""


@dataclass(frozen=True)
class Resource:
    """Something to read at an address of ours.

    uri: with a variable in braces for a template (RFC 6570). needs: the tools that it is made of.
    fresh: seconds for which a client may keep it.
    """

    name: str
    title: str
    uri: str
    about: str
    read: Callable[[Asked], Awaitable[str]]
    needs: tuple[type[Tool[Any]], ...] = ()
    fresh: int = 0
    # Not Markdown for what others wrote: a client that renders it would load the images they name.
    mime_type: str = "text/plain"
    sandbox_only: bool = False

    @property
    def variables(self) -> list[str]:
        return re.findall(r"\{(\w+)\}", self.uri)

    @property
    def is_template(self) -> bool:
        return bool(self.variables)

    def id_in(self, uri: str) -> str | None:
        """What an address names; empty where there is nothing to name, None where it is another's."""
        pattern = re.sub(r"\{(\w+)\}", lambda found: f"({VARIABLES[found[1]]})", self.uri)
        found = re.fullmatch(pattern, uri)
        return found and "".join(found.groups())
