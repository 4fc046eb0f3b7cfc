"""Locks on files, which the operating system releases when their process ends."""

import sys

if sys.platform == "win32":
    import msvcrt
    import os

    def lock_file(descriptor: int, *, wait: bool = False, shared: bool = False) -> None:  # noqa: ARG001 - Windows has only exclusive locks
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)

    def unlock_file(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def lock_file(descriptor: int, *, wait: bool = False, shared: bool = False) -> None:
        """Lock an open file.

        wait: whether to wait while it is locked elsewhere. shared: whether others may share the lock.

        Raises:
            OSError: it is locked elsewhere, and `wait` is false.
        """
        operation = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        fcntl.flock(descriptor, operation | (0 if wait else fcntl.LOCK_NB))

    def unlock_file(descriptor: int) -> None:
        """Release the lock of an open file. Closing the file does it, too."""
        fcntl.flock(descriptor, fcntl.LOCK_UN)
