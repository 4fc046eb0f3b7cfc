import json

import pytest

from quo_mcp.gateway.error_body import ErrorBody, parse_error_body


@pytest.mark.parametrize(
    "body",
    [
        b"", b"   ", b"null", b"[]", b"7", b"true", b"{}", b'{"error": null}', b'{"error": 7}',
        b'{"message": {"a": 1}}', b'{"detail": null}', b'{"errors": "x"}', b'{"errors": [1, null]}',
        b'{"errors": [{}]}', b"<html>x</html>", b"\xef\xbb\xbf<!DOCTYPE html>", b"oops <body>",
        b"<?xml version='1.0'?>", b'{"code": ' + b"9" * 4_000 + b"}",
    ],
)  # fmt: skip
def test_a_body_that_says_nothing_is_no_complaint(body):
    assert parse_error_body(400, body).message == ""


@pytest.mark.parametrize(
    "body", [b'"plain"', b'{"error": "plain"}', b'{"message": "plain"}', b"plain", b"  plain\n"]
)
def test_what_is_said_without_saying_by_whom_is_still_heard(body):
    assert parse_error_body(400, body) == ErrorBody(None, "plain")


def test_deep_json_is_no_trap():
    assert parse_error_body(400, b'{"a":' * 100_000).message.startswith('{"a":')
    assert parse_error_body(400, b"[" * 100_000).source is None


def test_title_message_and_description_are_joined_and_not_repeated():
    body = json.dumps({"title": "Bad", "message": "Bad", "description": "really", "code": "01"})
    assert parse_error_body(400, body.encode()) == ErrorBody("quo", "Bad: really", "01")


def test_an_integer_code_other_than_the_status_is_not_the_gateways():
    assert parse_error_body(404, b'{"message": "x", "code": 17}').source is None
    assert parse_error_body(404, b'{"message": "x", "code": 404}').source == "gateway"
    assert parse_error_body(404, b'{"message": "x", "code": 404, "title": "y"}').source == "quo"


@pytest.mark.parametrize(
    ("body", "source"),
    [
        ({"title": "Bad", "code": "01"}, "quo"),
        ({"errors": [{"path": "to"}]}, "quo"),
        ({"error": {"message": "x", "code": 400, "key": "Bad"}}, "quo"),
        ({"detail": "x"}, "gateway"),
        ({"detail": "x", "message": "y"}, None),
        ({"detail": "x", "message": "y", "code": "01"}, "quo"),
        ({"code": 400}, "gateway"),
        ({"code": True}, None),
    ],
)
def test_the_source_is_told_from_the_fields_and_not_from_a_message(body, source):
    assert parse_error_body(400, json.dumps(body).encode()).source == source


def test_a_message_is_preferred_to_the_name_of_an_error():
    assert parse_error_body(400, b'{"error": "Bad Request", "message": "plain"}').message == "plain"


def test_only_the_first_fields_complained_of_are_kept():
    errors = [{"path": f"to.{n}", "message": "bad"} for n in range(9)]
    error_body = parse_error_body(400, json.dumps({"message": "x", "errors": errors}).encode())
    assert error_body.field_errors == tuple((f"to.{n}", "bad") for n in range(5))


def test_a_field_without_a_path_or_without_words_is_kept_and_one_without_both_is_not():
    errors = [
        {"message": "bad"},
        {"path": "to"},
        {"path": ""},
        {"loc": ["body", 0, None], "msg": "worse"},
    ]
    error_body = parse_error_body(400, json.dumps({"errors": errors}).encode())
    assert error_body.field_errors == (("", "bad"), ("to", ""), ("body.0.", "worse"))
