import pytest
from pydantic import BaseModel

from quo_mcp.gateway.decoding import UnreadableReply, decode, parse_json


class Item(BaseModel):
    id: str
    sizes: dict[str, int] = {}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"{", "not JSON"),
        (b"oops", "not JSON"),
        (b'{"id": "x"', "not JSON"),
        (b'{"id": NaN}', "not JSON"),
        (b"[Infinity]", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "not JSON"),
        ('{"id": "x"}'.encode("utf-16"), "not JSON"),
        (b"<html>SECRET</html>", "web page"),
        (b'{"name": "SECRET"}', "an unexpected structure (at id)"),
        (b'{"id": 7}', "an unexpected structure (at id)"),
        (b'{"id": "x", "sizes": {"a\\nb": "SECRET"}}', "(at sizes.a b)"),
        (b"[]", "an unexpected structure (at the top level)"),
        (b"null", "an unexpected structure (at the top level)"),
        (b'{"id": ' + b"9" * 5_000 + b"}", "it "),
    ],
)
def test_a_reply_that_cannot_be_read_is_told_why_and_not_what(body, reason):
    with pytest.raises(UnreadableReply) as raised:
        decode(Item, body)
    assert reason in str(raised.value)
    assert "SECRET" not in str(raised.value)


def test_a_reply_becomes_a_record_and_unknown_fields_do_not_matter():
    assert decode(Item, '\ufeff{"id": "é", "new": [1]}'.encode()) == Item(id="é")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (rb'"\ud800"', "\ufffd"),
        (rb'"\ud800\u0041"', "\ufffdA"),
        (rb'"\udc00\ud83d\ude00"', "\ufffd😀"),
        (rb'"\\ud800"', r"\ud800"),
        (rb'"\\\ud800 \\\\ud800"', "\\\ufffd \\\\ud800"),
        (rb'"\ud83d\ude00 \" \n"', '😀 " \n'),
        (b'"\xed\xa0\x80"', "\ufffd\ufffd\ufffd"),
        (b'"\xff"', "\ufffd"),
    ],
)
def test_broken_characters_are_replaced_and_the_rest_stays(body, text):
    assert parse_json(body) == text
