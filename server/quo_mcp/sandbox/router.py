"""Quo's v1 API: which function answers which operation."""

from collections.abc import Callable

from quo_mcp.sandbox import calls, contacts, conversations, messages, tasks, webhooks, workspace
from quo_mcp.sandbox.http import Reply, Request
from quo_mcp.sandbox.state import World

Operation = Callable[[World, Request], Reply]

ROUTES: dict[tuple[str, str], Operation] = {
    **workspace.ROUTES,
    **messages.ROUTES,
    **calls.ROUTES,
    **contacts.ROUTES,
    **conversations.ROUTES,
    **tasks.ROUTES,
    **webhooks.ROUTES,
}


def match(template: str, path: list[str]) -> dict[str, str] | None:
    """What stands in the places of a template (`messages/{id}`), or None if the path is another."""
    parts = template.split("/")
    if len(parts) != len(path):
        return None
    places = {}
    for part, segment in zip(parts, path, strict=True):
        if part.startswith("{"):
            places[part[1:-1]] = segment
        elif part != segment:
            return None
    return places


def answer(world: World, request: Request, path: list[str]) -> Reply:
    """Quo's answer at a path behind /v1/. Of two templates that fit, the one with fewer places wins."""
    found = [
        (len(places), operation, places)
        for (method, template), operation in ROUTES.items()
        if method == request.method and (places := match(template, path)) is not None
    ]
    if not found:
        return Reply.of({"message": "Not Found", "statusCode": 404, "error": "Not Found"}, 404)
    _, operation, places = min(found, key=lambda each: each[0])
    return operation(world, request.at_place(**places))
