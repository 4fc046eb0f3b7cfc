"""Things read from Quo and kept in memory."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Generic, TypeAlias, TypeVar

import anyio
from anyio.abc import TaskGroup

from quo_mcp.errors import Refusal, Unavailable, log_crash

FRESH = timedelta(minutes=10)
AGAIN = timedelta(seconds=5)  # after a failure, before the next attempt: calls come in bursts
ATTEMPTS = 2  # a load during which everything was forgotten counts for nothing

Held = TypeVar("Held")
logger = logging.getLogger(__name__)

Progress: TypeAlias = Callable[[float, float | None, str], Awaitable[None]]


class Kept(Generic[Held]):
    """One thing read from Quo and kept: loaded once, whoever asks; renewed in the background."""

    def __init__(
        self,
        read: Callable[[Callable[[str], None]], Awaitable[Held]],
        now: Callable[[], datetime],
        tasks: Callable[[], TaskGroup],
    ) -> None:
        self._read = read
        self._now = now
        self._tasks = tasks
        self._loading: anyio.Event | None = None
        self._failure: Refusal | None = None
        self._failed_at: datetime | None = None
        self._moved = anyio.Event()
        self._news = ""
        self._spoiled = False
        self.value: Held | None = None
        self.read_at: datetime | None = None

    async def get(self, progress: Progress | None = None, *, fresh: bool = False) -> Held:
        """What is kept, however old; the first time, what a load brings.

        fresh: no older than `FRESH`: what is done by it cannot be taken back, so a load is waited for.

        Raises:
            Refusal: it was never read, or not lately enough, and cannot be now.
        """
        for _ in range(ATTEMPTS):
            if self.value is None or (fresh and self._is_old):
                self._start()
                await self._wait(progress)
                if self._failure is not None:
                    break
        if self.value is None or (fresh and self._is_old):
            raise self._failure or Unavailable("Nothing could be read from Quo; try again shortly.")
        if self._is_old and not self.failed_lately:
            self._start()
        return self.value

    async def renew(self, progress: Progress | None = None) -> None:
        """Reads it anew, unless that failed lately; where it cannot be read, what is kept stays."""
        if not self.failed_lately:
            self._start()
            await self._wait(progress)

    @property
    def _is_old(self) -> bool:
        return self.read_at is None or self._now() - self.read_at > FRESH

    @property
    def failed_lately(self) -> bool:
        """So lately that only somebody who cannot do without it should try again."""
        return self._failed_at is not None and self._now() - self._failed_at < AGAIN

    def forget(self) -> None:
        """It may be another's from now on: the old copy is gone, and the next call reads it anew."""
        self.value = self.read_at = None
        self._spoiled = self._loading is not None

    def lag(self) -> str | datetime | None:
        """How what is kept falls behind: the first load's news, or when it was read before it failed."""
        if self.value is None:
            return self._news or "they could not be read yet."
        return self.read_at if self._failure and self.read_at else None

    @property
    def age(self) -> timedelta:
        return self._now() - self.read_at if self.read_at else timedelta()

    def _start(self) -> None:
        if self._loading is None:
            self._loading = anyio.Event()
            self._tasks().start_soon(self._load)

    async def _load(self) -> None:
        try:
            value = await self._read(self._tell)
            if not self._spoiled:
                self.value, self.read_at = value, self._now()
            self._failure = self._failed_at = None
        except Refusal as failure:
            self._failure = failure
        except Exception as fault:  # noqa: BLE001 - a crash in the background would take the server with it
            log_crash(logger, "reading the directory", fault)
            self._failure = Unavailable(
                "The account's directory could not be read: a fault of this server's own."
            )
        finally:
            if self._failure is not None:
                self._failed_at = self._now()
            self._spoiled = False
            loading, self._loading = self._loading, None
            if loading is not None:
                loading.set()
            self._tell("")

    def _tell(self, news: str) -> None:
        self._news = news
        moved, self._moved = self._moved, anyio.Event()
        moved.set()

    async def _wait(self, progress: Progress | None) -> None:
        step = 0
        while (loading := self._loading) is not None and not loading.is_set():
            await self._moved.wait()
            if progress and self._news:
                step += 1
                await progress(step, None, self._news)
