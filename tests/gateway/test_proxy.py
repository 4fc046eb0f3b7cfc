"""The proxy, which is never used for loopback hosts, and the trusted certificates."""

import asyncio
import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import anyio
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.script import Data, gateway_config
from quo_mcp.errors import Unavailable
from quo_mcp.gateway import Gateway, NetworkSettings, validate_certificates, validate_proxy_url

PROXY = "http://proxy.example.com:3128"
GOOD = b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"data": ["x"]}'


@pytest.mark.parametrize(
    ("no_proxy", "host", "uses_proxy"),
    [
        ((), "gateway.maton.ai", True),
        ((), "localhost", False),
        ((), "127.0.0.1", False),
        ((), "::1", False),
        (("maton.ai",), "gateway.maton.ai", False),
        ((".maton.ai",), "gateway.maton.ai", False),
        (("*.Maton.ai:443",), "gateway.maton.ai", False),
        (("gateway.maton.ai",), "GATEWAY.maton.ai", False),
        (("aton.ai", "maton.ai.example.com", "ctrl.maton.ai"), "gateway.maton.ai", True),
        (("*",), "gateway.maton.ai", False),
        ((".",), "gateway.maton.ai", True),
    ],
)
def test_a_proxy_is_taken_except_to_this_machine_and_what_is_listed(no_proxy, host, uses_proxy):
    assert NetworkSettings(PROXY, no_proxy).proxy_for(host) == (PROXY if uses_proxy else None)
    assert NetworkSettings(None, no_proxy).proxy_for(host) is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (PROXY, PROXY),
        ("proxy.example.com:3128", PROXY),
        ("https://user:pass@proxy:1", "https://user:pass@proxy:1"),
    ],
)
def test_a_proxy_without_a_scheme_is_http(url, expected):
    assert validate_proxy_url(url) == expected


@pytest.mark.parametrize(
    "url", ["socks5://canary:1", "http://", "canary:port", "http://canary x", "://canary"]
)
def test_another_proxy_is_refused_unsaid(url):
    with pytest.raises(ValueError, match="A proxy is an http://") as raised:
        validate_proxy_url(url)
    assert "canary" not in str(raised.value)


def test_a_password_in_a_proxys_url_is_not_shown():
    assert "canary" not in repr(NetworkSettings("http://user:canary@proxy.example.com"))


@asynccontextmanager
async def listening(answer, identity=None):
    """Run a local server. Yields its port and the first line of each request."""
    request_lines = []

    async def serve(reader, writer):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            request_lines.append(head.partition(b"\r\n")[0].decode())
            writer.write(answer)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=identity)
    try:
        yield server.sockets[0].getsockname()[1], request_lines
    finally:
        server.close()


def gateway(url, network):
    async def no_pause(_seconds):
        await anyio.lowlevel.checkpoint()

    certificate = gateway_config(quo_url=url, connection_id="c")
    return Gateway(certificate, sleep=no_pause, network=network)


@pytest.mark.anyio
async def test_the_gateway_is_asked_through_the_proxy_and_a_refusal_there_leaves_nothing_sent():
    async with listening(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n") as (port, request_lines):
        network = NetworkSettings(f"http://user:canary@127.0.0.1:{port}")
        async with gateway("https://gateway.example.com/quo/v1", network) as quo:
            with pytest.raises(Unavailable, match="nothing was sent") as raised:
                await quo.api.post(Data, "messages", body={})
    assert request_lines == ["CONNECT gateway.example.com:443 HTTP/1.1"] * 3
    assert "canary" not in str(raised.value)


@pytest.mark.anyio
async def test_this_machine_is_asked_without_the_proxy():
    nowhere = NetworkSettings("http://127.0.0.1:9")
    async with (
        listening(GOOD) as (port, request_lines),
        gateway(f"http://127.0.0.1:{port}", nowhere) as quo,
    ):
        assert await quo.api.get(Data, "users") == Data(data=["x"])
        assert await quo.api.post(Data, "messages", body={}) == Data(data=["x"])
    assert request_lines == ["GET /users HTTP/1.1", "POST /messages HTTP/1.1"]


@pytest.fixture
def identity(tmp_path):
    """Return a self-signed certificate for 127.0.0.1: its PEM file, and the server's SSL context."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "this machine")])
    now = datetime.now(UTC)
    subject_name = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(subject_name, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    expected = tmp_path / "own.pem"
    expected.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    chain = tmp_path / "both.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    chain.write_bytes(secret + expected.read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return expected, context


@pytest.mark.anyio
async def test_the_certificates_that_are_named_are_trusted_and_no_others(identity):
    expected, context = identity
    async with listening(GOOD, context) as (port, _):
        url = f"https://127.0.0.1:{port}"
        async with gateway(
            url, NetworkSettings(certificates=validate_certificates(expected))
        ) as quo:
            assert await quo.api.get(Data, "users") == Data(data=["x"])
        async with gateway(url, NetworkSettings()) as quo:
            with pytest.raises(Unavailable, match="nothing was sent"):
                await quo.api.post(Data, "messages", body={})


def test_a_file_without_certificates_is_refused(tmp_path):
    (tmp_path / "empty.pem").touch()
    for name in ("empty.pem", "missing.pem"):
        with pytest.raises(ValueError, match="PEM"):
            validate_certificates(tmp_path / name)
