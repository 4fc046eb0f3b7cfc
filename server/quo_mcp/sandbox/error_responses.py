"""The bodies of errors: Quo's two shapes and Maton's four, plus what a proxy says in between.

Quo documents {message, code, status, docs, title, trace?, errors?}; its live API has also been
seen to answer {"error": {message, key, trace}}. Maton's bodies are, by layer: authentication
(nested), routes (flat), the framework's default and its validation.
"""

from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus

from quo_mcp.sandbox.http import Json, Refused, Reply

TRACE = "5b0f7e1c92d84a36"


def phrase(status: int) -> str:
    """Also of one that only some proxies know, like 520."""
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown Error"


def quo_error(
    status: int,
    resource: str,
    message: str,
    *,
    code: str | None = None,
    title: str | None = None,
    errors: list[Json] | None = None,
) -> Reply:
    """Quo's documented error. `resource` is the code's first two digits (02 messages, 08 contacts, …)."""
    default = f"{resource}01500" if status == 500 else f"{resource}00{status}"
    body: Json = {
        "message": message,
        "code": code or default,
        "status": status,
        "docs": "https://quo.com/docs",
        "title": title or ("Unknown" if status == 500 else phrase(status)),
        "trace": TRACE,
    }
    if errors:
        body["errors"] = errors
    return Reply.of(body, status)


def not_found(resource: str, what: str) -> Refused:
    return Refused(quo_error(404, resource, f"{what} not found"))


def not_a_member(code: str) -> Refused:
    return Refused(
        quo_error(
            403,
            code[:2],
            "The user is not a user of this phone number",
            code=code,
            title="Not Phone Number User",
        )
    )


def nested(status: int, message: str) -> Reply:
    return Reply.of({"error": {"message": message, "type": phrase(status), "code": status}}, status)


def flat(status: int, message: str) -> Reply:
    return Reply.of({"message": message, "type": phrase(status), "code": status}, status)


def unrouted() -> Reply:
    return Reply.of({"detail": "Not Found"}, 404)


def invalid(*problems: tuple[list[str], str, str]) -> Reply:
    """The framework's validation error: (where, message, kind) for each problem."""
    return Reply.of(
        {"detail": [{"loc": loc, "msg": msg, "type": kind} for loc, msg, kind in problems]}, 422
    )


def page(status: int) -> Reply:
    """What a load balancer says when the service behind it does not answer."""
    title = f"{status} {phrase(status)}"
    html = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    )
    return Reply.text(html, status, "text/html")


def styled(style: str, status: int, details: Json) -> Reply:
    """An error in one of the STYLES, for faults on request. Raises KeyError for any other."""
    return STYLES[style](status, str(details.get("message", phrase(status))), details)


def _documented(status: int, message: str, details: Json) -> Reply:
    resource, code, title = details.get("resource", "02"), details.get("code"), details.get("title")
    return quo_error(status, resource, message, code=code, title=title)


def _live(status: int, message: str, _details: Json) -> Reply:
    key = phrase(status).replace(" ", "")
    return Reply.of({"error": {"message": message, "key": key, "trace": TRACE}}, status)


def _validation(status: int, message: str, _details: Json) -> Reply:
    return replace(invalid((["body"], message, "value_error")), status=status)


STYLES: dict[str, Callable[[int, str, Json], Reply]] = {
    "quo": _documented,
    "quo_live": _live,
    "nested": lambda status, message, _: nested(status, message),
    "flat": lambda status, message, _: flat(status, message),
    "detail": lambda status, message, _: Reply.of({"detail": message}, status),
    "detail_list": _validation,
    "html": lambda status, _, __: page(status),
    "text": lambda status, message, _: Reply.text(message, status),
    "empty": lambda status, _, __: Reply(status),
}
