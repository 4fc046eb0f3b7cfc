import pytest

from quo_mcp.gateway.redaction import redact


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("  two \r\n lines\t", "two lines"),
        ("a\u2028b\u2029c\x85d\xa0e", "a b c d e"),
        ("\u202eabc\u202c\u2066d\u2069", "abcd"),
        ("z\u200bw\u200dj\ufeff\u00ad", "zwj"),
        ("nul\x00 esc\x1b[31m", "nul esc"),
        ("half \ud800 pair", "half \ufffd pair"),
        ("tag \U000e0041 end", "tag end"),
        ("«quoted»", "'quoted'"),
        ("a <b>bold</b> <script src='x'>y", "a bold y"),
        ("<\x00b>bold</\u200bb>", "bold"),
        ("1 < 2 > 0", "1 < 2 > 0"),
        ("é 漢字 🎉", "é 漢字 🎉"),
        ("Authorization: Bearer abc.def-1", "Authorization: Bearer [hidden]"),
        ("https://x/?session_token=abc&y=1", "https://x/?session_token=[hidden]&y=1"),
        ("{'session_token': 'abc'}", "{'session_token': '[hidden]'}"),
        ("the key K-1.", "the key [hidden]."),
    ],
)
def test_a_quotation_is_one_visible_line_without_secrets(text, expected):
    assert redact(text, secrets=["K-1"]) == expected


def test_a_quotation_is_cut_and_shows_it():
    assert redact("x" * 300) == "x" * 199 + "…"
    assert redact("x" * 200) == "x" * 200
    assert redact("abc def", 5) == "abc…"


def test_a_secret_is_hidden_before_the_cut_could_leave_half_of_it():
    assert "sec" not in redact("x" * 195 + " secret-key", secrets=["secret-key"])


@pytest.mark.parametrize(
    "secret_form",
    [
        "mk-9f3Q/Za+77xK2p",
        "MK-9F3Q/ZA+77XK2P",
        "mk-9f3Q%2FZa%2B77xK2p",
        "mk-9f3Q/Za+77x",
        "=mk-9f3Q/Za+7",
        "mk-\u200b9f3Q\u2060/Za\ufe0f+77xK2p",
    ],
)
def test_a_secret_in_another_form_is_as_secret(secret_form):
    assert (
        "9f3q"
        not in redact(f"bad key {secret_form} here", secrets=["mk-9f3Q/Za+77xK2p"]).casefold()
    )
    assert redact(f"bad key {secret_form} here", secrets=["mk-9f3Q/Za+77xK2p"]).endswith("here")
