import pytest

from quo_mcp.errors import InvalidArguments
from quo_mcp.gateway.request import build_request, encode_path, encode_query, log_path


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        (("messages",), "/messages"),
        (("contacts", "664d0db69fcac7cf2e6ec"), "/contacts/664d0db69fcac7cf2e6ec"),
        (("conversations", "CN1", "mark-as-read"), "/conversations/CN1/mark-as-read"),
        (("contacts", "a.b"), "/contacts/a.b"),
        (("contacts", "a+b@é"), "/contacts/a%2Bb%40%C3%A9"),
    ],
)
def test_segments_become_a_path_and_are_quoted_once(segments, expected):
    assert encode_path(segments) == expected


@pytest.mark.parametrize(
    "name",
    [
        "", ".", "..", "...", "a/b", "../messages", "..\\x", "a?b=c", "a#b", "%2e%2e", "%2F",
        "a;b", "a b", "a\nb", "a\r\nX: y", "a\x00", "a\x7f", "a\x85", "a\xa0b", "x" * 201, "\ud800",
    ],
)  # fmt: skip
def test_what_could_climb_out_of_its_place_is_no_id(name):
    with pytest.raises(InvalidArguments):
        encode_path(("contacts", name))


def test_a_query_repeats_the_key_of_a_list_and_leaves_out_what_is_none():
    query = {
        "phoneNumberId": "PN1",
        "participants": ["+12025550101", "+12025550102"],
        "maxResults": 20,
        "excludeInactive": True,
        "done": False,
        "pageToken": None,
        "none": [],
        "since": ("a b",),
        "x&y": "=&#é",
    }
    assert encode_query(query) == (
        "phoneNumberId=PN1&participants=%2B12025550101&participants=%2B12025550102&maxResults=20"
        "&excludeInactive=true&done=false&since=a%20b&x%26y=%3D%26%23%C3%A9"
    )
    assert encode_query(None) == ""


@pytest.mark.parametrize("value", [1.5, b"x", [1], {"a": 1}, object()])
def test_a_query_takes_no_other_types(value):
    with pytest.raises(TypeError, match="key cannot be"):
        encode_query({"key": value})


@pytest.mark.parametrize(
    ("query", "body", "message_part"),
    [
        ({"name": "\ud800"}, None, "lone surrogate"),
        (None, {"content": "\udfff"}, "lone surrogate"),
        (None, {"x": float("nan")}, "not finite"),
        ({"name": "x" * 9_000}, None, "too long"),
    ],
)
def test_what_cannot_be_sent_is_refused_in_words(query, body, message_part):
    with pytest.raises(InvalidArguments, match=message_part):
        build_request("https://example.com", "POST", ("messages",), query, body, is_control=False)


def test_a_body_is_plain_utf8_and_none_is_none():
    request = build_request(
        "https://example.com/v1", "POST", ("messages",), None, {"a": "é"}, is_control=False
    )
    assert request.content == '{"a": "é"}'.encode()
    assert request.url == "https://example.com/v1/messages"
    assert request.is_write
    read = build_request(
        "https://example.com", "GET", ("users",), {"maxResults": 5}, None, is_control=True
    )
    assert (read.content, read.is_write) == (None, False)
    assert read.url == "https://example.com/users?maxResults=5"


def test_logs_see_no_ids():
    assert log_path(("conversations", "CN12", "mark-as-read")) == "/conversations/{id}/mark-as-read"
    assert log_path(("contacts", "+12025550101")) == "/contacts/{id}"
