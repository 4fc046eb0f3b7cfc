"""Whether the process that wrote a row still lives.

Each process holds a lock on a file of its own. The operating system lets go of the lock when the
process ends, however it ends, so a crash is seen at once; a process id can be given out anew, is
not the same in another container, and cannot be asked after everywhere.
"""

import contextlib
import os
import sys
from datetime import datetime
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int, *, alone: bool) -> None:  # noqa: ARG001 - there is but one kind here
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int, *, alone: bool) -> None:
        fcntl.flock(descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)


class Presence:
    """A sign of life under a name that no other process has. `forget` takes it down."""

    def __init__(self, folder: Path, name: str) -> None:
        """Raises OSError where the folder cannot be written."""
        self.name = name
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o600)
        _lock(self._file, alone=True)

    def forget(self) -> None:
        os.close(self._file)
        (self._folder / self.name).unlink(missing_ok=True)

    def is_alive(self, name: str) -> bool:
        """Whether that process lives. One that has been found dead is swept away."""
        path = self._folder / name
        try:
            descriptor = os.open(path, os.O_RDWR)
        except OSError:
            return False
        try:
            _lock(descriptor, alone=False)
        except OSError:
            return True
        finally:
            os.close(descriptor)
        with contextlib.suppress(OSError):
            path.unlink()
        return False

    def sweep(self, now: datetime) -> None:
        """Take down the signs of processes that ended without rows to settle.

        Only old ones: a sign that was put up this instant may not be locked yet.
        """
        for path in self._folder.iterdir():
            with contextlib.suppress(OSError):
                if now.timestamp() - path.stat().st_mtime > 24 * 3600:
                    self.is_alive(path.name)
