"""A cache of one value from Quo that refreshes in the background."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Generic, NamedTuple, TypeAlias, TypeVar

import anyio
from anyio.abc import TaskGroup

from quo_mcp.errors import Refusal, Unavailable, log_crash
from quo_mcp.gateway.rate_limit import background_requests

MAX_AGE = timedelta(minutes=10)
RETRY_DELAY = timedelta(seconds=5)  # agents make tool calls in bursts
LOAD_ATTEMPTS = 2  # an invalidation during a load voids that load

Value = TypeVar("Value")
logger = logging.getLogger(__name__)

ProgressCallback: TypeAlias = Callable[[float, float | None, str], Awaitable[None]]
"""Reports progress: a counter, the total if known, and a text."""


class Snapshot(NamedTuple, Generic[Value]):
    """A value as it was at `read_at`: when its reading began."""

    value: Value
    read_at: datetime


class RefreshingCache(Generic[Value]):
    """A cached value. Concurrent readers share one load.

    A value older than `MAX_AGE` is returned at once and refreshed in the background. A failed refresh
    keeps the old value. While no caller waits for a load, its requests let those of calls go first.

    `progress_text` tells how far a running load has come. `invalidated_at` is the time of the last
    invalidation.

    fetch: reads the value; it calls its argument with a progress text.
    task_group: returns the task group that loads run in.
    """

    def __init__(
        self,
        fetch: Callable[[Callable[[str], None]], Awaitable[Snapshot[Value]]],
        now: Callable[[], datetime],
        task_group: Callable[[], TaskGroup],
    ) -> None:
        self._fetch = fetch
        self._now = now
        self._task_group = task_group
        self._load_done: anyio.Event | None = None
        self._failure: Refusal | None = None
        self._failed_at: datetime | None = None
        self._progressed = anyio.Event()
        self.progress_text = ""
        self._invalidated = False
        self._waiting_count = 0
        self.invalidated_at: datetime | None = None
        self.value: Value | None = None
        self.read_at: datetime | None = None

    async def get(self, progress: ProgressCallback | None = None, *, fresh: bool = False) -> Value:
        """Return the cached value, however old. Wait for a load if there is no value yet.

        fresh: wait for a load if the value is older than `MAX_AGE`. Use it before irreversible actions.

        Raises:
            Refusal: there is no value (with `fresh`: no recent one), and loading failed.
        """
        for _ in range(LOAD_ATTEMPTS):
            if self.value is None or (fresh and self.is_old):
                self._start_load()
                await self._wait_for_load(progress)
                if self._failure is not None:
                    break
        if self.value is None or (fresh and self.is_old):
            raise self._failure or Unavailable("Quo could not be read. Try again in a few seconds.")
        self.start_refresh_if_old()
        return self.value

    async def refresh(self, progress: ProgressCallback | None = None) -> None:
        """Reload the value, unless a load failed recently. If the load fails, the old value remains."""
        self.start_refresh()
        await self._wait_for_load(progress)

    def start_refresh(self) -> None:
        """Start to reload the value in the background, unless a load failed recently."""
        if not self.failed_recently:
            self._start_load()

    def start_refresh_if_old(self) -> None:
        if self.is_old:
            self.start_refresh()

    @property
    def is_old(self) -> bool:
        """Whether there is no value, or it is older than `MAX_AGE`."""
        return self.read_at is None or self._now() - self.read_at > MAX_AGE

    @property
    def failed_recently(self) -> bool:
        """Whether a load failed within `RETRY_DELAY`. Only callers that need a value should retry then."""
        return self._failed_at is not None and self._now() - self._failed_at < RETRY_DELAY

    def invalidate(self) -> None:
        """Drop the value and the result of a running load. The account may have changed."""
        self.value = self.read_at = None
        self.invalidated_at = self._now()
        self._invalidated = self._load_done is not None

    def staleness(self) -> str | datetime | Refusal | None:
        """Return why the value is incomplete or old.

        A string is the progress of the first load, and an error is why it failed. A time is when the value
        was read, if a later load failed. None means that there is nothing to report.
        """
        if self.value is None:
            if self._failure is not None and self._load_done is None:
                return self._failure
            return self.progress_text or "contacts have not been read yet."
        return self.read_at if self._failure and self.read_at else None

    @property
    def age(self) -> timedelta:
        return self._now() - self.read_at if self.read_at else timedelta()

    def _start_load(self) -> None:
        """Start a load, unless one is running."""
        if self._load_done is None:
            self._load_done = anyio.Event()
            self._task_group().start_soon(self._load)

    async def _load(self) -> None:
        try:
            with background_requests(lambda: not self._waiting_count):
                snapshot = await self._fetch(self._report_progress)
            if not self._invalidated:
                self.value, self.read_at = snapshot
            self._failure = self._failed_at = None
        except Refusal as error:
            self._failure = error
        except Exception as error:  # noqa: BLE001 - an exception in the task group would end the server
            log_crash(logger, "reading the directory", error)
            self._failure = Unavailable(
                "The account's directory could not be read because of an internal error in this server. Try again; if it fails again, "
                "a person can check the server's log."
            )
        finally:
            if self._failure is not None:
                self._failed_at = self._now()
            self._invalidated = False
            load_done, self._load_done = self._load_done, None
            if load_done is not None:
                load_done.set()
            self._report_progress("")

    def _report_progress(self, text: str) -> None:
        self.progress_text = text
        progressed, self._progressed = self._progressed, anyio.Event()
        progressed.set()

    async def _wait_for_load(self, progress: ProgressCallback | None) -> None:
        """Wait until the running load ends, and pass its progress on."""
        step = 0
        self._waiting_count += 1
        try:
            while (load_done := self._load_done) is not None and not load_done.is_set():
                await self._progressed.wait()
                if progress and self.progress_text:
                    step += 1
                    await progress(step, None, self.progress_text)
        finally:
            self._waiting_count -= 1
