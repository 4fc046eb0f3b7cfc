"""Which person a request comes from, as `sign_in` left it in the HTTP request."""

from typing import Any

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken

from quo_mcp.values.principal import Principal

IS_OPERATOR = "quo_mcp.is_operator"
"""The entry of an ASGI scope that marks a request with the static token, which is not a person's."""


class SignedInUser(AuthenticatedUser):
    """The user of a request, as the SDK keeps sessions apart by it. The token itself is not kept."""

    def __init__(self, principal: Principal, client_id: str, issuer: str) -> None:
        self.principal = principal
        super().__init__(
            AccessToken(
                token="",
                client_id=client_id,
                scopes=sorted(principal.scopes),
                subject=principal.subject,
                claims={"iss": issuer},
            )
        )


def principal_of(request: Any) -> Principal | None:
    """Return who an HTTP request comes from; None for the operator, who uses the static token or stdio.

    Raises:
        RuntimeError: the request did not pass `SignIn`.
    """
    if request is None:
        return None  # stdio: the user who starts the process also controls its settings
    user = request.scope.get("user")
    if isinstance(user, SignedInUser):
        return user.principal
    if request.scope.get(IS_OPERATOR) is True:
        return None
    raise RuntimeError("a request has no principal")
