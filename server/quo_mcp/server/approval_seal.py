"""The seal of a question: the client returns it with the answer, and cannot make or change one.

A preview has a short code instead, because a model copies it into an argument.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import NamedTuple

PREVIEW_PREFIX = "preview-"
CODE_DIGITS = 24  # hexadecimal: 96 bits


class _Sealed(NamedTuple):
    """The content of a seal. expires: Unix seconds."""

    nonce: str
    expires: int
    digest: str


class ApprovalSeal:
    """Seals and unseals the nonce of a question.

    key: shared by all servers that may get the answer. lifetime: seconds until a seal expires.
    """

    def __init__(self, key: bytes, lifetime: float) -> None:
        self._key = key
        self._lifetime = lifetime

    def seal(self, nonce: str, digest: str, *, now: float) -> str:
        """Return the sealed state. digest: of what the question covers. now: Unix seconds."""
        expires = int(now + self._lifetime)
        signature = self._sign(f"{nonce}.{expires}", digest)
        return urlsafe_b64encode(f"{nonce}.{expires}.{digest}.{signature}".encode()).decode()

    def unseal(self, state: str, digest: str, *, now: float) -> str | None:
        """Return the nonce of a state that was sealed for the same digest, unless it has expired."""
        sealed = self._open(state)
        if sealed is None or sealed.digest != digest or now > sealed.expires:
            return None
        return sealed.nonce

    def nonce_of(self, state: str) -> str | None:
        """Return the nonce of a state of ours, whatever its digest and however old. Only for a refusal."""
        sealed = self._open(state)
        return sealed.nonce if sealed else None

    def _open(self, state: str) -> "_Sealed | None":
        """Return what a state contains; None if no server with this key sealed it."""
        try:
            text = urlsafe_b64decode(state.encode()).decode()
            nonce, expires, digest, signature = text.split(".")
            sealed = _Sealed(nonce, int(expires), digest)
        except ValueError:
            return None
        expected = self._sign(f"{nonce}.{expires}", digest)
        return sealed if hmac.compare_digest(signature.encode(), expected.encode()) else None

    def preview_code(self, digest: str, *, now: float) -> str:
        """Return the code of a preview: it covers one digest, and expires like a seal."""
        return self._code(f"{int(now + self._lifetime):x}", digest)

    def is_valid_code(self, code: str, digest: str, *, now: float) -> bool:
        """Return whether a code is that of a preview of the same digest, and has not expired."""
        expires = code.removeprefix(PREVIEW_PREFIX).partition("-")[0]
        try:
            is_fresh = now <= int(expires, 16)
        except ValueError:
            return False
        expected = self._code(expires, digest)
        return is_fresh and hmac.compare_digest(code.encode(), expected.encode())

    def _code(self, expires: str, digest: str) -> str:
        signature = self._sign(f"{PREVIEW_PREFIX}{expires}", digest)[:CODE_DIGITS]
        return f"{PREVIEW_PREFIX}{expires}-{signature}"

    def _sign(self, claim: str, digest: str) -> str:
        return hmac.new(self._key, f"{claim}|{digest}".encode(), hashlib.sha256).hexdigest()
