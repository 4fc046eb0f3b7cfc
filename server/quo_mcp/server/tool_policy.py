"""Which tools this server offers, whatever it is asked. A setting is an upper bound: no call relaxes it."""

import difflib
import re
from collections.abc import Container, Iterable
from typing import Any

from quo_mcp.config.settings import Config, Misconfigured
from quo_mcp.tools.base import Effect, Tool, Toolsets, name_of
from quo_mcp.values import phone_numbers


class Policy:
    """What `config` allows of `toolsets`.

    off: the toolsets that are offered only where they are named.

    Raises:
        Misconfigured: something is named that there is not.
    """

    def __init__(
        self, config: Config, toolsets: Toolsets, off: frozenset[str] = frozenset()
    ) -> None:
        every = {name_of(tool): tool for tools in toolsets.values() for tool in tools}
        faults = [
            *_strangers("QUO_MCP_TOOLSETS", config.toolsets, [*toolsets, "default", "all"]),
            *_strangers("QUO_MCP_TOOLS", config.tools, every),
            *_strangers("QUO_MCP_EXCLUDE_TOOLS", config.exclude_tools, every),
            *_unreadable(config.inboxes),
            *_strangers("QUO_MCP_COUNTRIES", _upper(config.countries), _countries(config)),
        ]
        if faults:
            raise Misconfigured("\n".join(faults))
        named = set(config.toolsets)
        on = {
            toolset
            for toolset in toolsets
            if toolset in named or "all" in named or ("default" in named and toolset not in off)
        }
        self.tools = {
            name: tool
            for toolset, tools in toolsets.items()
            for name, tool in ((name_of(each), each) for each in tools)
            if (toolset in on or name in config.tools)
            and name not in config.exclude_tools
            and (tool.effect is Effect.READ or not config.read_only)
        }
        hidden = [name for name, tool in self.tools.items() if not self._may_show(tool)]
        if named_in_vain := set(hidden) & set(config.tools):
            raise Misconfigured(
                f"QUO_MCP_TOOLS: {', '.join(sorted(named_in_vain))} shows what other tools show, and not all of those are on"
            )
        for name in hidden:
            del self.tools[name]
        self._every = every
        self._read_only = config.read_only

    def _may_show(self, tool: type[Tool[Any]]) -> bool:
        """What is switched off is not shown by a tool that puts several together, either."""
        return all(shown in self.tools.values() for shown in tool.shows)

    def why_not(self, name: str) -> str:
        """Why a tool that was called is not offered, and what to do about it."""
        if name not in self._every:
            close = difflib.get_close_matches(name, self.tools, n=1)
            hint = f" Did you mean {close[0]}?" if close else ""
            return f"There is no tool {name[:100]!r}.{hint}"
        if self._read_only and self._every[name].effect is not Effect.READ:
            return f"{name} is off: this server only reads (QUO_MCP_READ_ONLY). Only a person can change that."
        return f"{name} is switched off in this server's settings. Only a person can change that."


def _unreadable(named: Iterable[str]) -> list[str]:
    """A line for each inbox that is neither an id nor a number in full."""
    return [
        f"QUO_MCP_INBOXES: {each!r} cannot be read; give an inbox's id (PN…), or its number with + and country code"
        for each in named
        if not re.fullmatch("PN[A-Za-z0-9]+", each) and phone_numbers.parse(each, None) is None
    ]


def _upper(named: Iterable[str]) -> tuple[str, ...]:
    return tuple(each.upper() for each in named)


def _countries(config: Config) -> Container[str]:
    return {"ANY", *phone_numbers.countries()} if config.countries else ()


def _strangers(setting: str, named: tuple[str, ...], known: Any) -> list[str]:
    """A line for each name that is not known, with the closest that is."""
    lines = []
    for each in named:
        if each not in known:
            close = difflib.get_close_matches(each, known, n=1)
            lines.append(
                f"{setting}: there is no {each!r}"
                + (f"; did you mean {close[0]}?" if close else "")
            )
    return lines
