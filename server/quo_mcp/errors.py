"""What can go wrong, said so that whoever reads it knows what to do next.

Every message is written for the model (or the person behind it) and ends with the next step.

Refusal                 a call that did not succeed
├── Misunderstood       the arguments do not say one clear thing; saying it otherwise helps
├── Forbidden           this server's policy; only a person can relax it
├── PartlyDone          some of it was done and some was not; only the rest is to be asked again
└── GatewayError        what came back from the gateway or from Quo, or did not
    ├── RequestRefused  the request was wrong; changing it may help
    │   ├── NotFound
    │   ├── Conflict
    │   └── RateLimited     waiting helps; carries how long
    ├── AccessDenied    the key, connection, credits, plan or registration; only a person can help
    ├── Unavailable     nobody's fault and nothing was done; trying later may help
    └── OutcomeUnknown  a write was sent, and what became of it is not known: look before repeating
"""

import logging
import traceback


class Refusal(Exception):
    """A call that did not succeed. The message is written for the model to read."""


class Misunderstood(Refusal): ...


class Forbidden(Refusal): ...


class PartlyDone(Refusal): ...


class GatewayError(Refusal):
    """A failure on the other side.

    status: the HTTP status, or None where no response came.
    source: who said it: "gateway" (Maton), "quo", or "network".
    code: Quo's or the gateway's own code, as text, where there was one.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        source: str = "quo",
        code: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.source = source
        self.code = code


class RequestRefused(GatewayError): ...


class NotFound(RequestRefused): ...


class Conflict(RequestRefused): ...


class RateLimited(RequestRefused):
    """retry_after: seconds to wait, as the other side asked, or None where it did not say."""

    def __init__(
        self,
        message: str,
        *,
        status: int | None = 429,
        source: str = "quo",
        code: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, status=status, source=source, code=code)
        self.retry_after = retry_after


class AccessDenied(GatewayError): ...


class Unavailable(GatewayError): ...


class OutcomeUnknown(GatewayError): ...


def log_crash(logger: logging.Logger, what: str, error: BaseException) -> None:
    """Log that `what` crashed: the type and the place only, since a message may hold a number, a text or a secret."""
    where = "".join(traceback.format_tb(error.__traceback__))
    logger.error("%s crashed: %s\n%s", what, type(error).__name__, where)
