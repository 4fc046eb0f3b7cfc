"""The template of an MCP resource: content at a `quo://` URI that a user can attach to a chat."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from quo_mcp.server.tool_policy import EnabledTools
from quo_mcp.tools.base import Tool
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.rendering import Presenter

# Only ids are accepted: other characters could escape from the path of the API request.
VARIABLE_PATTERNS = {"contact_id": "[A-Za-z0-9_-]{1,64}", "conversation_id": "CN[A-Za-z0-9]{1,64}"}


@dataclass(frozen=True)
class ReadContext:
    """The context of reading one resource. id: the id in the URI, or empty if the URI has no variable."""

    context: ToolContext
    presenter: Presenter
    tools: EnabledTools
    id: str = ""


@dataclass(frozen=True)
class Resource:
    """A resource or a resource template.

    uri: a template has a variable in braces (RFC 6570). required_tools: the tools whose results it contains.
    max_age: seconds for which a client may cache it.
    """

    name: str
    title: str
    uri: str
    description: str
    read: Callable[[ReadContext], Awaitable[str]]
    required_tools: tuple[type[Tool[Any]], ...] = ()
    max_age: int = 0
    # Text by third parties is not served as Markdown: a client that renders it would load the images it names.
    mime_type: str = "text/plain"
    sandbox_only: bool = False

    @property
    def variables(self) -> list[str]:
        return re.findall(r"\{(\w+)\}", self.uri)

    @property
    def is_template(self) -> bool:
        return bool(self.variables)

    def match(self, uri: str) -> str | None:
        """Return the id in a URI, an empty string if this resource has no variable, or None if the URI does not match."""
        pattern = re.sub(r"\{(\w+)\}", lambda match: f"({VARIABLE_PATTERNS[match[1]]})", self.uri)
        match = re.fullmatch(pattern, uri)
        return match and "".join(match.groups())
