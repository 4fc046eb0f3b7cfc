"""A webhook's signature, by both of Quo's schemes, from the function to the command."""

import base64
import hashlib
import hmac
import io
import logging
import os
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from quo_mcp.cli import main
from quo_mcp.cli.webhook_signature import DeliveryHeaders, InvalidSignature, verify

# The example that Standard Webhooks publishes.
STANDARD_KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
STANDARD_BODY = b'{"test": 2432232314}'
RIGHT = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
STANDARD = DeliveryHeaders(RIGHT, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330")
STANDARD_AT = datetime.fromtimestamp(1614265330, UTC)

KEY = base64.b64encode(b"a key of thirty-two bytes, or so").decode()
BODY = '{"type":"message.received","text":"Ça va?"}'.encode()
AT = datetime(2026, 3, 4, 18, 30, tzinfo=UTC)
STAMP = str(int(AT.timestamp() * 1000))


def signed_v1(body=BODY, stamp=STAMP, key=KEY):
    mac = hmac.new(base64.b64decode(key), stamp.encode() + b"." + body, hashlib.sha256)
    return DeliveryHeaders(f"hmac;1;{stamp};{base64.b64encode(mac.digest()).decode()}")


def test_the_published_example_of_the_standard_scheme_is_right():
    assert verify(STANDARD_BODY, STANDARD, STANDARD_KEY, now=STANDARD_AT) == STANDARD_AT


def test_a_signature_of_the_first_scheme_tells_when_it_was_made():
    assert verify(BODY, signed_v1(), f" {KEY}\n", now=AT) == AT


def test_one_right_signature_among_several_is_enough():
    several = DeliveryHeaders(
        f"v1a,AAAA v1,AAAA v1,not+base64! {RIGHT}", STANDARD.id, STANDARD.timestamp
    )
    assert verify(STANDARD_BODY, several, STANDARD_KEY, now=STANDARD_AT) == STANDARD_AT


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_a_signature_within_the_tolerance_is_taken(seconds):
    assert verify(BODY, signed_v1(), KEY, now=AT + timedelta(seconds=seconds)) == AT


@pytest.mark.parametrize(("seconds", "word"), [(301, "ago"), (-301, "in the future")])
def test_a_signature_from_another_time_is_refused_and_taken_where_any_time_will_do(seconds, word):
    now = AT + timedelta(seconds=seconds)
    with pytest.raises(InvalidSignature, match=f"more than 300 seconds {word}"):
        verify(BODY, signed_v1(), KEY, now=now)
    assert verify(BODY, signed_v1(), KEY, now=now, tolerance=None) == AT


@pytest.mark.parametrize(
    ("body", "signed", "key", "why"),
    [
        (BODY + b" ", signed_v1(), KEY, "does not match"),
        (BODY + b"\r\n", signed_v1(), KEY, "ends with a line break"),
        (BODY, signed_v1(key="b3RoZXI="), KEY, "belongs to another webhook"),
        (
            BODY,
            DeliveryHeaders(signed_v1().signature.replace(STAMP, f"{STAMP}0")),
            KEY,
            "does not match",
        ),
        (BODY, DeliveryHeaders(f"hmac;1;{STAMP}"), KEY, "Expected hmac;1"),
        (BODY, DeliveryHeaders(f"hmac;2;{STAMP};AAAA"), KEY, "Expected hmac;1"),
        (BODY, DeliveryHeaders("hmac;1;soon;AAAA"), KEY, "Expected milliseconds since 1970"),
        (
            BODY,
            DeliveryHeaders("hmac;1;9999999999999999;AAAA"),
            KEY,
            "Expected milliseconds since 1970",
        ),
        (BODY, DeliveryHeaders("hmac;1;١٢٣;AAAA"), KEY, "Expected milliseconds since 1970"),
        (
            BODY,
            DeliveryHeaders(f"hmac;1;{STAMP};AAA"),
            KEY,
            "not valid base64. It may be truncated",
        ),
        (BODY, DeliveryHeaders(f"hmac;1;{STAMP};é"), KEY, "not valid base64. It may be truncated"),
        (BODY, DeliveryHeaders("sha256=abc"), KEY, "Unknown signature format"),
        (BODY, DeliveryHeaders(""), KEY, "Unknown signature format"),
        (BODY, signed_v1(), "not a key", "key is not valid base64"),
        (BODY, signed_v1(), "", "key is not valid base64"),
        (BODY, signed_v1(), STANDARD_KEY, "key must not start with whsec_"),
        (STANDARD_BODY, STANDARD, KEY, "key must start with whsec_"),
        (STANDARD_BODY, STANDARD, "whsec_", "key is not valid base64"),
        (STANDARD_BODY, DeliveryHeaders(RIGHT, "msg_1"), STANDARD_KEY, "webhook-timestamp"),
        (STANDARD_BODY, DeliveryHeaders(RIGHT, None, "1614265330"), STANDARD_KEY, "webhook-id"),
        (
            STANDARD_BODY,
            DeliveryHeaders(RIGHT, "msg_1", "1614265330"),
            STANDARD_KEY,
            "does not match",
        ),
        (
            STANDARD_BODY,
            DeliveryHeaders(RIGHT, "msg_1", "16:14"),
            STANDARD_KEY,
            "Expected seconds since 1970",
        ),
        (
            STANDARD_BODY,
            DeliveryHeaders("v1a,AAAA", "msg_1", "1614265330"),
            STANDARD_KEY,
            "not valid base64",
        ),
    ],
)
def test_what_does_not_vouch_says_what_is_wrong_and_gives_nothing_away(body, signed, key, why):
    with pytest.raises(InvalidSignature, match=why) as refused:
        verify(body, signed, key, now=AT, tolerance=None)
    said = str(refused.value)
    assert len(key) < 8 or key not in said
    assert signed_v1().signature.rpartition(";")[2] not in said


@pytest.fixture
def command(monkeypatch, tmp_path, capsys, caplog):
    """Runs `quo-mcp webhook verify` on the published example; its status and what it said."""
    for setting in [each for each in os.environ if each.startswith(("QUO_", "MATON_"))]:
        monkeypatch.delenv(setting)
    caplog.set_level(logging.DEBUG)
    path = tmp_path / "payload.json"
    path.write_bytes(STANDARD_BODY)

    def run(*more, payload=str(path), key=STANDARD_KEY, stdin=STANDARD_BODY):
        if key:
            monkeypatch.setenv("QUO_WEBHOOK_KEY", key)
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(stdin)))
        headers = ["--signature", RIGHT, "--id", STANDARD.id, "--timestamp", STANDARD.timestamp]
        status = main(["webhook", "verify", *([payload] if payload else []), *headers, *more])
        out, err = capsys.readouterr()
        assert STANDARD_KEY not in out + err + caplog.text
        return status, out + err

    return run


@pytest.mark.parametrize("payload", [None, "-"])
def test_the_command_reads_the_payload_from_stdin(command, payload):
    status, said = command("--tolerance", "0", payload=payload)
    assert (status, said) == (
        0,
        "The signature is valid. Signed at Thu 2021-02-25 15:02:10 UTC.\n",
    )


def test_the_command_reads_the_payload_and_the_key_from_files(command, tmp_path):
    key = tmp_path / "key"
    key.write_text(f"{STANDARD_KEY}\n")
    assert command("--tolerance", "0", "--key-file", str(key), key=None)[0] == 0


def test_the_command_fails_on_an_old_signature_and_says_so(command):
    status, said = command()
    assert status == 1
    assert "Thu 2021-02-25 15:02:10 UTC is more than 300 seconds ago" in said


def test_the_command_fails_on_a_payload_that_was_changed(command):
    status, said = command("--tolerance", "0", payload=None, stdin=b'{"test":2432232314}')
    assert status == 1
    assert "not byte for byte what Quo sent" in said


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"key": None}, "no signing key: set QUO_WEBHOOK_KEY or use --key-file"),
        ({"payload": "/no/such/file"}, "No such file"),
    ],
)
def test_the_command_tells_a_wrong_call_from_a_wrong_signature(command, asked, why):
    status, said = command(**asked)
    assert status == 2
    assert why in said
