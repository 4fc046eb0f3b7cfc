"""A reply that is no success, as an error that says what to do next. Pure.

What the other side says stands in «guillemets», cleaned and cut; the rest is ours. Quo's codes
have moved between versions of its contract, so its words are looked at as well.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import NamedTuple

from quo_mcp.errors import (
    AccessDenied,
    Conflict,
    GatewayError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    RequestRefused,
    Unavailable,
)
from quo_mcp.gateway.argument_names import mending
from quo_mcp.gateway.error_body import Complaint, complaint
from quo_mcp.gateway.retry import span

_RENEW = (
    "person must renew it: look with quo_list_connections, make a new one with "
    "quo_create_connection, open its link"
)
_CONNECT = "Look with quo_list_connections; if none is ACTIVE, make one with quo_create_connection"
_URL = "A person should check the gateway's URL (QUO_MCP_GATEWAY_URL or QUO_MCP_BASE_URL)"
LOOK = "Look whether it took effect (list or read it) before repeating it"
_FRESH = "Take the id as it stands in a fresh list or search result"
_QUOTED = 200
_WHOLE = 400


def fault(
    status: int,
    body: bytes,
    method: str,
    *,
    control: bool = False,
    retry_after: float | None = None,
    secrets: Iterable[str] = (),
) -> GatewayError:
    """The error for a reply that is no success.

    control: it came from the control plane, so Quo did not say it.
    retry_after: what the Retry-After header comes to, in seconds.
    """
    said = complaint(status, body, secrets)
    if control:
        said = replace(said, source="gateway")
    source = said.source or ("gateway" if status >= 500 else "quo")
    kind, what, then = _reading(status, said, method, control=control)
    if kind is RateLimited:
        then = f"Wait {span(retry_after)}" if retry_after else "Wait a second"
        return RateLimited(
            sentence(what, said.text, f"{then}, then call again"),
            status=status,
            source=source,
            code=said.code,
            retry_after=retry_after,
        )
    return kind(sentence(what, said.text, then), status=status, source=source, code=said.code)


def sentence(what: str, quoted: str, then: str) -> str:
    """What happened, what the other side says of it, and what to do next."""
    room = min(_QUOTED, _WHOLE - len(what) - len(then) - 10)
    if quoted and len(quoted) > room:
        quoted = quoted[: room - 1].rstrip() + "…"
    return f"{what}: «{quoted}». {then}." if quoted else f"{what}. {then}."


class _Reading(NamedTuple):
    kind: type[GatewayError]
    what: str
    then: str


def _reading(status: int, said: Complaint, method: str, *, control: bool) -> _Reading:
    if status >= 500 or status in {408, 425} or status < 400:
        return _undecided(status, said, method)
    if control and status == 404:
        return _Reading(
            NotFound, "There is no such connection", "List them with quo_list_connections"
        )
    if status in _BY_WORDS:
        return _BY_WORDS[status](said)
    return _BY_STATUS.get(status) or _refused(status, said)


_BY_STATUS = {
    409: _Reading(
        Conflict,
        "This clashes with what is there already",
        "Read the present state, then decide whether the call is still needed",
    ),
    412: _Reading(AccessDenied, "The gateway found no connection to Quo for this", _CONNECT),
    413: _Reading(RequestRefused, "The request is too large", "Send less at once"),
    429: _Reading(RateLimited, "Too many requests in a short time; this one was turned away", ""),
}


def _undecided(status: int, said: Complaint, method: str) -> _Reading:
    """The server failed, gave up, or pointed elsewhere; a write may have been done before that.

    The gateway's 500 is often an authorization that has expired; one that Quo words itself never is.
    """
    expired = status == 500 and said.source != "quo"
    if method != "GET":
        what = f"The request was sent and answered with HTTP {status}, so its outcome is not known"
        stays = ". If this stays, the connection's authorization may have expired: see "
        then = f"{LOOK}{stays}quo_list_connections" if expired else LOOK
        return _Reading(OutcomeUnknown, what, then)
    if status < 400:
        return _Reading(
            AccessDenied,
            f"The gateway points to another address (HTTP {status}), which is not followed",
            _URL,
        )
    if said.source == "quo":
        return _Reading(Unavailable, f"Quo failed (HTTP {status})", "Try again in a minute")
    if expired:
        return _Reading(
            Unavailable,
            "The gateway failed (HTTP 500), often because the connection's authorization expired",
            f"Try once more later; if it stays so, a {_RENEW}",
        )
    return _Reading(
        Unavailable, f"Quo cannot be reached just now (HTTP {status})", "Try again in a minute"
    )


def _bad_request(said: Complaint) -> _Reading:
    if said.code == "0206400" or said.says(r"\bA2P\b", r"\b10DLC\b"):
        return _Reading(
            AccessDenied,
            "Texts to US numbers need an approved A2P (10DLC) registration, and this workspace has none",
            "A person must register in Quo's settings; nothing was sent, and repeating does not help",
        )
    if said.code == "0101400" or said.says("too many participants"):
        return _Reading(
            RequestRefused,
            "Too many participants",
            "Calls are listed for exactly one; messages for at most ten",
        )
    if said.source == "gateway" and said.says("connection"):
        return _Reading(
            AccessDenied,
            "The gateway has no Quo connection to use",
            _CONNECT,
        )
    if said.source == "gateway" and said.says("app name"):  # which is a part of the address
        return _Reading(AccessDenied, "The gateway does not know this address", _URL)
    return _refused(400, said)


def _unauthorized(said: Complaint) -> _Reading:
    key = "A person must check MATON_API_KEY (keys are at maton.ai/settings)"
    if said.source == "gateway":
        return _Reading(AccessDenied, "The gateway refused the API key", key)
    if said.source == "quo":
        return _Reading(
            AccessDenied, "Quo no longer accepts the connection's authorization", f"A {_RENEW}"
        )
    return _Reading(
        AccessDenied, "The API key or the connection to Quo was refused", f"{key}. A {_RENEW}"
    )


def _unpaid(said: Complaint) -> _Reading:
    if said.code == "0600402" or said.says("open tasks?"):
        return _Reading(
            AccessDenied,
            "This plan's limit of open tasks is reached",
            "Ask the person which open tasks may be completed, then try again",
        )
    return _Reading(
        AccessDenied,
        "Quo wants payment: the subscription has expired or message credits have run out",
        "A person must look at billing in Quo; nothing was done, and repeating does not help",
    )


def _forbidden(said: Complaint) -> _Reading:
    if said.says("error code: 10"):
        return _Reading(
            AccessDenied,
            "The network in front of Quo blocked this server, perhaps for its User-Agent",
            "A person should update this server, or run it from another network; repeating does not help",
        )
    if said.says("daily"):
        return _Reading(
            AccessDenied,
            "The carriers' daily cap on texts from this workspace is reached; nothing was sent",
            "Try tomorrow",
        )
    if said.says("international"):
        return _Reading(
            AccessDenied,
            "International texting or calling is off for this number; nothing was done",
            "A person must allow it in Quo's settings",
        )
    if said.says("phone ?number user", "not.{1,40}(user|member) of"):
        return _Reading(
            AccessDenied,
            "The user acted for is not a member of that phone number",
            "List the phone numbers with their users and take another, or have an admin add the user",
        )
    return _Reading(
        AccessDenied,
        f"{'The gateway' if said.source == 'gateway' else 'Quo'} does not allow this",
        "A person must check the plan, the rights of the key's user, and that user's numbers",
    )


def _not_found(said: Complaint) -> _Reading:
    if said.source == "quo":
        return _Reading(
            NotFound,
            "Quo has nothing with that id, or it belongs to another workspace",
            f"{_FRESH}; what is not in one was deleted or is not visible here",
        )
    if said.source is None:
        return _Reading(
            NotFound,
            "There is nothing with that id, or this server asks at a wrong address",
            f"{_FRESH}. Where lists are not found either: {_URL[0].lower()}{_URL[1:]}",
        )
    if said.says("connection"):
        return _Reading(
            AccessDenied,
            "The gateway does not know the connection this server uses",
            "See quo_list_connections; a person sets QUO_MCP_CONNECTION to the id of an ACTIVE one",
        )
    return _Reading(
        AccessDenied,
        "The gateway does not know this address",
        _URL,
    )


def _refused(status: int, said: Complaint) -> _Reading:
    return _Reading(RequestRefused, f"The request was refused (HTTP {status})", mending(said))


_BY_WORDS: dict[int, Callable[[Complaint], _Reading]] = {
    400: _bad_request,
    401: _unauthorized,
    402: _unpaid,
    403: _forbidden,
    404: _not_found,
}
