"""Holds one exchange against Quo's published v1 contract, or against Maton's plane.

Strict: a path or status that is not in the contract, a query parameter that it does not name, a
body where none is known, all raise Misfit. Nothing is passed over.
"""

import json
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, unquote

from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse
from openapi_core.validation.exceptions import ValidationError
from openapi_schema_validator import OAS31Validator
from werkzeug.datastructures import ImmutableMultiDict

from contract.amendments import amended
from contract.maton import CONTROL, ENVELOPES

HOST = "http://contract.test"
CONTRACT = Path(__file__).with_name("quo-v1-contract.json")
PLAIN = {500: b"Internal Server Error", 403: b"error code: 1010"}


class Misfit(AssertionError):  # noqa: N818
    """An exchange that the contract does not allow; says which and why."""


@cache
def document(plane):
    if plane == "quo":
        return amended(json.loads(CONTRACT.read_text(encoding="utf-8")))
    return CONTROL


@cache
def openapi(plane):
    return OpenAPI.from_dict({**document(plane), "servers": [{"url": HOST}]})


def operations(plane="quo"):
    """{operationId: (method, path template, operation)} of a plane."""
    return {
        operation["operationId"]: (method.upper(), path, operation)
        for path, methods in document(plane)["paths"].items()
        for method, operation in methods.items()
    }


def check_exchange(  # noqa: PLR0917 - one exchange, in the order in which it happens
    method, target, headers, body, status, reply, *, request_fits=None
):
    """Raise Misfit unless the exchange fits; give back the operation's id.

    `target` is the path with its query, as sent to the gateway (`/quo/v1/…`, `/connections…`).
    `headers` are the request's; `body` and `reply` are bytes. A request must fit if it was accepted
    (a status under 400), or whatever came of it if `request_fits` is True. A refusal is Quo's or,
    where Quo was not reached, one of the gateway's.
    """
    path, _, query = target.partition("?")
    plane = "quo" if path.startswith("/quo/") else "maton"
    path = path.removeprefix("/quo")
    named = f"{method} {target} -> {status}"
    operation = _find(plane, method, path, named)
    request = _request(method, path, query, headers, body)
    if request_fits or status < 400:
        _check_query(operation, request, named)
        _check_body(operation, body, named)
        _run(openapi(plane).validate_request, named, request)
    if _from_the_gateway(status, reply):
        return operation["operationId"]
    if status == 204 or str(status) not in operation["responses"]:
        _check_bare(operation, status, reply, named)
        return operation["operationId"]
    _run(openapi(plane).validate_response, named, request, MockResponse(reply, status))
    if plane == "quo" and status >= 400:
        _check_error(status, json.loads(reply), named)
    return operation["operationId"]


def _find(plane, method, path, named):
    """The operation; of two templates that fit, the one with fewer places."""
    parts = path.split("/")
    found = []
    for verb, template, operation in operations(plane).values():
        pattern = template.split("/")
        pairs = list(zip(pattern, parts, strict=False))
        fits = all(a == b or (a.startswith("{") and b) for a, b in pairs)
        if verb == method and len(pattern) == len(parts) and fits:
            found.append((template.count("{"), operation))
    if not found:
        raise Misfit(f"{named}: no such operation in the contract")
    return min(found, key=lambda each: each[0])[1]


def _request(method, path, query, headers, body):
    """The request in the library's terms. `name[]` is how many clients write a repeated `name`."""
    lower = {name.lower(): value for name, value in headers.items()}
    request = MockRequest(
        HOST,
        method,
        unquote(path),
        headers=headers,
        data=body or None,
        content_type=lower.get("content-type", ""),
    )
    pairs = [(name.removesuffix("[]"), value) for name, value in parse_qsl(query, True)]
    request.parameters.query = ImmutableMultiDict(pairs)
    return request


def _check_query(operation, request, named):
    """What the library lets pass: unknown and repeated names, and required ones that have a default."""
    known = {
        each["name"]: each for each in operation.get("parameters", ()) if each["in"] == "query"
    }
    for name in request.parameters.query:
        if name not in known:
            raise Misfit(f"{named}: the contract has no query parameter {name!r}")
        schema = known[name]["schema"]
        if schema.get("type") != "array" and len(request.parameters.query.getlist(name)) > 1:
            raise Misfit(f"{named}: {name!r} is given more than once")
    for name, each in known.items():
        if each.get("required") and name not in request.parameters.query:
            raise Misfit(f"{named}: {name!r} is missing")


def _check_body(operation, body, named):
    if body and "requestBody" not in operation:
        raise Misfit(f"{named}: the contract knows no body here")


def _run(validate, named, *args):
    try:
        validate(*args)
    except (OpenAPIError, ValidationError) as problem:
        raise Misfit(f"{named}: {_said(problem)}") from problem


def _said(problem):
    causes, cause = [str(problem)], problem
    while cause is not None:
        causes += [
            f"{'/'.join(map(str, each.absolute_path))}: {each.message}"[:500]
            for each in getattr(cause, "schema_errors", ())
        ]
        cause = cause.__cause__
    return "; ".join(causes)


def _from_the_gateway(status, reply):
    """Whether this is the gateway's own refusal: an envelope of Maton's, or a known plain text."""
    if status < 400:
        return False
    if reply == PLAIN.get(status):
        return True
    try:
        body = json.loads(reply)
    except ValueError:
        return False
    if not OAS31Validator(ENVELOPES).is_valid(body):
        return False
    said = body.get("error", body)
    return "detail" in said or said["code"] == status


def _check_bare(operation, status, reply, named):
    if str(status) not in operation["responses"]:
        raise Misfit(f"{named}: the contract has no such status here: {reply[:200]!r}")
    if reply:
        raise Misfit(f"{named}: a body where there is none")


def _check_error(status, body, named):
    """Beyond its schema: an error's own status is the reply's, and its code ends with it."""
    if "error" not in body and (body["status"] != status or not body["code"].endswith(str(status))):
        raise Misfit(f"{named}: the error calls itself {body['code']} ({body['status']})")
