"""What a server says of itself while it serves."""

import logging
import sys


def log_to_stderr(level: str) -> None:
    """Our own logs at `level`; libraries' only from WARNING, since their INFO lines hold phone numbers."""
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    logging.getLogger("quo_mcp").setLevel(level)
