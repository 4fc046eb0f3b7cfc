"""The routes of Quo's v1 API."""

from collections.abc import Callable

from quo_mcp.sandbox import calls, contacts, conversations, messages, tasks, webhooks, workspace
from quo_mcp.sandbox.http import Request, Response
from quo_mcp.sandbox.state import SandboxState

Handler = Callable[[SandboxState, Request], Response]

ROUTES: dict[tuple[str, str], Handler] = {
    **workspace.ROUTES,
    **messages.ROUTES,
    **calls.ROUTES,
    **contacts.ROUTES,
    **conversations.ROUTES,
    **tasks.ROUTES,
    **webhooks.ROUTES,
}


def match_path(template: str, path: list[str]) -> dict[str, str] | None:
    """Return the parameters of a path template (`messages/{id}`), or None if it does not match."""
    parts = template.split("/")
    if len(parts) != len(path):
        return None
    path_params = {}
    for part, segment in zip(parts, path, strict=True):
        if part.startswith("{"):
            path_params[part[1:-1]] = segment
        elif part != segment:
            return None
    return path_params


def handle(state: SandboxState, request: Request, path: list[str]) -> Response:
    """Return Quo's response; `path` holds the segments after /v1/.

    Of several matching templates, the one with the fewest parameters applies.
    """
    matches = [
        (len(path_params), handler, path_params)
        for (method, template), handler in ROUTES.items()
        if method == request.method and (path_params := match_path(template, path)) is not None
    ]
    if not matches:
        body = {"message": "Not Found", "statusCode": 404, "error": "Not Found"}
        return Response.from_json(body, 404)
    _, handler, path_params = min(matches, key=lambda match: match[0])
    return handler(state, request.with_path_params(**path_params))
