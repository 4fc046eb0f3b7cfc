"""Whether this server should get requests: /ready answers 200 if sends can be recorded now, and 503 otherwise.

/health only says that the process runs. A load balancer asks /ready, so that a server that ends, or that cannot reach its
database, gets no calls.
"""

import time
from collections.abc import Callable

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from quo_mcp.config.settings import Settings
from quo_mcp.errors import DatabaseUnavailable
from quo_mcp.server.databases import open_databases, state_dir_for

VALID_SECONDS = 1.0  # anyone may ask, so the database is not asked each time


class Readiness:
    """The route /ready. is_ending: returns whether the server is shutting down."""

    def __init__(self, settings: Settings, is_ending: Callable[[], bool]) -> None:
        self._is_ending = is_ending
        # A sandbox without a state directory keeps nothing.
        keeps_nothing = settings.is_sandbox and not settings.state_dir and not settings.database
        self._databases = (
            None if keeps_nothing else open_databases(settings, state_dir_for(settings))
        )
        self._lock = anyio.Lock()
        self._is_writable = True
        self._checked_at = -VALID_SECONDS

    def close(self) -> None:
        if self._databases is not None:
            self._databases.close()

    async def respond(self, _: Request) -> Response:
        if self._is_ending():
            return PlainTextResponse("The server is shutting down.\n", 503)
        if not await self._check():
            return PlainTextResponse("The database of sends cannot be written.\n", 503)
        return PlainTextResponse("ready\n")

    async def _check(self) -> bool:
        async with self._lock:
            if time.monotonic() - self._checked_at >= VALID_SECONDS:
                self._is_writable = await anyio.to_thread.run_sync(self._write)
                self._checked_at = time.monotonic()
            return self._is_writable

    def _write(self) -> bool:
        if self._databases is None:
            return True
        try:
            with self._databases.journal.transaction():
                return True
        except DatabaseUnavailable:
            return False
