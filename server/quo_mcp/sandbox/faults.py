"""Misbehaviour on request: what networks, proxies and services do on their bad days."""

import gzip
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any

from quo_mcp.sandbox import fault_validation
from quo_mcp.sandbox.error_responses import STYLES, flat, page, styled
from quo_mcp.sandbox.http import Dropped, Json, Reply, Request, iso
from quo_mcp.sandbox.state import World

PROSE = {"text", "content", "transcript", "title", "name", "firstName", "lastName", "description"}


@dataclass
class Fault:
    """One way to misbehave, at requests that fit, so many times (None: for good).

    `path` is a prefix (`/quo/v1/messages`) or, where it is none, a regular expression that the
    whole path must match. `seconds` delays every kind; for `late_commit` and `list_lag` it is
    instead how late the text appears. The first fault on the list that fits is the one that happens.

    | kind | before Quo acts | and then |
    |---|---|---|
    | latency | | the reply, late |
    | rate_limited | 429, with `retry_after` if given | |
    | error_before | `status` in `style` (refusals.STYLES) with `details` | |
    | error_after | | acts, then `status` in `style` |
    | dropped | the connection drops | |
    | lost_reply | | acts, then the connection drops |
    | late_commit | `status`, or drops if it is 0; Quo acts `seconds` later | |
    | list_lag | | acts; the text is in lists only `seconds` later |
    | html | a proxy's page with `status` | |
    | redirect | 302 to `to` | |
    | stale_connection | 500 in plain text, for good reason: its token has expired | |
    | truncated, empty, bad_json, wrong_types, lone_surrogate | | acts, then spoils the reply |
    | drip | | acts, then sends `size` bytes every `interval` seconds |
    | huge, gzip_bomb | a reply of `size` bytes (when unpacked) | |
    """

    kind: str
    method: str | None = None
    path: str | None = None
    times: int | None = 1
    seconds: float = 0.0
    status: int = 502
    style: str = "html"
    details: Json | None = None
    retry_after: str | None = None
    to: str = "https://elsewhere.example.com/"
    size: int = 1
    interval: float = 0.0

    def __post_init__(self) -> None:
        for what, given, there in (("kind", self.kind, KINDS), ("style", self.style, STYLES)):
            if given not in tuple(there):  # which takes a list, say, for a stranger too
                raise ValueError(
                    f"no such {what} of fault: {given!r}; there are {', '.join(there)}"
                )
        drops = self.kind == "late_commit" and self.status == 0
        fault_validation.check(vars(self) | ({"status": 502} if drops else {}))

    @classmethod
    def of(cls, told: Any) -> "Fault":
        """Of what came as JSON. Raises ValueError with a sentence where that makes none."""
        return cls(**fault_validation.known(told, tuple(each.name for each in fields(cls))))

    def fits(self, request: Request) -> bool:
        if self.times == 0 or self.method not in (None, request.method):
            return False
        path = self.path
        return (
            path is None or request.path.startswith(path) or bool(re.fullmatch(path, request.path))
        )


Act = Callable[[], Reply]


@dataclass(frozen=True)
class Scene:
    """Where a fault happens: the request, what the world would do about it, and the world."""

    request: Request
    act: Act
    world: World
    sleep: Callable[[float], Awaitable[object]]


async def happen(fault: Fault, scene: Scene) -> Reply:
    """The reply that the fault leaves; raises Dropped where none is left."""
    if fault.times is not None:
        fault.times -= 1
    if fault.seconds and fault.kind not in {"late_commit", "list_lag"}:
        await scene.sleep(fault.seconds)
    return KINDS[fault.kind](fault, scene)


def _acted(_fault: Fault, scene: Scene) -> Reply:
    return scene.act()


def _rate_limited(fault: Fault, _scene: Scene) -> Reply:
    reply = flat(429, "Rate limit exceeded")
    return reply if fault.retry_after is None else _with(reply, "retry-after", fault.retry_after)


def _with(reply: Reply, name: str, value: str) -> Reply:
    return replace(reply, headers={**reply.headers, name: value})


def _error_before(fault: Fault, _scene: Scene) -> Reply:
    return styled(fault.style, fault.status, fault.details or {})


def _error_after(fault: Fault, scene: Scene) -> Reply:
    scene.act()
    return styled(fault.style, fault.status, fault.details or {})


def _dropped(_fault: Fault, _scene: Scene) -> Reply:
    raise Dropped("the connection was dropped before the request was acted on")


def _lost_reply(_fault: Fault, scene: Scene) -> Reply:
    scene.act()
    raise Dropped("the connection was dropped after the request was acted on")


def _late_commit(fault: Fault, scene: Scene) -> Reply:
    at = scene.world.now() + timedelta(seconds=fault.seconds)
    scene.world.later(at, lambda _: scene.act())
    if fault.status == 0:
        raise Dropped("the connection was dropped; the request is acted on later")
    return styled(fault.style, fault.status, fault.details or {})


def _list_lag(fault: Fault, scene: Scene) -> Reply:
    known = len(scene.world.ledger)
    reply = scene.act()
    visible = iso(scene.world.now() + timedelta(seconds=fault.seconds))
    for entry in scene.world.ledger[known:]:
        scene.world.listed_from[entry["id"]] = visible
    return reply


def _html(fault: Fault, _scene: Scene) -> Reply:
    return page(fault.status)


def _redirect(fault: Fault, _scene: Scene) -> Reply:
    return Reply(302, headers={"location": fault.to})


def _stale(_fault: Fault, _scene: Scene) -> Reply:
    return Reply.text("Internal Server Error", 500)


def _truncated(_fault: Fault, scene: Scene) -> Reply:
    reply = scene.act()
    return replace(reply, body=reply.body[: len(reply.body) // 2])


def _empty(_fault: Fault, scene: Scene) -> Reply:
    return replace(scene.act(), body=b"")


def _bad_json(_fault: Fault, scene: Scene) -> Reply:
    reply = scene.act()
    return replace(reply, body=b'{"data": [NaN, }') if reply.body else reply


def _rewritten(reply: Reply, change: Callable[[str, Any], Any]) -> Reply:
    """The reply with every leaf of its document changed; `change` is given its key and value.

    One that holds no document stays as it is.
    """

    def walk(key: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: walk(name, each) for name, each in value.items()}
        if isinstance(value, list):
            return [walk(key, each) for each in value]
        return change(key, value)

    if reply.media != "application/json":
        return reply
    return Reply.of(walk("", reply.document()), reply.status, reply.headers)


def _wrong_types(_fault: Fault, scene: Scene) -> Reply:
    def wrong(_key: str, value: Any) -> Any:
        if isinstance(value, str):
            return {"value": value}
        return [] if value is None else str(value)

    return _rewritten(scene.act(), wrong)


def _lone_surrogate(_fault: Fault, scene: Scene) -> Reply:
    def broken(key: str, value: Any) -> Any:
        return f"{value}\ud83d" if key in PROSE and isinstance(value, str) else value

    return _rewritten(scene.act(), broken)


def _huge(fault: Fault, _scene: Scene) -> Reply:
    return Reply.of({"data": [], "padding": "x" * fault.size})


def _gzip_bomb(fault: Fault, _scene: Scene) -> Reply:
    document = json.dumps({"data": [], "padding": "0" * fault.size}).encode()
    return Reply(200, gzip.compress(document), "application/json", {"content-encoding": "gzip"})


KINDS: dict[str, Callable[[Fault, Scene], Reply]] = {
    "latency": _acted,
    "rate_limited": _rate_limited,
    "error_before": _error_before,
    "error_after": _error_after,
    "dropped": _dropped,
    "lost_reply": _lost_reply,
    "late_commit": _late_commit,
    "list_lag": _list_lag,
    "html": _html,
    "redirect": _redirect,
    "stale_connection": _stale,
    "truncated": _truncated,
    "empty": _empty,
    "bad_json": _bad_json,
    "wrong_types": _wrong_types,
    "lone_surrogate": _lone_surrogate,
    "drip": _acted,
    "huge": _huge,
    "gzip_bomb": _gzip_bomb,
}
