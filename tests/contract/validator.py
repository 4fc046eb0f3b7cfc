"""Validates one exchange against Quo's published v1 contract, or Maton's control plane.

Validation is strict: an unknown path, status, query parameter or body raises ContractViolation.
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

from contract.amendments import amend
from contract.maton import CONTROL_PLANE, ENVELOPES

HOST = "http://contract.test"
CONTRACT = Path(__file__).with_name("quo-v1-contract.json")
PLAIN = {500: b"Internal Server Error", 403: b"error code: 1010"}


class ContractViolation(AssertionError):  # noqa: N818
    """The contract does not allow an exchange; the message names it and the reason."""


@cache
def document(plane):
    if plane == "quo":
        return amend(json.loads(CONTRACT.read_text(encoding="utf-8")))
    return CONTROL_PLANE


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
    """Return the operation's id. Raises ContractViolation if the exchange is not valid.

    `target` is the path with its query, as sent to the gateway (`/quo/v1/…`, `/connections…`).
    `headers` are the request's; `body` and `reply` are bytes. The request is validated if it was
    accepted (a status below 400) or if `request_fits` is true. An error response is Quo's or, if
    the request did not reach Quo, the gateway's.
    """
    path, _, query = target.partition("?")
    plane = "quo" if path.startswith("/quo/") else "maton"
    path = path.removeprefix("/quo")
    label = f"{method} {target} -> {status}"
    operation = _find_operation(plane, method, path, label)
    request = _request(method, path, query, headers, body)
    if request_fits or status < 400:
        _check_query(operation, request, label)
        _check_body(operation, body, label)
        _run_validation(openapi(plane).validate_request, label, request)
    if _is_gateway_error(status, reply):
        return operation["operationId"]
    if status == 204 or str(status) not in operation["responses"]:
        _check_undocumented(operation, status, reply, label)
        return operation["operationId"]
    _run_validation(openapi(plane).validate_response, label, request, MockResponse(reply, status))
    if plane == "quo" and status >= 400:
        _check_error(status, json.loads(reply), label)
    return operation["operationId"]


def _find_operation(plane, method, path, label):
    """Return the operation; of several matching templates, the one with the fewest parameters."""
    parts = path.split("/")
    matches = []
    for verb, template, operation in operations(plane).values():
        pattern = template.split("/")
        pairs = list(zip(pattern, parts, strict=False))
        matches_path = all(a == b or (a.startswith("{") and b) for a, b in pairs)
        if verb == method and len(pattern) == len(parts) and matches_path:
            matches.append((template.count("{"), operation))
    if not matches:
        raise ContractViolation(f"{label}: no such operation in the contract")
    return min(matches, key=lambda parameter: parameter[0])[1]


def _request(method, path, query, headers, body):
    """Return the library's request object. Many clients write a repeated `name` as `name[]`."""
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


def _check_query(operation, request, label):
    """Check what the library ignores: unknown, repeated, and missing names that have a default."""
    known = {
        parameter["name"]: parameter
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query"
    }
    for name in request.parameters.query:
        if name not in known:
            raise ContractViolation(f"{label}: the contract has no query parameter {name!r}")
        schema = known[name]["schema"]
        if schema.get("type") != "array" and len(request.parameters.query.getlist(name)) > 1:
            raise ContractViolation(f"{label}: {name!r} is given more than once")
    for name, parameter in known.items():
        if parameter.get("required") and name not in request.parameters.query:
            raise ContractViolation(f"{label}: {name!r} is missing")


def _check_body(operation, body, label):
    if body and "requestBody" not in operation:
        raise ContractViolation(f"{label}: the contract knows no body here")


def _run_validation(validate, label, *args):
    try:
        validate(*args)
    except (OpenAPIError, ValidationError) as error:
        raise ContractViolation(f"{label}: {_describe(error)}") from error


def _describe(error):
    causes, cause = [str(error)], error
    while cause is not None:
        causes += [
            f"{'/'.join(map(str, parameter.absolute_path))}: {parameter.message}"[:500]
            for parameter in getattr(cause, "schema_errors", ())
        ]
        cause = cause.__cause__
    return "; ".join(causes)


def _is_gateway_error(status, reply):
    """Return whether this is the gateway's own error: one of Maton's shapes, or a known plain text."""
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
    error_body = body.get("error", body)
    return "detail" in error_body or error_body["code"] == status


def _check_undocumented(operation, status, reply, label):
    if str(status) not in operation["responses"]:
        raise ContractViolation(f"{label}: the contract has no such status here: {reply[:200]!r}")
    if reply:
        raise ContractViolation(f"{label}: a body where there is none")


def _check_error(status, body, label):
    """Check that an error's own status equals the response's, and that its code ends with it."""
    if "error" not in body and (body["status"] != status or not body["code"].endswith(str(status))):
        raise ContractViolation(
            f"{label}: the error calls itself {body['code']} ({body['status']})"
        )
