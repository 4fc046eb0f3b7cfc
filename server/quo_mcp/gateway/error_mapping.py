"""Maps an unsuccessful reply to an error that says what to do next. Pure.

A quotation of the gateway or of Quo is in straight quotes, redacted and truncated. Quo's error codes have
changed between versions of its API, so the message is matched as well.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

from quo_mcp.errors import (
    AccessDenied,
    Conflict,
    GatewayError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    RequestRejected,
    Unavailable,
)
from quo_mcp.gateway.endpoint import MATON, QUO, Peer
from quo_mcp.gateway.error_body import ErrorBody, parse_error_body
from quo_mcp.gateway.rejection_hint import hint_for
from quo_mcp.gateway.retry import TOO_MANY_REQUESTS
from quo_mcp.values.times import format_wait
from quo_mcp.values.untrusted import quote_inline

_RENEW_CONNECTION = (
    "create a new connection with quo_create_connection and have a person open its link "
    "(quo_list_connections shows the current ones)"
)
_CREATE_CONNECTION = (
    "Call quo_list_connections. If no connection is active, create one with quo_create_connection"
)
VERIFY_FIRST = "Before you repeat it, list or read the item to see whether the request took effect"
_USE_LISTED_ID = "Use an id from a recent list or search result"
_NOUNS = {
    "call": "call",
    "contact": "contact",
    "conversation": "conversation",
    "message": "message",
    "phone number": "inbox",
    "task": "task",
    "user": "teammate",
    "webhook": "webhook",
}
"""Our word for each resource of Quo's that a 404 names."""
_MISSING_RESOURCE = re.compile(rf"(?:not found: )?({'|'.join(_NOUNS)}) not found\.?", re.IGNORECASE)
_MAX_QUOTE = 200  # characters
_MAX_MESSAGE = 400  # characters


def error_for(
    status: int,
    body: bytes,
    method: str,
    *,
    is_control: bool = False,
    peer: Peer = MATON,
    retry_after: float | None = None,
    secrets: Iterable[str] = (),
    argument_names: Mapping[str, str] = MappingProxyType({}),
) -> GatewayError:
    """Return the error for an unsuccessful reply.

    is_control: whether the control plane sent it; its source is then "gateway".
    peer: what the request was sent to. The source of a reply from Quo's own API is "quo".
    retry_after: seconds from the Retry-After header, or None.
    secrets: texts that the message must not contain.
    argument_names: the caller's name for each of Quo's parameters.
    """
    error_body = parse_error_body(status, body, secrets)
    if is_control:
        error_body = replace(error_body, source="gateway")
    elif peer is QUO and error_body.source == "gateway":
        error_body = replace(error_body, source="quo")
    source = error_body.source or ("gateway" if status >= 500 and peer is MATON else "quo")
    if _is_network_page(status, error_body):
        return web_page_error(status, peer)
    error_type, problem, next_step = _classify(
        status, error_body, method, peer, is_control=is_control
    )
    if error_type is RateLimited:
        wait = f"Wait {format_wait(retry_after)}" if retry_after else "Wait 1 s"
        return RateLimited(
            compose_message(problem, error_body.message, f"{wait}, then call again"),
            status=status,
            source=source,
            code=error_body.code,
            retry_after=retry_after,
        )
    # The problem already says what such a message says.
    quote = "" if error_type is NotFound and _missing_noun(error_body) else error_body.message
    return error_type(
        compose_message(problem, quote, next_step or hint_for(error_body, argument_names)),
        status=status,
        source=source,
        code=error_body.code,
    )


def describe_web_page(peer: Peer) -> str:
    return f"a proxy, firewall or sign-in page answered instead of {peer.name}"


def web_page_error(status: int, peer: Peer) -> GatewayError:
    """Return the error for a web page that came in place of a reply to a read, or of a refusal."""
    error_type = Unavailable if status < 300 else AccessDenied
    return error_type(
        f"Not done: {describe_web_page(peer)} (HTTP {status}). A person must open {peer.name}'s URL in a browser on "
        "this machine. The network may require a sign-in, or HTTPS_PROXY or NO_PROXY must be set.",
        status=status,
        source="network",
    )


def _is_network_page(status: int, error_body: ErrorBody) -> bool:
    """Whether the network answered instead of the gateway.

    RFC 9110 and RFC 6585 reserve 407 and 511 for what stands between. Web pages with other statuses
    are not counted: the web server in front of the gateway sends such pages as well.
    """
    return status in {407, 511} or (error_body.is_web_page and status in {401, 403, 451})


def compose_message(problem: str, quote: str, next_step: str) -> str:
    """Return what happened, the sender's own message in quotes, and what to do next.

    The quote is truncated so that the whole has at most `_MAX_MESSAGE` characters.
    """
    max_quote = min(_MAX_QUOTE, _MAX_MESSAGE - len(problem) - len(next_step) - 10)
    if quote and len(quote) > max_quote:
        quote = quote[: max_quote - 1].rstrip() + "…"
    if not quote:
        return f"{problem}. {next_step}."
    return f"{problem}: {quote_inline(quote, max_quote + 2)}. {next_step}."


class _ErrorClass(NamedTuple):
    """The type of an error, and its sentences without their full stops.

    next_step: "" if it depends on the fields that Quo rejected.
    """

    error_type: type[GatewayError]
    problem: str
    next_step: str


def _classify(
    status: int, error_body: ErrorBody, method: str, peer: Peer, *, is_control: bool
) -> _ErrorClass:
    if status >= 500 or status in {408, 425} or status < 400:
        return _server_error_or_redirect(status, error_body, method, peer)
    if is_control and status == 404:
        return _ErrorClass(NotFound, "Connection not found", "Use an id from quo_list_connections")
    if status == 401 and peer is QUO:
        return _ErrorClass(AccessDenied, "Quo rejected the API key", peer.check_key)
    if status == 404 and peer is QUO and error_body.source is None:
        return _ErrorClass(
            NotFound,
            "Not found: the id is unknown, or the URL of Quo's API is wrong",
            f"{_USE_LISTED_ID}. If lists are not found either, {_begin_lower(peer.check_url)}",
        )
    if status in _BY_STATUS_AND_BODY:
        return _BY_STATUS_AND_BODY[status](error_body)
    return _BY_STATUS.get(status) or _rejected(status)


_BY_STATUS = {
    409: _ErrorClass(
        Conflict,
        "The request conflicts with the current state",
        "Read the current state, then decide whether the call is still necessary",
    ),
    412: _ErrorClass(
        AccessDenied, "The gateway found no connection to Quo for this request", _CREATE_CONNECTION
    ),
    413: _ErrorClass(RequestRejected, "The request is too large", "Split it into smaller requests"),
    429: _ErrorClass(RateLimited, TOO_MANY_REQUESTS, ""),
}


def _begin_lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


def _server_error_or_redirect(
    status: int, error_body: ErrorBody, method: str, peer: Peer
) -> _ErrorClass:
    """Classify a server error, a server-side time-out or a redirect; a write may have been done.

    The gateway's own 500 is often an expired authorization. A 500 with Quo's error body never is.
    """
    may_be_expired = status == 500 and error_body.source != "quo" and peer is MATON
    if method != "GET":
        problem = f"Outcome unknown: the request was sent, and the reply was HTTP {status}"
        if_repeated = ". If this continues, the connection's authorization may have expired: see "
        next_step = (
            f"{VERIFY_FIRST}{if_repeated}quo_list_connections" if may_be_expired else VERIFY_FIRST
        )
        return _ErrorClass(OutcomeUnknown, problem, next_step)
    if status < 400:
        return _ErrorClass(
            AccessDenied,
            f"{peer.title} redirected to another address (HTTP {status}); redirects are not followed",
            f"{peer.check_url}, or sign in to this network in a browser",
        )
    if error_body.source == "quo":
        return _ErrorClass(
            Unavailable, f"Quo reported an internal error (HTTP {status})", "Try again in a minute"
        )
    if may_be_expired:
        return _ErrorClass(
            Unavailable,
            "The gateway failed (HTTP 500). The most common cause is an expired authorization",
            f"Try again in a minute. If this continues, {_RENEW_CONNECTION}",
        )
    return _ErrorClass(Unavailable, f"Quo is unavailable (HTTP {status})", "Try again in a minute")


def _bad_request(error_body: ErrorBody) -> _ErrorClass:
    if error_body.code == "0206400" or error_body.matches(r"\bA2P\b", r"\b10DLC\b"):
        return _ErrorClass(
            AccessDenied,
            "Not sent: texts to US numbers require an approved A2P (10DLC) registration, which this workspace lacks",
            "A person must register in Quo's settings. Retrying will not help",
        )
    if error_body.code == "0101400" or error_body.matches("too many participants"):
        return _ErrorClass(
            RequestRejected,
            "Too many participants",
            "Quo lists calls for exactly 1 person, and messages for at most 10 people",
        )
    if error_body.source == "gateway" and error_body.matches("connection"):
        return _ErrorClass(
            AccessDenied,
            "The gateway has no usable connection to Quo",
            _CREATE_CONNECTION,
        )
    if error_body.source == "gateway" and error_body.matches(
        "app name"
    ):  # the app name is a part of the URL
        return _ErrorClass(AccessDenied, "The gateway does not recognize this URL", MATON.check_url)
    return _rejected(400)


def _unauthorized(error_body: ErrorBody) -> _ErrorClass:
    if error_body.source == "gateway":
        return _ErrorClass(AccessDenied, "The gateway rejected the API key", MATON.check_key)
    if error_body.source == "quo":
        return _ErrorClass(
            AccessDenied,
            "Quo no longer accepts the connection's authorization",
            f"{_RENEW_CONNECTION[0].upper()}{_RENEW_CONNECTION[1:]}",
        )
    return _ErrorClass(
        AccessDenied,
        "The API key or the connection to Quo was rejected",
        f"{MATON.check_key}. If the key is valid, {_RENEW_CONNECTION}",
    )


def _payment_required(error_body: ErrorBody) -> _ErrorClass:
    if error_body.code == "0600402" or error_body.matches("open tasks?"):
        return _ErrorClass(
            AccessDenied,
            "The plan's limit of open tasks is reached",
            "Ask the user which open tasks you may complete, then try again",
        )
    return _ErrorClass(
        AccessDenied,
        "Not done: Quo requires payment. The subscription has expired, or the message credits are used up",
        "A person must check billing in Quo. Retrying will not help",
    )


def _forbidden(error_body: ErrorBody) -> _ErrorClass:
    if error_body.matches("error code: 10"):
        return _ErrorClass(
            AccessDenied,
            "The network in front of Quo blocked this server, possibly because of its User-Agent",
            "A person must update this server or run it on another network. Retrying will not help",
        )
    if error_body.matches("daily"):
        return _ErrorClass(
            AccessDenied,
            "Not sent: the carriers' daily limit on texts from this workspace is reached",
            "Try again tomorrow",
        )
    if error_body.matches("international"):
        return _ErrorClass(
            AccessDenied,
            "Not done: international texts and calls are disabled for this number",
            "A person must enable them in Quo's settings",
        )
    if error_body.matches("phone ?number user", "not.{1,40}(user|member) of"):
        return _ErrorClass(
            AccessDenied,
            "The teammate has no access to this inbox",
            "Use another inbox (quo_list_phone_numbers lists the teammates of each), or have an admin add the teammate",
        )
    return _ErrorClass(
        AccessDenied,
        f"{'The gateway' if error_body.source == 'gateway' else 'Quo'} does not allow this request",
        "A person must check the plan, the permissions of the user who owns the API key, and that user's inboxes",
    )


def _not_found(error_body: ErrorBody) -> _ErrorClass:
    if error_body.source == "quo":
        next_step = (
            f"{_USE_LISTED_ID}. An item that is in no list was deleted, or is not visible here"
        )
        if noun := _missing_noun(error_body):
            return _ErrorClass(
                NotFound, f"Not found: no {noun} with this id in this workspace", next_step
            )
        return _ErrorClass(
            NotFound, "Not found: no item with this id is visible in this workspace", next_step
        )
    if error_body.source is None:
        return _ErrorClass(
            NotFound,
            "Not found: the id is unknown, or the gateway URL is wrong",
            f"{_USE_LISTED_ID}. If lists are not found either, {_begin_lower(MATON.check_url)}",
        )
    if error_body.matches("connection"):
        return _ErrorClass(
            AccessDenied,
            "The gateway does not recognize the connection that this server uses",
            "A person must set QUO_MCP_CONNECTION to the id of an active connection (see quo_list_connections)",
        )
    return _ErrorClass(
        AccessDenied,
        "The gateway does not recognize this URL",
        MATON.check_url,
    )


def _missing_noun(error_body: ErrorBody) -> str | None:
    """Return what Quo did not find, if its message is no more than `Not Found: Task not found`."""
    match = _MISSING_RESOURCE.fullmatch(error_body.message)
    return _NOUNS[match[1].casefold()] if match else None


def _rejected(status: int) -> _ErrorClass:
    return _ErrorClass(RequestRejected, f"The request was rejected (HTTP {status})", "")


_BY_STATUS_AND_BODY: dict[int, Callable[[ErrorBody], _ErrorClass]] = {
    400: _bad_request,
    401: _unauthorized,
    402: _payment_required,
    403: _forbidden,
    404: _not_found,
}
