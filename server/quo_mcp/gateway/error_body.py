"""Parses the error bodies of the gateway and of Quo into one shape. Pure.

sender   body                                                        origin
gateway  {"error": {"message", "type", "code": 401}}                 its authorization
gateway  {"message", "type": "Not Found", "code": 404}               its routes; the code is the status
gateway  {"detail": "Not Found"}, {"detail": [{"loc", "msg"}]}       its web framework
gateway  Internal Server Error                                       often an expired authorization
quo      {"message", "code": "0206400", "title", "errors": [...]}    Quo's contract; the code is text
quo      {"error": {"message", "key": "Unauthorized", "trace"}}      observed, not in the contract
quo      error code: 1010                                            Cloudflare, in front of Quo
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from quo_mcp.gateway.decoding import UnreadableReply, parse_json
from quo_mcp.gateway.redaction import redact


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """A parsed error body; all texts are redacted.

    source: "gateway", "quo", or None if the body does not tell.
    message: the message, or "" if there is none that can be quoted.
    code: the error code of Quo or of the gateway, or None.
    field_errors: the path of each invalid field and its message; one of the two may be "".
    is_web_page: whether the body is HTML, which neither Quo nor the gateway sends.
    """

    source: str | None = None
    message: str = ""
    code: str | None = None
    field_errors: tuple[tuple[str, str], ...] = ()
    is_web_page: bool = False

    def matches(self, *patterns: str) -> bool:
        """Whether the message matches one of the regular expressions, ignoring case."""
        return any(re.search(pattern, self.message, re.IGNORECASE) for pattern in patterns)


def parse_error_body(status: int, body: bytes, secrets: Iterable[str] = ()) -> ErrorBody:
    """Return the parsed `body`; never raises. HTML is not quoted, since it can come from anyone."""
    secrets = tuple(secrets)
    try:
        data = parse_json(body)
    except UnreadableReply:
        return _parse_plain_text(body, secrets)
    if isinstance(data, str):
        data = {"message": data}
    if not isinstance(data, Mapping):
        return ErrorBody()
    inner = data.get("error")
    if isinstance(inner, str) and "message" not in data:
        inner = {"message": inner}
    fields = inner if isinstance(inner, Mapping) else data
    detail = data.get("detail")
    code = fields.get("code")
    return ErrorBody(
        source=_source(status, fields, detail),
        message=_message(fields, detail, secrets),
        code=redact(_as_text(code), 40, secrets) or None,
        field_errors=_field_errors(fields.get("errors"), secrets) + _field_errors(detail, secrets),
    )


def _source(status: int, fields: Mapping[str, object], detail: object) -> str | None:
    code = fields.get("code")
    if detail is not None and "message" not in fields:
        return "gateway"
    if type(code) is int and code == status and "title" not in fields and "key" not in fields:
        return "gateway"
    if isinstance(code, str) or {"title", "docs", "trace", "key", "errors"} & fields.keys():
        return "quo"
    return None


def _message(fields: Mapping[str, object], detail: object, secrets: tuple[str, ...]) -> str:
    values = [fields.get("title"), fields.get("message"), fields.get("description"), detail]
    parts = [redact(value, 200, secrets) for value in values if isinstance(value, str)]
    return redact(": ".join(dict.fromkeys(filter(None, parts))))


def _field_errors(errors: object, secrets: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Parse Quo's {"path", "message"} and the gateway framework's {"loc": [...], "msg"}."""
    field_errors = []
    for error in errors[:5] if isinstance(errors, list) else []:
        if not isinstance(error, Mapping):
            continue
        path = error.get("path", error.get("loc", ""))
        if isinstance(path, list):
            path = ".".join(_as_text(step) for step in path[:8])
        message = error.get("message", error.get("msg", ""))
        field_errors.append(
            (redact(_as_text(path), 60, secrets), redact(_as_text(message), 60, secrets))
        )
    return tuple(field_error for field_error in field_errors if any(field_error))


def _as_text(value: object) -> str:
    """Return texts and small integers as text, and "" for others.

    Python refuses to convert an integer with thousands of digits.
    """
    if isinstance(value, int) and abs(value) < 10**9:
        return str(value)
    return value if isinstance(value, str) else ""


def _parse_plain_text(body: bytes, secrets: tuple[str, ...]) -> ErrorBody:
    if is_web_page(body):
        return ErrorBody(is_web_page=True)
    text = body[:4_000].decode("utf-8-sig", "replace").strip()
    if cloudflare_error := re.fullmatch(r"error code: ([0-9]{4})", text):
        return ErrorBody("quo", text, cloudflare_error[1])
    if text == "Internal Server Error":
        return ErrorBody("gateway", text)
    return ErrorBody(message=redact(text, 200, secrets))


def is_web_page(body: bytes) -> bool:
    text = body[:4_000].decode("utf-8-sig", "replace").lstrip()
    return (
        text.startswith("<") or re.search(r"<(html|body|head)\b", text, re.IGNORECASE) is not None
    )
