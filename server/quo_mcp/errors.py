"""Every error that a tool call can end with, and how a crash is logged.

A message is written for the model or the person behind it, and ends with the next step.

Refusal                  a tool call that did not succeed
├── InvalidArguments     the arguments are invalid or ambiguous; the model can correct them
├── PolicyRefusal        this server's policy forbids it; only a person can change the policy
├── DatabaseUnavailable  this server's database cannot be used, so nothing is sent; only a person can fix it
│   └── DatabaseConnectionLost  during a transaction, which may or may not have been committed
├── ReservationExpired   a send waited too long for its turn, and nothing was sent; calling again helps
├── PartiallyDone        some steps succeeded; only the remaining ones may be requested again
└── GatewayError         the gateway or Quo reported an error, or did not answer
    ├── RequestRejected  the request was invalid; changing it may help
    │   ├── NotFound
    │   ├── Conflict
    │   └── RateLimited  waiting helps
    ├── AccessDenied     the key, connection, credits, plan or registration; only a person can help
    ├── Unavailable      a temporary failure, and nothing was done; retrying later may help
    └── OutcomeUnknown   a write was sent and its result is unknown; check before repeating it
"""

import logging
import traceback
from collections.abc import Iterable
from copy import copy
from typing import Self


class Refusal(Exception):
    """A tool call that did not succeed. The model reads the message.

    notes: sentences about the call so far, such as which inbox was chosen. The model reads them first.
    """

    notes: tuple[str, ...] = ()

    def with_notes(self, notes: Iterable[str]) -> Self:
        """Return a copy with these notes before its own.

        It is a copy because calls that wait for the same load get the same error object.
        """
        copied = copy(self)
        copied.notes = (*notes, *self.notes)
        return copied


class InvalidArguments(Refusal): ...


class PolicyRefusal(Refusal): ...


class DatabaseUnavailable(Refusal): ...


class DatabaseConnectionLost(DatabaseUnavailable): ...


class ReservationExpired(Refusal): ...


class PartiallyDone(Refusal): ...


class GatewayError(Refusal):
    """A failure reported by the gateway or by Quo, or a network failure.

    status: the HTTP status, or None if there was no response.
    source: "gateway" (Maton), "quo" or "network".
    code: the error code of Quo or the gateway as text, or None.
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


class RequestRejected(GatewayError): ...


class NotFound(RequestRejected): ...


class Conflict(RequestRejected): ...


class RateLimited(RequestRejected):
    """Too many requests.

    retry_after: seconds to wait before the next attempt, or None if unknown.
    """

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


def log_crash(logger: logging.Logger, operation: str, error: BaseException) -> None:
    """Log that `operation` crashed, with the type and traceback of the error.

    The error's message is left out: it may contain a phone number, a text or a secret.
    """
    stack = "".join(traceback.format_tb(error.__traceback__))
    logger.error("%s crashed: %s\n%s", operation, type(error).__name__, stack)
