"""Verification of a webhook's signature, for both of Quo's schemes. Pure functions.

v1         `openphone-signature: hmac;1;<milliseconds>;<base64>`, over `<milliseconds>.<payload>`;
           the key is the webhook's own, in base64.
standard   `webhook-signature: v1,<base64> …` with `webhook-id` and `webhook-timestamp` (seconds), over
           `<id>.<timestamp>.<payload>`; the key is what follows `whsec_`, in base64
           (https://www.standardwebhooks.com).

Both are HMAC-SHA256 over the payload's bytes exactly as received: JSON that was parsed and serialized again has different
bytes. No error message contains the key or the expected signature.
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
DIGITS = 16  # the maximum length of a timestamp


class InvalidSignature(ValueError):  # noqa: N818 - reads better without Error
    """The signature is not valid for the payload; the message says why."""


@dataclass(frozen=True)
class DeliveryHeaders:
    """The signature headers of one delivery. Only the standard scheme has an id and a timestamp."""

    signature: str
    id: str | None = None
    timestamp: str | None = None


def verify(
    payload: bytes,
    headers: DeliveryHeaders,
    key: str,
    *,
    now: datetime,
    tolerance: timedelta | None = TOLERANCE,
) -> datetime:
    """Return when the payload was signed.

    tolerance: the maximum distance from `now`, before or after; None for no limit.

    Raises:
        InvalidSignature: the signature does not match the payload and key, or is outside the tolerance.
    """
    signature = headers.signature.strip()
    if signature.startswith("hmac;"):
        signed_at, prefix, signatures = _parse_v1(signature)
    elif signature.startswith("v1"):
        signed_at, prefix, signatures = _parse_standard(headers)
    else:
        raise InvalidSignature(
            "Unknown signature format. Expected hmac;1;<milliseconds>;<base64> or v1,<base64>."
        )
    secret = _decode_key(key, standard=not signature.startswith("hmac;"))
    if not _matches(secret, prefix + payload, signatures):
        raise InvalidSignature(_explain_mismatch(secret, prefix, payload, signatures))
    if tolerance is not None and abs(now - signed_at) > tolerance:
        raise InvalidSignature(
            f"The signature matches, but its time is out of range: {signed_at:%a %Y-%m-%d %H:%M:%S} UTC is more than "
            f"{tolerance.total_seconds():g} seconds {'ago' if signed_at < now else 'in the future'}. This may be a replayed "
            "delivery, or one of the clocks is wrong."
        )
    return signed_at


def _parse_v1(signature: str) -> tuple[datetime, bytes, list[bytes]]:
    parts = signature.split(";")
    if len(parts) != 4 or parts[1] != "1":
        raise InvalidSignature("Invalid signature format. Expected hmac;1;<milliseconds>;<base64>.")
    signed_at = _parse_timestamp(parts[2], 1000, "milliseconds")
    return signed_at, f"{parts[2]}.".encode(), _decode_signatures([parts[3]])


def _parse_standard(headers: DeliveryHeaders) -> tuple[datetime, bytes, list[bytes]]:
    if not headers.id or not headers.timestamp:
        raise InvalidSignature(
            "A signature of this format also requires the headers webhook-id and webhook-timestamp."
        )
    delivery_id, timestamp = headers.id.strip(), headers.timestamp.strip()
    signed_at = _parse_timestamp(timestamp, 1, "seconds")
    versions = [entry.partition(",") for entry in headers.signature.split()]
    signatures = _decode_signatures([entry for version, _, entry in versions if version == "v1"])
    return signed_at, f"{delivery_id}.{timestamp}.".encode(), signatures


def _parse_timestamp(text: str, per_second: int, unit: str) -> datetime:
    if text.isascii() and text.isdigit() and len(text) <= DIGITS:
        try:
            return datetime.fromtimestamp(int(text) / per_second, UTC)
        except (OverflowError, ValueError, OSError):
            pass
    raise InvalidSignature(f"Invalid timestamp in the signature. Expected {unit} since 1970.")


def _decode_signatures(texts: Iterable[str]) -> list[bytes]:
    signatures = []
    for text in texts:
        try:
            signatures.append(base64.b64decode(text, validate=True))
        except (binascii.Error, ValueError):
            continue
    if not signatures:
        raise InvalidSignature("The signature is not valid base64. It may be truncated.")
    return signatures


def _decode_key(key: str, *, standard: bool) -> bytes:
    key = key.strip()
    if key.startswith(PREFIX) is not standard:
        expected = "must start" if standard else "must not start"
        raise InvalidSignature(
            f"The key does not belong to this signature format: the key {expected} with {PREFIX}."
        )
    try:
        secret = base64.b64decode(key.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if not secret:
        raise InvalidSignature("The key is not valid base64. It may be truncated.")
    return secret


def _matches(secret: bytes, content: bytes, signatures: list[bytes]) -> bool:
    expected = hmac.new(secret, content, hashlib.sha256).digest()
    return any(hmac.compare_digest(expected, signature) for signature in signatures)


def _explain_mismatch(secret: bytes, prefix: bytes, payload: bytes, signatures: list[bytes]) -> str:
    bare = payload.rstrip(b"\r\n")
    if bare != payload and _matches(secret, prefix + bare, signatures):
        return "The payload ends with a line break that was not signed. Save the body exactly as received."
    return (
        "The signature does not match. Either the key belongs to another webhook, or the payload is not byte for byte what "
        "Quo sent (for example, it was parsed and serialized again)."
    )
