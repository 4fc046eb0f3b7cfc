"""The lists that never change while the server runs, kept as the SDK has validated and serialized them."""

from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from quo_mcp.server.prompts_and_resources import STATIC_LISTS


class StaticListCache:
    """A middleware that keeps one result per list and protocol version.

    It leaves out the earlier protocol versions, where the SDK first checks that the client has
    initialized, and requests with a cursor, which are rejected.
    """

    def __init__(self) -> None:
        self._results: dict[tuple[str, str], HandlerResult] = {}

    async def __call__(
        self, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        if (
            ctx.method not in STATIC_LISTS
            or ctx.protocol_version not in MODERN_PROTOCOL_VERSIONS
            or set(ctx.params or ()) - {"_meta"}
        ):
            return await call_next(ctx)
        key = (ctx.method, ctx.protocol_version)
        if key not in self._results:
            self._results[key] = await call_next(ctx)
        return self._results[key]
