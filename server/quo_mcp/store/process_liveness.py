"""Process liveness: whether the process that wrote a row is still running.

Each process holds a lock on a file of its own. The operating system releases the lock when the
process ends, so a crash is detected at once. A process id would not do: it can be reused, it differs
between containers, and not every platform lets one process look up another.
"""

import contextlib
import os
from datetime import datetime
from pathlib import Path

from quo_mcp.store.file_lock import lock_file


class ProcessLock:
    """A locked file that proves that this process is alive.

    folder: holds the lock files of all processes; created if missing.
    name: a file name that no other process uses.
    """

    def __init__(self, folder: Path, name: str) -> None:
        """Create and lock the file.

        Raises:
            OSError: the folder cannot be written to.
        """
        self.name = name
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._descriptor = os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o600)
        lock_file(self._descriptor)

    def release(self) -> None:
        """Release the lock and delete the file."""
        os.close(self._descriptor)
        (self._folder / self.name).unlink(missing_ok=True)

    def is_alive(self, name: str) -> bool:
        """Whether the process with lock file `name` is running. Deletes the file of a dead process."""
        path = self._folder / name
        try:
            descriptor = os.open(path, os.O_RDWR)
        except OSError:
            return False
        try:
            lock_file(descriptor, shared=True)
        except OSError:
            return True
        finally:
            os.close(descriptor)
        with contextlib.suppress(OSError):
            path.unlink()
        return False

    def remove_stale(self, now: datetime) -> None:
        """Delete the lock files of dead processes that left no unfinished rows.

        Files younger than a day are skipped: a new one may not be locked yet.
        """
        for path in self._folder.iterdir():
            with contextlib.suppress(OSError):
                if now.timestamp() - path.stat().st_mtime > 24 * 3600:
                    self.is_alive(path.name)
