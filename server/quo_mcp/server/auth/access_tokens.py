"""Reads who a request comes from out of its access token, a JWT (RFC 9068) that the issuer signed for this server."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from quo_mcp.server.auth.issuer_keys import ALGORITHMS, IssuerKeys
from quo_mcp.values.principal import Principal

LEEWAY = 60  # seconds that the issuer's clock may differ from ours
MAX_TOKEN_LENGTH = 16_000


class InvalidToken(Exception):  # noqa: N818 - named without "Error", like all our errors
    """The token does not let anyone in. The message says why, and quotes nothing of the token."""


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """What a token says. client_id: the program that it was issued to."""

    principal: Principal
    client_id: str


class AccessTokens:
    """Verifies access tokens.

    issuer: as in the tokens. resource: our URL as clients see it, which the tokens have as an audience.
    """

    def __init__(
        self, keys: IssuerKeys, *, issuer: str, resource: str, email_claim: str, groups_claim: str
    ) -> None:
        self._keys = keys
        self._issuer = issuer
        # RFC 3986 §6.2.3 makes both the same only for a path that is empty, but issuers differ in the slash.
        self._audience = [resource, f"{resource}/"]
        self._email_claim = email_claim
        self._groups_claim = groups_claim

    async def verify(self, token: str) -> VerifiedToken:
        """Return what a token says.

        Raises:
            InvalidToken: the token is not one that the issuer signed for this server, or has expired.
            IssuerUnavailable: the issuer's keys could not be read.
        """
        if len(token) > MAX_TOKEN_LENGTH:
            raise InvalidToken("The token is too long")
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.InvalidTokenError, ValueError):
            raise InvalidToken("The token is not a JWT") from None
        algorithm, key_id = header.get("alg"), header.get("kid")
        if not isinstance(algorithm, str) or algorithm not in ALGORITHMS or "crit" in header:
            raise InvalidToken("The token is signed in a way that is not accepted")
        key = await self._keys.find(key_id, algorithm)
        if key is None:
            raise InvalidToken("The token is not signed with a key of the issuer")
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=self._audience,
                issuer=self._issuer,
                leeway=LEEWAY,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.ExpiredSignatureError:
            raise InvalidToken("The token has expired") from None
        except jwt.InvalidAudienceError:
            raise InvalidToken("The token was issued for another server") from None
        except (jwt.InvalidTokenError, ValueError, TypeError):
            raise InvalidToken("The token is invalid") from None
        if "cnf" in claims:
            raise InvalidToken(
                "The token is bound to a key of its client; such tokens are not supported"
            )
        if not claims["sub"].strip():
            raise InvalidToken("The token names no subject")
        client_id = claims.get("client_id") or claims.get("azp") or ""
        return VerifiedToken(self._principal(claims), str(client_id))

    def _principal(self, claims: Mapping[str, Any]) -> Principal:
        email = claims.get(self._email_claim)
        is_verified = str(claims.get("email_verified", True)).lower() == "true"
        return Principal(
            subject=claims["sub"],
            email=email.strip().casefold()
            if isinstance(email, str) and "@" in email and is_verified
            else None,
            groups=frozenset(_words(claims.get(self._groups_claim), split=False)),
            scopes=frozenset(
                [*_words(claims.get("scope"), split=True), *_words(claims.get("scp"), split=True)]
            ),
        )


def _words(claim: object, *, split: bool) -> list[str]:
    """Return the entries of a claim: a list, or a string with one entry or, if `split`, several."""
    if isinstance(claim, str):
        return claim.split() if split else [claim]
    return [item for item in claim if isinstance(item, str)] if isinstance(claim, list) else []
