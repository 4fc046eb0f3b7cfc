"""Whether a webhook's payload comes from Quo: its signature, by either of Quo's two schemes. Pure.

v1         `openphone-signature: hmac;1;<milliseconds>;<base64>`, over `<milliseconds>.<payload>`;
           the key is the webhook's own, in base64.
standard   `webhook-signature: v1,<base64> …` with `webhook-id` and `webhook-timestamp` (seconds), over
           `<id>.<timestamp>.<payload>`; the key is what follows `whsec_`, in base64
           (https://www.standardwebhooks.com).

Both are HMAC-SHA256 over the payload's bytes exactly as they came: JSON that was read and written
anew has other bytes. No message here holds the key, nor what the signature should have been.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

PREFIX = "whsec_"
TOLERANCE = timedelta(minutes=5)
DIGITS = 16  # a timestamp has no more


class Invalid(ValueError):  # noqa: N818 - reads as what it says
    """The signature does not vouch for the payload; the message says what is wrong."""


@dataclass(frozen=True)
class Signed:
    """The headers of one delivery. id and timestamp come with the standard scheme only."""

    signature: str
    id: str | None = None
    timestamp: str | None = None


def verify(
    payload: bytes,
    signed: Signed,
    key: str,
    *,
    now: datetime,
    tolerance: timedelta | None = TOLERANCE,
) -> datetime:
    """When the payload was signed.

    tolerance: how far from `now` that may be, before or after; None for any time.

    Raises:
        Invalid: the signature is not this payload's, not by this key, or not of this time.
    """
    signature = signed.signature.strip()
    if signature.startswith("hmac;"):
        at, prefix, offered = _v1(signature)
    elif signature.startswith("v1"):
        at, prefix, offered = _standard(signed)
    else:
        raise Invalid(
            "The signature is of no known form: hmac;1;<milliseconds>;<base64>, or v1,<base64>."
        )
    secret = _secret(key, standard=not signature.startswith("hmac;"))
    if not _fits(secret, prefix + payload, offered):
        raise Invalid(_mismatch(secret, prefix, payload, offered))
    if tolerance is not None and abs(now - at) > tolerance:
        raise Invalid(
            f"The signature is right, but was made at {at:%Y-%m-%d %H:%M:%S} UTC, which is more than "
            f"{tolerance.total_seconds():g} seconds {'ago' if at < now else 'ahead'}: perhaps an old delivery "
            "that somebody repeats, or a wrong clock."
        )
    return at


def _v1(signature: str) -> tuple[datetime, bytes, list[bytes]]:
    parts = signature.split(";")
    if len(parts) != 4 or parts[1] != "1":
        raise Invalid("The signature is not of the form hmac;1;<milliseconds>;<base64>.")
    at = _moment(parts[2], 1000, "milliseconds")
    return at, f"{parts[2]}.".encode(), _decoded([parts[3]])


def _standard(signed: Signed) -> tuple[datetime, bytes, list[bytes]]:
    if not signed.id or not signed.timestamp:
        raise Invalid(
            "A signature of this form needs the headers webhook-id and webhook-timestamp as well."
        )
    name, stamp = signed.id.strip(), signed.timestamp.strip()
    at = _moment(stamp, 1, "seconds")
    versions = [each.partition(",") for each in signed.signature.split()]
    offered = _decoded([each for version, _, each in versions if version == "v1"])
    return at, f"{name}.{stamp}.".encode(), offered


def _moment(text: str, per_second: int, unit: str) -> datetime:
    if text.isascii() and text.isdigit() and len(text) <= DIGITS:
        try:
            return datetime.fromtimestamp(int(text) / per_second, UTC)
        except (OverflowError, ValueError, OSError):
            pass
    raise Invalid(f"The signature's timestamp is no time in {unit} since 1970.")


def _decoded(texts: Iterable[str]) -> list[bytes]:
    found = []
    for text in texts:
        try:
            found.append(base64.b64decode(text, validate=True))
        except (binascii.Error, ValueError):
            continue
    if not found:
        raise Invalid("The signature's last part is not base64; was it cut?")
    return found


def _secret(key: str, *, standard: bool) -> bytes:
    key = key.strip()
    if key.startswith(PREFIX) is not standard:
        kinds = ("with", "without") if standard else ("without", "with")
        raise Invalid(
            f"The key is of the other scheme: this signature goes with a key {kinds[0]} {PREFIX} before it, "
            f"and this one is {kinds[1]}."
        )
    try:
        secret = base64.b64decode(key.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if not secret:
        raise Invalid("The key is not base64, as Quo's are; was it cut?")
    return secret


def _fits(secret: bytes, content: bytes, offered: list[bytes]) -> bool:
    right = hmac.new(secret, content, hashlib.sha256).digest()
    return any(hmac.compare_digest(right, each) for each in offered)


def _mismatch(secret: bytes, prefix: bytes, payload: bytes, offered: list[bytes]) -> str:
    bare = payload.rstrip(b"\r\n")
    if bare != payload and _fits(secret, prefix + bare, offered):
        return "The payload has a line break at its end that was not signed: save it exactly as it came."
    return (
        "The signature does not fit: this is another webhook's key, or the payload is not byte for byte what was "
        "sent (was it read as JSON and written anew?)."
    )
