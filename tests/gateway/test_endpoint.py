import pytest

from gateway.script import gateway_config
from quo_mcp.gateway import validate_connection_id, validate_key, validate_url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://gateway.maton.ai/quo/v1", "https://gateway.maton.ai/quo/v1"),
        ("https://api.maton.ai/", "https://api.maton.ai"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.0.0.1:8000/quo/v1/", "http://127.0.0.1:8000/quo/v1"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_https_anywhere_and_http_on_this_machine(url, expected):
    assert validate_url(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "http://gateway.maton.ai", "http://localhost.example.com", "http://127.0.0.1.example.com",
        "http://10.0.0.1", "ftp://example.com", "gateway.maton.ai", "", "https://", "https:///x",
        "https://a@example.com", "https://example.com?x=1", "https://example.com#x",
        "https://example.com/?", "https://example.com/a b", "https://example.com/é",
        "https://example.com/../x", "https://example.com:99999", "https://[::1", "https://x\ny",
    ],
)  # fmt: skip
def test_other_urls_are_refused_in_a_sentence(url):
    with pytest.raises(ValueError, match=r"^[A-Z].*\.$"):
        validate_url(url)


@pytest.mark.parametrize("key", ["", " ", "a b", "abc\n", "abcé", "a\x00b"])
def test_a_key_that_cannot_stand_in_a_header_is_refused_unsaid(key):
    with pytest.raises(ValueError, match="The API key must be") as raised:
        validate_key(key)
    assert "abc" not in str(raised.value)


@pytest.mark.parametrize("connection", ["", "a b", "a/b", "a\n", "x" * 201])
def test_a_connection_id_is_plain(connection):
    with pytest.raises(ValueError, match="connection id"):
        validate_connection_id(connection)


def test_settings_check_what_they_are_given_and_hide_the_key():
    config = gateway_config(
        api_key="canary-key", quo_url="https://api.maton.ai/quo/v1/", connection_id="abc-1_2"
    )
    assert config.quo_url == "https://api.maton.ai/quo/v1"
    assert "canary" not in repr(config)


@pytest.mark.parametrize(
    "invalid",
    [
        {"api_key": "a b"}, {"quo_url": "http://example.com"}, {"control_url": "x"},
        {"connection_id": "a b"}, {"user_agent": ""}, {"user_agent": "a\nb"}, {"user_agent": "é"},
        {"read_timeout": 0}, {"write_timeout": -1}, {"max_reply_bytes": 0},
        {"read_timeout": float("nan")},
    ],
)  # fmt: skip
def test_settings_refuse_what_could_not_work(invalid):
    with pytest.raises(ValueError, match=r"\.$"):
        gateway_config(**{"api_key": "canary", **invalid})
