"""Sign-in over HTTP: every request to the endpoint carries an access token, or the static token of the settings.

A request without one learns where to get one: the 401 names the metadata (RFC 9728), and the metadata names the issuer.
"""

import hmac
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from quo_mcp.config.settings import Settings
from quo_mcp.server.auth.access_tokens import AccessTokens, InvalidToken
from quo_mcp.server.auth.issuer_keys import (
    MIN_INTERVAL,
    IssuerKeys,
    IssuerUnavailable,
    document_reader,
)
from quo_mcp.server.auth.principal_lookup import IS_OPERATOR, SignedInUser
from quo_mcp.server.auth.scopes import ALL_SCOPES, READ, SCOPE_OF_TOOL, USUAL_SCOPES
from quo_mcp.server.open_paths import OPEN_PATHS
from quo_mcp.values.principal import Principal

WELL_KNOWN = "/.well-known/oauth-protected-resource"


class SignIn:
    """The ASGI app that lets in only requests with a valid token, and serves the metadata."""

    def __init__(self, app: ASGIApp, settings: Settings, tokens: AccessTokens) -> None:
        self._app = app
        self._tokens = tokens
        self._issuer = settings.oauth_issuer or ""
        resource = settings.public_url or ""
        parts = urlsplit(resource)
        self._metadata_url = f"{parts.scheme}://{parts.netloc}{WELL_KNOWN}{parts.path}"
        self._metadata_paths = {WELL_KNOWN, f"{WELL_KNOWN}{parts.path}", f"{WELL_KNOWN}/mcp"}
        # Not the SDK's model, which adds a slash to the issuer; clients compare it exactly.
        self._metadata = {
            "resource": resource,
            "authorization_servers": [self._issuer],
            "scopes_supported": list(ALL_SCOPES),
            "bearer_methods_supported": ["header"],
            "resource_name": "Quo",
        }
        token = settings.http_token
        self._static_token = token.get_secret_value().encode() if token else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS:
            await self._app(scope, receive, send)
            return
        if scope["path"] in self._metadata_paths:
            await self._describe(scope)(scope, receive, send)
            return
        headers = Headers(scope=scope)
        scheme, _, token = headers.get("authorization", "").partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            await self._challenge(401, scopes=USUAL_SCOPES)(scope, receive, send)
            return
        if self._static_token and hmac.compare_digest(token.encode(), self._static_token):
            await self._app({**scope, IS_OPERATOR: True}, receive, send)
            return
        try:
            verified = await self._tokens.verify(token)
        except InvalidToken as error:
            response = self._challenge(401, "invalid_token", str(error))
        except IssuerUnavailable:
            response = _unavailable()
        else:
            missing = self._missing_scopes(verified.principal, headers)
            if not missing:
                user = SignedInUser(verified.principal, verified.client_id, self._issuer)
                await self._app({**scope, "user": user}, receive, send)
                return
            description = f"Required scope: {' '.join(missing)}"
            response = self._challenge(403, "insufficient_scope", description, missing)
        await response(scope, receive, send)

    @staticmethod
    def _missing_scopes(principal: Principal, headers: Headers) -> list[str]:
        """Return the scopes that the token lacks for any call, and for the tool that the headers name."""
        required = [READ, SCOPE_OF_TOOL.get(headers.get("mcp-name", ""), READ)]
        return [*dict.fromkeys(scope for scope in required if scope not in principal.scopes)]

    def _describe(self, scope: Scope) -> Response:
        allowed = {"Access-Control-Allow-Origin": "*"}
        if scope["method"] == "OPTIONS":
            headers = {
                "Access-Control-Allow-Methods": "GET",
                "Access-Control-Allow-Headers": "mcp-protocol-version",
            }
            return Response(status_code=204, headers=allowed | headers)
        if scope["method"] not in {"GET", "HEAD"}:
            return Response(status_code=405, headers=allowed | {"Allow": "GET"})
        return JSONResponse(
            self._metadata, headers=allowed | {"Cache-Control": "public, max-age=300"}
        )

    def _challenge(
        self,
        status: int,
        error: str | None = None,
        description: str = "Sign in to use this server",
        scopes: Sequence[str] = (),
    ) -> Response:
        """Return a refusal that tells the client how to get a token that is accepted (RFC 6750 §3)."""
        parameters = {
            "error": error,
            "error_description": error and description,
            "scope": " ".join(scopes),
            "resource_metadata": self._metadata_url,
        }
        challenge = ", ".join(f'{name}="{value}"' for name, value in parameters.items() if value)
        body = {"error": error or "unauthorized", "error_description": f"{description}."}
        return JSONResponse(body, status, {"WWW-Authenticate": f"Bearer {challenge}"})


def _unavailable() -> Response:
    body = {
        "error": "temporarily_unavailable",
        "error_description": "The sign-in cannot be checked: the identity provider's keys cannot be read. Try again in a minute.",
    }
    return JSONResponse(body, 503, {"Retry-After": f"{MIN_INTERVAL:.0f}"})


def require_sign_in(app: ASGIApp, settings: Settings) -> ASGIApp:
    """Return the app behind the sign-in that the settings describe."""
    issuer = settings.oauth_issuer or ""
    tokens = AccessTokens(
        IssuerKeys(issuer, fetch=document_reader(settings.network)),
        issuer=issuer,
        resource=settings.public_url or "",
        email_claim=settings.oauth_email_claim,
        groups_claim=settings.oauth_groups_claim,
    )
    return SignIn(app, settings, tokens)
