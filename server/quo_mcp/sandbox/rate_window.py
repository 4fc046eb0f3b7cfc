"""The limit on requests that Maton and Quo each enforce."""

from collections import deque
from datetime import datetime, timedelta

SECOND = timedelta(seconds=1)


class RateWindow:
    """A limit on the requests in any second. None is no limit."""

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._recent: deque[datetime] = deque()

    def is_exceeded(self, at: datetime) -> bool:
        """Return whether a request at this time exceeds the limit. Rejected requests do not count."""
        while self._recent and self._recent[0] <= at - SECOND:
            self._recent.popleft()
        if self._limit is not None and len(self._recent) >= self._limit:
            return True
        self._recent.append(at)
        return False
