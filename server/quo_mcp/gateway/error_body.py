"""The error bodies of the gateway and of Quo, read into one shape. Pure.

who      body                                                        where
gateway  {"error": {"message", "type", "code": 401}}                 its authorization
gateway  {"message", "type": "Not Found", "code": 404}               its routes; the code is the status
gateway  {"detail": "Not Found"}, {"detail": [{"loc", "msg"}]}       its web framework
gateway  Internal Server Error                                       often an expired authorization
quo      {"message", "code": "0206400", "title", "errors": [...]}    by Quo's contract; the code is text
quo      {"error": {"message", "key": "Unauthorized", "trace"}}      as seen live
quo      error code: 1010                                            the network in front of Quo
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from quo_mcp.gateway.decoding import Unreadable, parsed
from quo_mcp.gateway.redaction import clean


@dataclass(frozen=True, slots=True)
class Complaint:
    """source: "gateway", "quo", or None where the body does not tell.

    text: what it says, "" where that is nothing one could quote. code: Quo's or the gateway's.
    faults: the path of each field complained of, and what is wrong with it; one of the two may be "".
    """

    source: str | None = None
    text: str = ""
    code: str | None = None
    faults: tuple[tuple[str, str], ...] = ()

    def says(self, *words: str) -> bool:
        return any(re.search(word, self.text, re.IGNORECASE) for word in words)


def complaint(status: int, body: bytes, secrets: Iterable[str] = ()) -> Complaint:
    """Never raises. HTML is not quoted: it is a page for people, and anyone's."""
    secrets = tuple(secrets)
    try:
        said = parsed(body)
    except Unreadable:
        return _plain(body, secrets)
    if isinstance(said, str):
        said = {"message": said}
    if not isinstance(said, Mapping):
        return Complaint()
    inner = said.get("error")
    if isinstance(inner, str) and "message" not in said:
        inner = {"message": inner}
    fields = inner if isinstance(inner, Mapping) else said
    detail = said.get("detail")
    code = fields.get("code")
    return Complaint(
        source=_source(status, fields, detail),
        text=_text(fields, detail, secrets),
        code=clean(_word(code), 40, secrets) or None,
        faults=_faults(fields.get("errors"), secrets) + _faults(detail, secrets),
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


def _text(fields: Mapping[str, object], detail: object, secrets: tuple[str, ...]) -> str:
    said = [fields.get("title"), fields.get("message"), fields.get("description"), detail]
    parts = [clean(each, 200, secrets) for each in said if isinstance(each, str)]
    return clean(": ".join(dict.fromkeys(filter(None, parts))))


def _faults(errors: object, secrets: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Of Quo's {"path", "message"} and of the framework's {"loc": [...], "msg"}."""
    found = []
    for each in errors[:5] if isinstance(errors, list) else []:
        if not isinstance(each, Mapping):
            continue
        where = each.get("path", each.get("loc", ""))
        if isinstance(where, list):
            where = ".".join(_word(step) for step in where[:8])
        what = each.get("message", each.get("msg", ""))
        found.append((clean(_word(where), 60, secrets), clean(_word(what), 60, secrets)))
    return tuple(each for each in found if any(each))


def _word(value: object) -> str:
    """Text and small numbers as text; a number of thousands of digits has none in Python."""
    if isinstance(value, int) and abs(value) < 10**9:
        return str(value)
    return value if isinstance(value, str) else ""


def _plain(body: bytes, secrets: tuple[str, ...]) -> Complaint:
    text = body[:4_000].decode("utf-8-sig", "replace").strip()
    if text.startswith("<") or re.search(r"<(html|body|head)\b", text, re.IGNORECASE):
        return Complaint()
    if blocked := re.fullmatch(r"error code: ([0-9]{4})", text):
        return Complaint("quo", text, blocked[1])
    if text == "Internal Server Error":
        return Complaint("gateway", text)
    return Complaint(text=clean(text, 200, secrets))
