"""Which tools the settings enable. No tool call can enable more."""

import difflib
import re
from collections.abc import Collection, Container, Iterable
from typing import Any, TypeAlias

from quo_mcp.config.settings import InvalidSettings, Settings
from quo_mcp.tools.base import Effect, Tool, Toolsets, name_of
from quo_mcp.values import phone_numbers
from quo_mcp.values.untrusted import quote_inline

CONNECTIONS = "connections"
"""The toolset that needs Maton, which manages the connections."""

EnabledTools: TypeAlias = Collection[type[Tool[Any]]]


class ToolPolicy:
    """The tools of `toolsets` that `settings` enables, by name.

    off_by_default: the toolsets that are enabled only if the settings name them.

    Raises:
        InvalidSettings: the settings name an unknown toolset, tool, inbox or country.
    """

    def __init__(
        self, settings: Settings, toolsets: Toolsets, off_by_default: frozenset[str] = frozenset()
    ) -> None:
        all_tools = {name_of(tool): tool for tools in toolsets.values() for tool in tools}
        errors = [
            *_unknown_names("QUO_MCP_TOOLSETS", settings.toolsets, [*toolsets, "default", "all"]),
            *_unknown_names("QUO_MCP_TOOLS", settings.tools, all_tools),
            *_unknown_names("QUO_MCP_EXCLUDE_TOOLS", settings.exclude_tools, all_tools),
            *_invalid_inboxes(settings.inboxes),
            *_unknown_names(
                "QUO_MCP_COUNTRIES", _upper(settings.countries), _known_countries(settings)
            ),
        ]
        if settings.is_direct:
            errors += _connection_requests(settings, toolsets)
        if errors:
            raise InvalidSettings("\n".join(errors))
        requested = set(settings.toolsets)
        enabled_toolsets = {
            toolset
            for toolset in toolsets
            if toolset in requested
            or "all" in requested
            or ("default" in requested and toolset not in off_by_default)
        }
        self._direct_exclusions = (
            {name_of(tool) for tool in toolsets.get(CONNECTIONS, ())}
            if settings.is_direct
            else set()
        )
        self.tools = {
            name: tool
            for toolset, tools in toolsets.items()
            for name, tool in ((name_of(tool_class), tool_class) for tool_class in tools)
            if (toolset in enabled_toolsets or name in settings.tools)
            and name not in settings.exclude_tools
            and name not in self._direct_exclusions
            and (tool.effect is Effect.READ or not settings.read_only)
        }
        incomplete = [name for name, tool in self.tools.items() if not self._has_all_included(tool)]
        if requested_in_vain := set(incomplete) & set(settings.tools):
            raise InvalidSettings(
                f"QUO_MCP_TOOLS: {', '.join(sorted(requested_in_vain))} includes the results of other tools, and not all of those tools "
                "are enabled"
            )
        for name in incomplete:
            del self.tools[name]
        self._all_tools = all_tools
        self._read_only = settings.read_only

    def _has_all_included(self, tool: type[Tool[Any]]) -> bool:
        """Return whether every tool whose results this tool includes is enabled."""
        return all(name in self.tools for name in tool.includes)

    def explain_unavailable(self, name: str) -> str:
        """Return why a called tool is not available, and what to do about it."""
        if name not in self._all_tools:
            matches = difflib.get_close_matches(name, self.tools, n=1)
            hint = f"Did you mean {matches[0]}?" if matches else "Call one of the listed tools."
            return f"Unknown tool {quote_inline(name, 100)}. {hint}"
        if name in self._direct_exclusions:
            return f"{name} is not available: this server uses Quo's API directly (QUO_API_KEY), without Maton and its connections."
        if self._read_only and self._all_tools[name].effect is not Effect.READ:
            return f"{name} is disabled because this server is read-only (QUO_MCP_READ_ONLY). Only a person can change that."
        return f"{name} is disabled in this server's settings. Only a person can change that."


def _connection_requests(settings: Settings, toolsets: Toolsets) -> list[str]:
    """Return an error for each name of connection tools. With Quo's own key, there are no connections."""
    names = {name_of(tool) for tool in toolsets.get(CONNECTIONS, ())}
    requested = [name for name in settings.toolsets if name == CONNECTIONS]
    return [
        *(
            f"QUO_MCP_TOOLSETS: {name} requires MATON_API_KEY, and QUO_API_KEY is set instead"
            for name in requested
        ),
        *(
            f"QUO_MCP_TOOLS: {name} requires MATON_API_KEY, and QUO_API_KEY is set instead"
            for name in settings.tools
            if name in names
        ),
    ]


def _invalid_inboxes(inboxes: Iterable[str]) -> list[str]:
    """Return an error for each inbox that is neither an id nor a complete number."""
    return [
        f"QUO_MCP_INBOXES: {quote_inline(inbox)} is invalid; use an inbox id (PN…) or a number with + and country code"
        for inbox in inboxes
        if not re.fullmatch("PN[A-Za-z0-9]+", inbox) and phone_numbers.parse(inbox, None) is None
    ]


def _upper(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name.upper() for name in names)


def _known_countries(settings: Settings) -> Container[str]:
    return {"ANY", *phone_numbers.supported_regions()} if settings.countries else ()


def _unknown_names(setting: str, names: tuple[str, ...], known_names: Any) -> list[str]:
    """Return an error for each unknown name, with the closest known name."""
    lines = []
    for name in names:
        if name not in known_names:
            matches = difflib.get_close_matches(name, known_names, n=1)
            lines.append(
                f"{setting}: unknown value {quote_inline(name)}"
                + (f"; did you mean {matches[0]}?" if matches else "")
            )
    return lines
