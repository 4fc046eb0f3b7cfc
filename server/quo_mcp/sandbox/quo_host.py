"""Quo's own API host, api.quo.com: the checks before a request reaches its routes, in order: key, rate."""

from quo_mcp.sandbox import router
from quo_mcp.sandbox.error_responses import quo_error
from quo_mcp.sandbox.http import RejectedRequest, Request, Response
from quo_mcp.sandbox.rate_window import RateWindow
from quo_mcp.sandbox.state import SandboxState

NO_RESOURCE = "00"
"""The first digits of the code of an error that is about no resource."""


class QuoHost:
    """The API as a native key reaches it: no connections, and the key without a scheme.

    `rate` is the number of requests allowed per second; None is no limit.
    """

    def __init__(self, state: SandboxState, key: str, rate: int | None) -> None:
        self.state = state
        self.key = key
        self._rate_window = RateWindow(rate)

    def handle(self, request: Request, path: list[str]) -> Response:
        """Return the response. `path` holds the segments after /v1/, unquoted."""
        if request.headers.get("authorization") != self.key:
            return quo_error(401, NO_RESOURCE, "Unauthorized")
        if self._rate_window.is_exceeded(self.state.now()):
            return quo_error(429, NO_RESOURCE, "Too many requests")
        try:
            return router.handle(self.state, request, path)
        except RejectedRequest as rejected:
            return rejected.response
