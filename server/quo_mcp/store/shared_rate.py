"""The rate limit that all processes share: one row per account.

A process changes the row in a transaction, so the times of all processes are in one order. If the
database cannot be used, each process counts its own requests. The gateway then answers 429 to some.
"""

import json
import logging
import time
from collections.abc import Callable
from dataclasses import asdict

import anyio.to_thread

from quo_mcp.errors import DatabaseUnavailable
from quo_mcp.store.database import Database
from quo_mcp.values.request_window import Admission, RequestWindow

MIGRATIONS = (
    """
CREATE TABLE request_windows (
    account TEXT PRIMARY KEY,
    state TEXT NOT NULL            -- a JSON object with the fields of RequestWindow; times are Unix seconds
);
""",
)
BUSY_TIMEOUT = 1.0  # seconds
RETRY_SECONDS = 5.0  # after a failure, this process counts alone for so long

_log = logging.getLogger(__name__)


class SharedLimiter:
    """Counts the requests of one account, of all processes that use the database.

    account: identifies the account without revealing its key.
    clock: returns Unix seconds.
    """

    def __init__(
        self, database: Database, account: str, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._account = account
        self._clock = clock
        self._own_window = RequestWindow()
        self._alone_until = 0.0
        self._is_logged = False
        self._thread_limiter = anyio.CapacityLimiter(1)

    async def take(self, endpoint: str, *, is_background: bool) -> Admission:
        """Count a request now, or return how long it has to wait."""
        return await self._change(
            lambda window, now: window.take(now, endpoint, is_background=is_background)
        )

    async def pause(self, endpoint: str, seconds: float) -> None:
        """Pause `endpoint`, and all requests briefly, in all processes."""

        def pause(window: RequestWindow, now: float) -> Admission:
            window.pause(now, seconds, endpoint)
            return Admission(0.0)

        await self._change(pause)

    async def _change(self, change: Callable[[RequestWindow, float], Admission]) -> Admission:
        now = self._clock()
        if not now < self._alone_until <= now + RETRY_SECONDS:  # or the clock was set back
            try:
                # Not on the event loop: another process may hold the database for a moment.
                return await anyio.to_thread.run_sync(
                    self._change_row, change, limiter=self._thread_limiter
                )
            except DatabaseUnavailable as error:
                self._alone_until = self._clock() + RETRY_SECONDS
                self._log_once(error)
        return change(self._own_window, self._clock())

    def _change_row(self, change: Callable[[RequestWindow, float], Admission]) -> Admission:
        with self._database.transaction() as connection:
            row = connection.execute(
                "SELECT state FROM request_windows WHERE account = ?", (self._account,)
            ).fetchone()
            window = _window_from(row["state"]) if row else RequestWindow()
            shared_time = self._database.shared_time(connection)
            admission = change(window, self._clock() if shared_time is None else shared_time)
            connection.execute(
                "INSERT INTO request_windows (account, state) VALUES (?, ?) "
                "ON CONFLICT (account) DO UPDATE SET state = excluded.state",
                (self._account, json.dumps(asdict(window))),
            )
        self._own_window = window  # what is known if the next transaction fails
        return admission

    def _log_once(self, error: DatabaseUnavailable) -> None:
        if not self._is_logged:
            _log.warning(
                "The rate limit is not shared with other processes of this server: %s cannot be "
                "used (%s). Some requests may have to wait longer.",
                self._database.location,
                error.__cause__ or error,
            )
        self._is_logged = True


def _window_from(state: str) -> RequestWindow:
    """Return the window of a row; an empty one if another version of this server wrote the row."""
    try:
        return RequestWindow(**json.loads(state))
    except (TypeError, ValueError):
        return RequestWindow()
