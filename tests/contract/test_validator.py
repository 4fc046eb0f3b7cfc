"""The validator itself: valid exchanges pass, and each kind of violation is reported."""

import json

import pytest

from contract.validator import ContractViolation, check_exchange, operations

JSON = {"content-type": "application/json"}
MESSAGE = {
    "id": "AC1",
    "to": ["+14155550111"],
    "from": "+14155550100",
    "text": "Hello",
    "phoneNumberId": "PN1",
    "conversationId": "CN1",
    "direction": "outgoing",
    "userId": "US1",
    "status": "queued",
    "createdAt": "2026-03-04T18:30:00.000Z",
    "updatedAt": "2026-03-04T18:30:00.000Z",
}
SEND = {"content": "Hello", "from": "PN1", "to": ["+14155550111"]}
ERROR = {"message": "m", "code": "0200400", "status": 400, "docs": "d", "title": "Bad Request"}
LIST = "/quo/v1/messages?phoneNumberId=PN1&participants=%2B14155550111&maxResults=10"
PAGE = {"data": [MESSAGE], "totalItems": 1, "nextPageToken": None}


def check(method, target, sent, status, reply, **options):
    body = json.dumps(sent).encode() if sent is not None else b""
    raw = reply if isinstance(reply, bytes) else json.dumps(reply).encode()
    return check_exchange(method, target, JSON if sent else {}, body, status, raw, **options)


def test_the_contract_has_the_operations_that_quo_publishes():
    assert len(operations()) == 43


@pytest.mark.parametrize(
    ("method", "target", "sent", "status", "reply", "operation"),
    [
        ("POST", "/quo/v1/messages", SEND, 202, {"data": MESSAGE}, "sendMessage_v1"),
        ("GET", LIST, None, 200, PAGE, "listMessages_v1"),
        ("GET", LIST.replace("pants=", "pants[]="), None, 200, PAGE, "listMessages_v1"),
        ("GET", "/quo/v1/messages", None, 400, ERROR, "listMessages_v1"),
        ("DELETE", "/quo/v1/contacts/1", None, 204, b"", "deleteContact_v1"),
        ("GET", LIST, None, 500, b"Internal Server Error", "listMessages_v1"),
        (
            "GET",
            LIST,
            None,
            429,
            {"message": "m", "type": "Too Many Requests", "code": 429},
            "listMessages_v1",
        ),
        (
            "GET",
            LIST,
            None,
            401,
            {"error": {"message": "m", "key": "Unauthorized", "trace": "t"}},
            "listMessages_v1",
        ),
        ("POST", "/connections", {"app": "quo"}, 200, {"connection_id": "c"}, "createConnection"),
        ("GET", "/connections/c", None, 404, {"detail": "Not Found"}, "getConnection"),
    ],
)
def test_an_exchange_that_fits_gives_its_operation(  # noqa: PLR0917 - the columns of the table
    method, target, sent, status, reply, operation
):
    assert check(method, target, sent, status, reply) == operation


@pytest.mark.parametrize(
    ("method", "target", "sent", "status", "reply", "says"),
    [
        ("GET", "/quo/v1/nothing", None, 200, {}, "no such operation"),
        ("GET", "/v1/messages", None, 200, {}, "no such operation"),
        ("PUT", "/quo/v1/messages", None, 200, {}, "no such operation"),
        ("GET", LIST + "&conversationId=CN1", None, 200, PAGE, "no query parameter"),
        ("GET", LIST + "&maxResults=20", None, 200, PAGE, "more than once"),
        ("GET", LIST.replace("=10", "=101"), None, 200, PAGE, "maxResults"),
        ("GET", LIST.replace("&maxResults=10", ""), None, 200, PAGE, "maxResults"),
        ("GET", LIST.replace("PN1", "XX1"), None, 200, PAGE, "phoneNumberId"),
        ("GET", LIST.replace("%2B1", "1"), None, 200, PAGE, "participants"),
        ("GET", LIST + "&createdAfter=yesterday", None, 200, PAGE, "createdAfter"),
        ("GET", LIST, {"a": 1}, 200, PAGE, "knows no body"),
        ("GET", LIST, None, 200, b"<html>", "JSON"),
        ("GET", LIST, None, 200, PAGE | {"data": [MESSAGE | {"status": "gone"}]}, "gone"),
        ("GET", LIST, None, 200, PAGE | {"data": [MESSAGE | {"createdAt": "now"}]}, "date-time"),
        ("GET", LIST, None, 200, {"data": []}, "totalItems"),
        ("GET", LIST, None, 418, ERROR | {"status": 418}, "no such status"),
        ("GET", LIST, None, 429, {"message": "slow down"}, "no such status"),
        ("GET", LIST, None, 400, ERROR | {"status": 404}, "calls itself"),
        ("GET", LIST, None, 400, ERROR | {"code": "0200404"}, "calls itself"),
        ("GET", LIST, None, 500, b"<html>", "JSON"),
        ("GET", LIST, None, 404, {"message": "m", "type": "t", "code": 400}, "not valid"),
        ("POST", "/quo/v1/messages", SEND, 200, {"data": MESSAGE}, "no such status"),
        ("POST", "/quo/v1/messages", SEND | {"content": " "}, 202, {"data": MESSAGE}, "content"),
        ("POST", "/quo/v1/messages", SEND | {"to": []}, 202, {"data": MESSAGE}, "to"),
        ("POST", "/quo/v1/messages", SEND, 202, MESSAGE, "data"),
        ("POST", "/quo/v1/messages", None, 202, {"data": MESSAGE}, "body"),
        ("DELETE", "/quo/v1/contacts/1", None, 204, b"{}", "a body where there is none"),
        ("POST", "/connections", {}, 200, {"connection_id": "c"}, "body"),
        ("GET", "/connections", None, 200, {"connections": [{"id": "c"}]}, "connection_id"),
    ],
)
def test_an_exchange_that_does_not_fit_is_told(  # noqa: PLR0917 - the columns of the table
    method, target, sent, status, reply, says
):
    with pytest.raises(ContractViolation, match="(?i)" + says):
        check(method, target, sent, status, reply)


def test_a_refused_request_may_misfit_but_not_if_it_is_ours():
    target = "/quo/v1/messages"
    assert check("GET", target, None, 400, ERROR) == "listMessages_v1"
    with pytest.raises(ContractViolation, match="phoneNumberId"):
        check("GET", target, None, 400, ERROR, request_fits=True)
