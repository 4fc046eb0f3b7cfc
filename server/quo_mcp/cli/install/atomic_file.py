"""Reading a client's configuration file, its backup, and atomic replacement."""

import contextlib
import os
import stat
import tempfile
from pathlib import Path

from quo_mcp.cli.install.config_edit import UneditableFile

OWNER_ONLY = 0o600
NO_FILE_RECORD = "This file did not exist: quo-mcp created it, and deletes it on undo if nothing else is left in it.\n"
"""The content of a backup if the configuration file did not exist."""
OLD_NO_FILE_RECORD = (
    "There was no such file: quo-mcp made it, and deletes it when nothing else is left in it.\n"
)
"""What 0.1.0 wrote instead."""


class ConcurrentWrite(Exception):  # noqa: N818 - as in errors
    """Another process changed the file after it was read; nothing was written."""


def read_file(path: Path) -> str | None:
    """Return the text with its own line endings, or None if there is no file.

    Raises:
        UneditableFile: the file is not UTF-8.
        OSError: the file cannot be read.
    """
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise UneditableFile("the file is not UTF-8 text") from None


def backup_path(path: Path) -> Path:
    """Return the path of the backup, which holds the file before installation or `NO_FILE_RECORD`."""
    return path.with_name(f"{path.name}.before-quo-mcp")


def is_no_file_record(backup_text: str | None) -> bool:
    """Return whether a backup says that there was no file, in the words of this version or of 0.1.0."""
    records = {NO_FILE_RECORD.strip(), OLD_NO_FILE_RECORD.strip()}
    return backup_text is not None and backup_text.strip() in records


def replace_file(
    path: Path, text: str | None, *, expected: str | None, secret: bool = False
) -> None:
    """Replace the file's text atomically, or delete the file if `text` is None. Follow symlinks.

    `expected` is the text that was read before; if it has changed, nothing is written. With `secret`,
    only the owner can read the file afterwards. A new file always has this mode.

    Raises:
        ConcurrentWrite: another process changed the file.
        OSError: the file cannot be written.
    """
    target = Path(os.path.realpath(path))
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if text is None:
        _require_unchanged(target, expected)
        target.unlink(missing_ok=True)
        return
    mode = OWNER_ONLY
    with contextlib.suppress(FileNotFoundError):
        mode = stat.S_IMODE(target.stat().st_mode) & (0o700 if secret else 0o777)
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(mode)
        _require_unchanged(target, expected)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _require_unchanged(path: Path, expected: str | None) -> None:
    if read_file(path) != expected:
        raise ConcurrentWrite("another program changed it at the same time. Run the command again.")
