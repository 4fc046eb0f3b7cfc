"""The proxy, which is never used for loopback hosts, and the trusted certificates."""

import asyncio
import socket
import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import anyio
import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.script import Data, gateway_config
from quo_mcp.errors import AccessDenied, Unavailable
from quo_mcp.gateway import Gateway, NetworkSettings, validate_certificates, validate_proxy_url
from quo_mcp.gateway.network_fault import diagnose

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
    with pytest.raises(ValueError, match="A proxy must be an http://") as raised:
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
@pytest.mark.parametrize(
    ("user_info", "status", "error_type", "message"),
    [
        ("", "407 No", AccessDenied, ("requires a sign-in (HTTP 407); nothing was sent. A person "
         "must set HTTPS_PROXY to http://USER:PASSWORD@127.0.0.1:PORT.")),
        ("user:canary@", "407 No", AccessDenied, ("rejected the user name or password in "
         "HTTPS_PROXY (HTTP 407); nothing was sent. A person must correct them, with special "
         "characters percent-encoded.")),
        ("user:canary@", "403 <canary>", AccessDenied, ("did not open a connection to "
         "gateway.example.com (HTTP 403); nothing was sent. A person must allow this host in the proxy, "
         "or add it to NO_PROXY to connect directly.")),
        ("", "502 Bad Gateway", Unavailable, ("could not reach gateway.example.com (HTTP 502); "
         "nothing was sent. If this continues, check the proxy. Otherwise, try again in a minute.")),
    ],
)  # fmt: skip
async def test_the_gateway_is_asked_through_the_proxy_and_a_refusal_there_leaves_nothing_sent(
    user_info, status, error_type, message, caplog
):
    attempts = 1 if error_type is AccessDenied else 3
    page = f"HTTP/1.1 {status}\r\nContent-Length: 13\r\n\r\n<html></html>".encode()
    async with listening(page) as (port, request_lines):
        network = NetworkSettings(f"http://{user_info}127.0.0.1:{port}")
        async with gateway("https://gateway.example.com/quo/v1", network) as quo:
            for _ in range(2):
                with pytest.raises(error_type) as raised:
                    await quo.api.post(Data, "messages", body={})
    assert request_lines == ["CONNECT gateway.example.com:443 HTTP/1.1"] * attempts * 2
    assert str(raised.value) == f"The proxy at 127.0.0.1:{port} " + message.replace(
        ":PORT", f":{port}"
    )
    assert len(caplog.messages) == 1
    assert "canary" not in str(raised.value) + caplog.text


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
def create_identity(tmp_path):
    """Return a function that creates a certificate for 127.0.0.1, valid until `days` from now.

    It returns the certificate's PEM file, and the server's SSL context.
    """

    def create(days=1):
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "this machine")])
        now = datetime.now(UTC)
        subject_name = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        certificate = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=9))
            .not_valid_after(now + timedelta(days=days))
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

    return create


@pytest.mark.anyio
async def test_the_certificates_that_are_named_are_trusted_and_no_others(create_identity):
    expected, context = create_identity()
    async with listening(GOOD, context) as (port, _):
        url = f"https://127.0.0.1:{port}"
        async with gateway(
            url, NetworkSettings(certificates=validate_certificates(expected))
        ) as quo:
            assert await quo.api.get(Data, "users") == Data(data=["x"])
        async with gateway(url, NetworkSettings()) as quo:
            with pytest.raises(AccessDenied, match="nothing was sent") as raised:
                await quo.api.post(Data, "messages", body={})
    assert "The certificate of 127.0.0.1 is not trusted (self-signed certificate)" in str(
        raised.value
    )
    assert "set SSL_CERT_FILE to a PEM file with its certificate authority." in str(raised.value)


@pytest.mark.anyio
async def test_an_expired_certificate_points_to_the_clock(create_identity):
    expected, context = create_identity(days=-1)
    async with (
        listening(GOOD, context) as (port, _),
        gateway(f"https://127.0.0.1:{port}", NetworkSettings(certificates=expected)) as quo,
    ):
        with pytest.raises(AccessDenied, match="has expired") as raised:
            await quo.api.get(Data, "users")
    assert str(raised.value).endswith(
        "nothing was changed. A person must check this machine's clock."
    )


@pytest.mark.anyio
async def test_another_authority_than_the_named_ones_is_to_be_added_to_the_file(create_identity):
    other, _ = create_identity()
    other = other.rename(other.with_name("other.pem"))
    _, context = create_identity()
    async with (
        listening(GOOD, context) as (port, _),
        gateway(f"https://127.0.0.1:{port}", NetworkSettings(certificates=other)) as quo,
    ):
        with pytest.raises(AccessDenied, match="SSL_CERT_FILE replaces the system's certificates"):
            await quo.api.get(Data, "users")


@pytest.mark.anyio
async def test_an_answer_without_tls_is_not_the_gateways():
    async with (
        listening(GOOD) as (port, _),
        gateway(f"https://127.0.0.1:{port}", NetworkSettings()) as quo,
    ):
        with pytest.raises(AccessDenied, match=r"answered instead of 127\.0\.0\.1, without TLS"):
            await quo.api.get(Data, "users")


@pytest.mark.anyio
async def test_a_closed_port_is_named_and_logged_once(caplog):
    async with listening(GOOD) as (port, _):
        pass
    async with gateway(f"http://127.0.0.1:{port}", NetworkSettings()) as quo:
        for _ in range(2):
            with pytest.raises(Unavailable) as raised:
                await quo.api.get(Data, "users")
    refusal = f"127.0.0.1:{port} refused the connection"
    assert str(raised.value) == (
        f"{refusal}; nothing was changed. Check the network. If it requires a proxy, set "
        "HTTPS_PROXY. Otherwise, try again in a minute."
    )
    assert [message for message in caplog.messages if refusal in message] == caplog.messages[:1]


URL = httpx2.URL("https://gateway.maton.ai/quo/v1/users")


def connect_error(cause, error_type=httpx2.ConnectError):
    error = error_type("x")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "proxy", "problem"),
    [
        (connect_error(socket.gaierror()), None, 'The host name "gateway.maton.ai" could not be resolved'),
        (connect_error(socket.gaierror()), PROXY, 'The host name "proxy.example.com" could not be resolved'),
        (connect_error(ExceptionGroup("", [OSError(), ConnectionRefusedError()])), PROXY,
         "The proxy at proxy.example.com:3128 refused the connection"),
        (connect_error(None, httpx2.ConnectTimeout), None,
         "gateway.maton.ai:443 did not accept a connection in time"),
        (connect_error(None), None, "No connection to gateway.maton.ai:443 could be established"),
        (connect_error(None, httpx2.ProxyError), PROXY,
         "The proxy at proxy.example.com:3128 did not open a connection to gateway.maton.ai"),
        (connect_error(ssl.SSLError()), PROXY, "The proxy answered instead of gateway.maton.ai, without TLS"),
    ],
)  # fmt: skip
def test_what_is_in_the_way_is_named(error, proxy, problem):
    fault = diagnose(error, URL, NetworkSettings(proxy))
    assert fault.problem == problem
    assert "HTTPS_PROXY" in fault.next_step or "NO_PROXY" in fault.next_step


def test_a_file_without_certificates_is_refused(tmp_path):
    (tmp_path / "empty.pem").touch()
    for name in ("empty.pem", "missing.pem"):
        with pytest.raises(ValueError, match="PEM"):
            validate_certificates(tmp_path / name)
