"""Why no connection to the gateway could be established, and which setting helps. Pure."""

import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx2

from quo_mcp.gateway.proxy import NetworkSettings

_CERTIFICATE_DATE_CODES = {9, 10}  # OpenSSL: not yet valid, expired
_PROXY_CANNOT_REACH_HOST = range(500, 600)


@dataclass(frozen=True, slots=True)
class NetworkFault:
    """A failure to connect. Both texts are sentences without their full stops.

    is_permanent: whether only a person can change it, so that another attempt is useless. Repeated
        sign-ins with a wrong password can even lock the proxy account.
    """

    problem: str
    next_step: str
    is_permanent: bool = False


def diagnose(error: Exception, url: httpx2.URL, network: NetworkSettings) -> NetworkFault:
    """Return the fault behind an error of httpx2 that was raised before a connection was open."""
    host = url.host
    proxy = network.proxy_for(host)
    if proxy and isinstance(error, httpx2.ProxyError):
        return _proxy_refusal(str(error), host, proxy)
    peer = f"the proxy at {_address(proxy)}" if proxy else f"{host}:{url.port or 443}"
    check = (
        "Check HTTPS_PROXY, and that the proxy is running"
        if proxy
        else "Check the network. If it requires a proxy, set HTTPS_PROXY"
    )
    problem = (
        f"{_capitalized(peer)} did not accept a connection in time"
        if isinstance(error, httpx2.TimeoutException)
        else f"No connection to {peer} could be established"
    )
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _untrusted_certificate(cause, host, network)
        if isinstance(cause, ssl.SSLError):
            sender = "The proxy" if proxy else "Another device on the network, such as a proxy,"
            return NetworkFault(
                f"{sender} answered instead of {host}, without TLS",
                "A person must check HTTPS_PROXY, or sign in to this network in a browser",
                is_permanent=True,
            )
        if isinstance(cause, socket.gaierror):
            name = urlsplit(proxy).hostname if proxy else host
            problem = f'The host name "{name}" could not be resolved'
        if isinstance(cause, ConnectionRefusedError):
            problem = f"{_capitalized(peer)} refused the connection"
    return NetworkFault(problem, check)


def _proxy_refusal(reply: str, host: str, proxy: str) -> NetworkFault:
    """Return the fault for a proxy's answer to CONNECT. reply: its status and reason."""
    status = int(reply[:3]) if re.match("[0-9]{3}", reply) else 0
    peer = f"The proxy at {_address(proxy)}"
    if status == 407 and urlsplit(proxy).username:
        return NetworkFault(
            f"{peer} rejected the user name or password in HTTPS_PROXY (HTTP 407)",
            "A person must correct them, with special characters percent-encoded",
            is_permanent=True,
        )
    if status == 407:
        return NetworkFault(
            f"{peer} requires a sign-in (HTTP 407)",
            f"A person must set HTTPS_PROXY to http://USER:PASSWORD@{_address(proxy)}",
            is_permanent=True,
        )
    if status in _PROXY_CANNOT_REACH_HOST:
        return NetworkFault(
            f"{peer} could not reach {host} (HTTP {status})", "If this continues, check the proxy"
        )
    return NetworkFault(
        f"{peer} did not open a connection to {host}{f' (HTTP {status})' if status else ''}",
        "A person must allow this host in the proxy, or add it to NO_PROXY to connect directly",
        is_permanent=True,
    )


def _untrusted_certificate(
    error: ssl.SSLCertVerificationError, host: str, network: NetworkSettings
) -> NetworkFault:
    problem = f"The certificate of {host} is not trusted ({error.verify_message.rstrip('.')})"
    if error.verify_code in _CERTIFICATE_DATE_CODES:
        next_step = "A person must check this machine's clock"
    elif network.certificates:
        next_step = (
            "SSL_CERT_FILE replaces the system's certificates. A person must add this network's certificate "
            "authority to that file"
        )
    else:
        next_step = (
            "If this network inspects TLS, a person must set SSL_CERT_FILE to a PEM file with its "
            "certificate authority"
        )
    return NetworkFault(problem, next_step, is_permanent=True)


def _address(proxy: str) -> str:
    """Return the host and port of a proxy's URL, without its password."""
    return urlsplit(proxy).netloc.rpartition("@")[2]


def _capitalized(peer: str) -> str:
    return peer.replace("the proxy", "The proxy", 1)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and everything that led to it. anyio groups the errors of several addresses."""
    pending = [error]
    while pending:
        current = pending.pop(0)
        yield current
        if isinstance(current, BaseExceptionGroup):
            pending += current.exceptions
        if cause := current.__cause__ or current.__context__:
            pending.append(cause)
