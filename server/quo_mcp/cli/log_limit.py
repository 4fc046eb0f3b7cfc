"""A limit on repeated log lines of libraries: anyone who can reach the port can cause them."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

SECONDS = 60.0


@dataclass(slots=True)
class _Place:
    """One place in the code that logs: when it last passed, and how many lines it has left out since."""

    passed_at: float
    left_out: int = 0


class RepetitionLimit(logging.Filter):
    """Passes one line per place in a library's code and minute. This package's own lines all pass.

    clock: returns seconds of a monotonic clock.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._places: dict[tuple[str, int], _Place] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.partition(".")[0] == "quo_mcp":
            return True
        now = self._clock()
        key = (record.pathname, record.lineno)
        place = self._places.get(key)
        if place is not None and now - place.passed_at < SECONDS:
            place.left_out += 1
            return False
        if place is not None and place.left_out:
            record.msg = f"{record.getMessage()} ({place.left_out} similar lines omitted)"
            record.args = ()
        self._places[key] = _Place(now)
        return True
