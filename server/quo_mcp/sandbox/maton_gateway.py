"""Maton's gateway: the checks before Quo is asked, in this order: key, rate, app, connection."""

import re
from collections import deque
from datetime import datetime, timedelta

from quo_mcp.sandbox import connections, router
from quo_mcp.sandbox.connections import Manners, unknown
from quo_mcp.sandbox.error_responses import flat, nested, unrouted
from quo_mcp.sandbox.http import Refused, Reply, Request
from quo_mcp.sandbox.state import World

A_SECOND = timedelta(seconds=1)
BLOCKED_AGENTS = r"(?i)(python-urllib.*)?"


class Gateway:
    """Both planes on one origin, as api.maton.ai has them; the two older hosts are subsets of it."""

    def __init__(self, world: World, key: str, manners: Manners, rate: int | None) -> None:
        self.world = world
        self.key = key
        self.manners = manners
        self.rate = rate
        self._recent: deque[datetime] = deque()

    def answer(self, request: Request, path: list[str]) -> Reply:
        """`path`: the segments behind the first slash, each unquoted on its own."""
        if (request.method, path) == ("GET", ["connect"]):
            return connections.authorize(self.world, request)
        if request.headers.get("authorization") != f"Bearer {self.key}":
            return nested(401, "Invalid API key")
        if self._too_fast(self.world.now()):
            return flat(429, "Rate limit exceeded")
        if path[0] in {"connections", "user"}:
            return connections.answer(self.world, self.manners, request, path)
        if not path[0]:
            return unrouted()
        return self._forward(request, path)

    def _too_fast(self, at: datetime) -> bool:
        """More than the allowed number in any second; those refused do not count."""
        while self._recent and self._recent[0] <= at - A_SECOND:
            self._recent.popleft()
        if self.rate is not None and len(self._recent) >= self.rate:
            return True
        self._recent.append(at)
        return False

    def _forward(self, request: Request, path: list[str]) -> Reply:
        app, version, *rest = [*path, ""] if len(path) == 1 else path
        if app != "quo":
            return flat(400, f"Invalid app name: {app}")
        refusal = self._connection_refusal(request.headers.get("maton-connection"))
        if refusal is not None:
            return refusal
        if re.fullmatch(BLOCKED_AGENTS, request.headers.get("user-agent", "")):
            return Reply.text("error code: 1010", 403)
        if version != "v1":
            return Reply.of({"message": "Not Found"}, 404)
        try:
            return router.answer(self.world, request, rest)
        except Refused as refused:
            return refused.reply

    def _connection_refusal(self, named: str | None) -> Reply | None:
        if named is not None:
            chosen = self.world.connections.get(named)
            if chosen is None:
                return unknown(named)
            if chosen["app"] != "quo" or chosen["status"] != "ACTIVE":
                return flat(400, f"Connection `{named}` is not an active connection for app: quo")
            return None
        if self.default_connection() is None:
            return flat(400, "Missing connection for the requested app: quo")
        return None

    def default_connection(self) -> str | None:
        """The connection that is used when none is named."""
        active = sorted(
            (
                c
                for c in self.world.connections.values()
                if (c["app"], c["status"]) == ("quo", "ACTIVE")
            ),
            key=lambda c: str(c["creation_time"]),
            reverse=self.manners.default == "newest",
        )
        return str(active[0]["connection_id"]) if active else None
