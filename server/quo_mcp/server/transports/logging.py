"""Logging of a running server."""

import logging
import sys


def log_to_stderr(level: str) -> None:
    """Log this package at `level` and libraries from WARNING up: their INFO lines contain phone numbers."""
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    logging.getLogger("quo_mcp").setLevel(level)
