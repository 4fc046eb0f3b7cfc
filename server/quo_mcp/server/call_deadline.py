"""The time that the reading part of a tool call may take in all."""

from collections.abc import Awaitable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

import anyio

from quo_mcp.errors import Refusal, Unavailable
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import NAMES_TIMEOUT, Account, ToolContext

Value = TypeVar("Value")


class CallDeadline:
    """`QUO_MCP_READ_TIMEOUT` from now, less what the look-up of names for the result may take."""

    def __init__(self, account: Account) -> None:
        self._settings, self._directory = account.settings, account.directory
        timeout = account.settings.read_timeout
        self._deadline = anyio.current_time() + max(timeout - NAMES_TIMEOUT, timeout / 2)

    async def run(self, tool: Tool[Value], context: ToolContext) -> Value:
        """Run the tool. One that writes has limits of its own, and is never cut off."""
        run = tool.run(context)
        return await (self.finish(run) if tool.effect is Effect.READ else run)

    @contextmanager
    def exclude(self) -> Iterator[None]:
        """Give the time that the block takes back to the call: a person decides in it."""
        started_at = anyio.current_time()
        yield
        self._deadline += anyio.current_time() - started_at

    async def follow_up(self, tool: Tool[Value], result: Value, context: ToolContext) -> Value:
        """Return the result with what becomes known shortly after the call; as it is at the deadline, or if reading fails."""
        with suppress(Refusal), anyio.CancelScope(deadline=self._deadline):
            return await tool.follow_up(result, context)
        return result

    async def finish(self, operation: Awaitable[Value]) -> Value:
        """Return the operation's value. It must not write, because it can be cancelled.

        Raises:
            Unavailable: it was not done in time. A directory that it waited for is still being read.
        """
        with anyio.CancelScope(deadline=self._deadline):
            return await operation
        progress = self._directory.contacts.progress_text
        raise Unavailable(
            f"Stopped after {self._settings.read_timeout:g} s (QUO_MCP_READ_TIMEOUT); nothing "
            f"was changed. {progress}{' ' if progress else ''}Use a smaller limit or a shorter time "
            "range, or call again in a minute.",
            source="network",
        )
