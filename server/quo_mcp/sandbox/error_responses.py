"""Error responses: Quo's two shapes, Maton's four, and those of a proxy in between.

Quo documents {message, code, status, docs, title, trace?, errors?}. Its live API was also seen to
return {"error": {message, key, trace}}. Maton's shapes depend on the layer: nested for
authentication, flat for routes, and the web framework's defaults for routing and validation.
"""

from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus

from quo_mcp.sandbox.http import Json, RejectedRequest, Response

TRACE = "5b0f7e1c92d84a36"


def reason_phrase(status: int) -> str:
    """Return the status's phrase; "Unknown Error" for a nonstandard one, such as 520."""
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown Error"


def quo_error(
    status: int,
    resource: str,
    message: str,
    *,
    code: str | None = None,
    title: str | None = None,
    errors: list[Json] | None = None,
) -> Response:
    """Return an error in Quo's documented shape.

    `resource` is the first two digits of the code (02 messages, 08 contacts, …).
    """
    default_code = f"{resource}01500" if status == 500 else f"{resource}00{status}"
    body: Json = {
        "message": message,
        "code": code or default_code,
        "status": status,
        "docs": "https://quo.com/docs",
        "title": title or ("Unknown" if status == 500 else reason_phrase(status)),
        "trace": TRACE,
    }
    if errors:
        body["errors"] = errors
    return Response.from_json(body, status)


def not_found(resource: str, noun: str) -> RejectedRequest:
    return RejectedRequest(quo_error(404, resource, f"{noun} not found"))


def not_a_member(code: str) -> RejectedRequest:
    return RejectedRequest(
        quo_error(
            403,
            code[:2],
            "The user is not a user of this phone number",
            code=code,
            title="Not Phone Number User",
        )
    )


def nested_error(status: int, message: str) -> Response:
    return Response.from_json(
        {"error": {"message": message, "type": reason_phrase(status), "code": status}}, status
    )


def flat_error(status: int, message: str) -> Response:
    return Response.from_json(
        {"message": message, "type": reason_phrase(status), "code": status}, status
    )


def route_not_found() -> Response:
    return Response.from_json({"detail": "Not Found"}, 404)


def validation_error(*problems: tuple[list[str], str, str]) -> Response:
    """Return the web framework's validation error. Each problem is (location, message, type)."""
    return Response.from_json(
        {
            "detail": [
                {"loc": location, "msg": message, "type": type_}
                for location, message, type_ in problems
            ]
        },
        422,
    )


def proxy_page(status: int) -> Response:
    """Return a load balancer's page for a service that does not respond."""
    title = f"{status} {reason_phrase(status)}"
    html = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    )
    return Response.from_text(html, status, "text/html")


def error_in_style(style: str, status: int, details: Json) -> Response:
    """Return an error in one of the STYLES. Raises KeyError if the style is unknown."""
    return STYLES[style](status, str(details.get("message", reason_phrase(status))), details)


def _quo_style(status: int, message: str, details: Json) -> Response:
    resource, code, title = details.get("resource", "02"), details.get("code"), details.get("title")
    return quo_error(status, resource, message, code=code, title=title)


def _quo_live_style(status: int, message: str, _details: Json) -> Response:
    key = reason_phrase(status).replace(" ", "")
    return Response.from_json({"error": {"message": message, "key": key, "trace": TRACE}}, status)


def _detail_list_style(status: int, message: str, _details: Json) -> Response:
    return replace(validation_error((["body"], message, "value_error")), status=status)


STYLES: dict[str, Callable[[int, str, Json], Response]] = {
    "quo": _quo_style,
    "quo_live": _quo_live_style,
    "nested": lambda status, message, _: nested_error(status, message),
    "flat": lambda status, message, _: flat_error(status, message),
    "detail": lambda status, message, _: Response.from_json({"detail": message}, status),
    "detail_list": _detail_list_style,
    "html": lambda status, _, __: proxy_page(status),
    "text": lambda status, message, _: Response.from_text(message, status),
    "empty": lambda status, _, __: Response(status),
}
