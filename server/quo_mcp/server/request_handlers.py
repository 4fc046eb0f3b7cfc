"""The handlers of the server's requests, for callers with the same settings and scopes."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import anyio
import mcp_types as types

from quo_mcp.config.settings import Settings
from quo_mcp.safety.audit import AuditEntry
from quo_mcp.server.approval import Approvals
from quo_mcp.server.auth.scopes import allowed_by, missing_scope
from quo_mcp.server.pipeline import RequestContext, run_tool
from quo_mcp.server.prompts_and_resources import PrimitiveHandlers, reject_cursor
from quo_mcp.server.result_text import text_result
from quo_mcp.server.tool_listings import listing
from quo_mcp.server.tool_policy import ToolPolicy
from quo_mcp.tools.base import Effect
from quo_mcp.tools.catalogue import OFF_BY_DEFAULT, TOOLSETS


class InFlightWrites:
    """The number of running tool calls that write or send, so that a shutdown can wait for them."""

    def __init__(self) -> None:
        self._running_count = 0
        self._idle = anyio.Event()
        self._idle.set()
        self._is_closing = False
        self._waits: set[anyio.CancelScope] = set()

    def __enter__(self) -> None:
        if not self._running_count:
            self._idle = anyio.Event()
        self._running_count += 1

    def __exit__(self, *_: object) -> None:
        self._running_count -= 1
        if not self._running_count:
            self._idle.set()

    @contextmanager
    def optional_wait(self) -> Iterator[None]:
        """A block that a shutdown ends early: the write in question is done."""
        with anyio.CancelScope() as scope:
            if self._is_closing:
                scope.cancel()
            self._waits.add(scope)
            try:
                yield
            finally:
                self._waits.discard(scope)

    async def wait_until_idle(self) -> None:
        """Return once no write is running. Optional waits end at once, so that their results are returned."""
        self._is_closing = True
        for scope in self._waits:
            scope.cancel()
        await self._idle.wait()


class RequestHandlers:
    """The tools, prompts and resources that the settings and the scopes of an access token allow.

    in_flight_writes: counts the tool calls that write or send.
    scopes: those of the callers' tokens; None for the operator, who has no token.

    Raises:
        InvalidSettings: the settings name an unknown toolset or tool.
    """

    def __init__(
        self,
        settings: Settings,
        in_flight_writes: InFlightWrites | None = None,
        scopes: Collection[str] | None = None,
    ) -> None:
        self._settings = settings
        self._in_flight_writes = in_flight_writes
        self._scopes = scopes
        self._policy = ToolPolicy(settings, TOOLSETS, OFF_BY_DEFAULT)
        self._tools = {
            name: tool
            for name, tool in self._policy.tools.items()
            if scopes is None or allowed_by(tool, scopes)
        }
        self._approvals = Approvals(settings.approval)
        self.primitives = PrimitiveHandlers(self._tools.values(), settings)

    def input_schema(self, name: str) -> dict[str, Any] | None:
        """Return the schema of a tool's arguments; None for a tool that is not enabled."""
        tool = self._tools.get(name)
        return listing(tool, self._settings).input_schema if tool else None

    async def list_tools(
        self, _request: RequestContext, params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        reject_cursor(params)
        return types.ListToolsResult(
            tools=[listing(tool, self._settings) for tool in self._tools.values()]
        )

    async def call_tool(
        self, request: RequestContext, params: types.CallToolRequestParams
    ) -> types.CallToolResult | types.InputRequiredResult:
        tool = self._tools.get(params.name)
        member = request.lifespan_context.member
        audit_entry = AuditEntry(
            params.name[:100],
            tool.effect.value if tool else "",
            principal=member.principal.name if member else "",
        )
        try:
            if tool is None:
                audit_entry.outcome, audit_entry.reason = "refused", "unavailable"
                return text_result(
                    self._explain_unavailable(params.name), self._settings, is_error=True
                )
            writes = self._in_flight_writes or InFlightWrites()
            is_counted = self._in_flight_writes and tool.effect is not Effect.READ
            return await run_tool(
                tool,
                params,
                request,
                self._approvals,
                audit_entry=audit_entry,
                write_guard=writes if is_counted else nullcontext(),
                optional_wait=writes.optional_wait(),
            )
        finally:
            audit_log = request.lifespan_context.audit
            audit_entry.fingerprint = audit_entry.fingerprint or audit_log.fingerprint(
                audit_entry.tool, params.arguments
            )
            await audit_log.append(audit_entry)

    def _explain_unavailable(self, name: str) -> str:
        """Return why a tool cannot be called: the token lacks a scope, or the settings disable it."""
        if name in self._policy.tools and self._scopes is not None:
            scope = missing_scope(name, self._scopes)
            return (
                f"{name} requires the scope {scope}, which this sign-in does not have. An administrator can grant it at the identity "
                "provider; then sign in again."
            )
        return self._policy.explain_unavailable(name)
