"""Maton's gateway: the checks before a request reaches Quo, in order: key, rate, app, connection."""

import re

from quo_mcp.sandbox import connections, router
from quo_mcp.sandbox.connections import ControlPlaneOptions, connection_not_found
from quo_mcp.sandbox.error_responses import flat_error, nested_error, route_not_found
from quo_mcp.sandbox.http import RejectedRequest, Request, Response
from quo_mcp.sandbox.rate_window import RateWindow
from quo_mcp.sandbox.state import SandboxState

BLOCKED_USER_AGENTS = r"(?i)(python-urllib.*)?"


class MatonGateway:
    """Both planes on one origin, like api.maton.ai. The two older hosts serve subsets of it.

    `rate` is the number of requests allowed per second; None is no limit.
    """

    def __init__(
        self, state: SandboxState, key: str, options: ControlPlaneOptions, rate: int | None
    ) -> None:
        self.state = state
        self.key = key
        self.options = options
        self._rate_window = RateWindow(rate)

    def handle(self, request: Request, path: list[str]) -> Response:
        """Return the response. `path` holds the segments after the first slash, unquoted."""
        if (request.method, path) == ("GET", ["connect"]):
            return connections.authorize(self.state, request)
        if request.headers.get("authorization") != f"Bearer {self.key}":
            return nested_error(401, "Invalid API key")
        if self._rate_window.is_exceeded(self.state.now()):
            return flat_error(429, "Rate limit exceeded")
        if path[0] in {"connections", "user"}:
            return connections.handle(self.state, self.options, request, path)
        if not path[0]:
            return route_not_found()
        return self._forward(request, path)

    def _forward(self, request: Request, path: list[str]) -> Response:
        app, version, *segments = [*path, ""] if len(path) == 1 else path
        if app != "quo":
            return flat_error(400, f"Invalid app name: {app}")
        connection_error = self._check_connection(request.headers.get("maton-connection"))
        if connection_error is not None:
            return connection_error
        if re.fullmatch(BLOCKED_USER_AGENTS, request.headers.get("user-agent", "")):
            return Response.from_text("error code: 1010", 403)
        if version != "v1":
            return Response.from_json({"message": "Not Found"}, 404)
        try:
            return router.handle(self.state, request, segments)
        except RejectedRequest as rejected:
            return rejected.response

    def _check_connection(self, connection_id: str | None) -> Response | None:
        """Return the error response if there is no active connection to use, else None."""
        if connection_id is not None:
            connection = self.state.connections.get(connection_id)
            if connection is None:
                return connection_not_found(connection_id)
            if connection["app"] != "quo" or connection["status"] != "ACTIVE":
                message = f"Connection `{connection_id}` is not an active connection for app: quo"
                return flat_error(400, message)
            return None
        if self.default_connection_id() is None:
            return flat_error(400, "Missing connection for the requested app: quo")
        return None

    def default_connection_id(self) -> str | None:
        """Return the id of the connection for requests that name none; None without an active one."""
        active = sorted(
            (
                connection
                for connection in self.state.connections.values()
                if (connection["app"], connection["status"]) == ("quo", "ACTIVE")
            ),
            key=lambda connection: str(connection["creation_time"]),
            reverse=self.options.default_connection == "newest",
        )
        return str(active[0]["connection_id"]) if active else None
