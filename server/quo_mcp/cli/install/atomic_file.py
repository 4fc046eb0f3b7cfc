"""A client's file on disk: read, backed up, and replaced in one step."""

import contextlib
import os
import stat
import tempfile
from pathlib import Path

from quo_mcp.cli.install.config_edit import Unmergeable

OWNER_ONLY = 0o600
NONE = "There was no such file: quo-mcp made it, and deletes it when nothing else is left in it.\n"
"""What the record of a file says where there was none."""


class Changed(Exception):  # noqa: N818 - as in errors
    """Somebody else wrote the file after it was read; nothing was done."""


def read(path: Path) -> str | None:
    """The text, with the line ends it has; None where there is no file.

    Raises:
        Unmergeable: it is not UTF-8.
        OSError: it cannot be read.
    """
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise Unmergeable("it is not UTF-8 text") from None


def backup_of(path: Path) -> Path:
    """The record of what was there before this server: the file as it was, or `NONE`."""
    return path.with_name(f"{path.name}.before-quo-mcp")


def replace(path: Path, text: str | None, *, expected: str | None, secret: bool = False) -> None:
    """Puts `text` in the place of the file, all at once; None deletes it. A link stays a link.

    expected: what was read before; a file that says something else by now is left alone.
    secret: nobody but the owner may read it from now on. A new file is always so.

    Raises:
        Changed: somebody else wrote it meanwhile.
        OSError: it cannot be written.
    """
    target = Path(os.path.realpath(path))
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if text is None:
        _unchanged(target, expected)
        target.unlink(missing_ok=True)
        return
    mode = OWNER_ONLY
    with contextlib.suppress(FileNotFoundError):
        mode = stat.S_IMODE(target.stat().st_mode) & (0o700 if secret else 0o777)
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    beside = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        beside.chmod(mode)
        _unchanged(target, expected)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def _unchanged(path: Path, expected: str | None) -> None:
    if read(path) != expected:
        raise Changed("somebody else wrote it just now. Try again.")
