"""How a crash is written to the log: where it happened, but not its words."""

import logging
import traceback


def crashed(logger: logging.Logger, what: str, fault: BaseException) -> None:
    """Logs that `what` crashed. A fault's words may hold a number, a text or a secret: they are left out."""
    where = "".join(traceback.format_tb(fault.__traceback__))
    logger.error("%s crashed: %s\n%s", what, type(fault).__name__, where)
