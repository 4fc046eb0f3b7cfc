"""The network route to the gateway: direct or through a proxy, and the certificates to trust."""

import re
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from quo_mcp.gateway.endpoint import is_loopback


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """How the network is reached.

    proxy: the proxy's URL, which may contain a password, or None.
    no_proxy: hosts reached directly, with their subdomains, as in NO_PROXY; `*` is every host.
    certificates: a PEM file that replaces the system's trusted certificates, or None.
    """

    proxy: str | None = field(default=None, repr=False)
    no_proxy: tuple[str, ...] = ()
    certificates: Path | None = None

    def proxy_for(self, host: str) -> str | None:
        """Return the proxy for `host`, or None. A loopback host would be the proxy's own machine."""
        if is_loopback(host) or any(_matches_host(entry, host) for entry in self.no_proxy):
            return None
        return self.proxy

    def ssl_context(self) -> ssl.SSLContext:
        """Return a new SSL context. Loading the system's certificates takes about 0.1 s."""
        if self.certificates is None:
            return httpx2.create_ssl_context(trust_env=False)
        return ssl.create_default_context(cafile=self.certificates)


def validate_proxy_url(url: str) -> str:
    """Return the proxy's URL; without a scheme it is http.

    Raises:
        ValueError: the URL is invalid. The message does not quote it, since it may contain a password.
    """
    full_url = url if "://" in url else f"http://{url}"
    try:
        parts = urlsplit(full_url)
        is_valid = parts.scheme in {"http", "https"} and bool(parts.hostname)
        _ = parts.port  # raises ValueError for an invalid port
    except ValueError:
        is_valid = False
    if not is_valid or not re.fullmatch("[!-~]+", full_url):
        raise ValueError(
            "A proxy must be an http:// or https:// URL, e.g. http://proxy.example.com:3128."
        )
    return full_url


def validate_certificates(path: Path) -> Path:
    """Return the path with `~` expanded if the file looks like PEM.

    The certificates are not parsed here: that takes about a third of the start-up time.

    Raises:
        ValueError: the file cannot be read or is not PEM.
    """
    try:
        is_pem = b"-----BEGIN" in path.expanduser().read_bytes()
    except OSError:
        is_pem = False
    if not is_pem:
        raise ValueError("The value must be the path of a readable PEM file with certificates.")
    return path.expanduser()


def _matches_host(entry: str, host: str) -> bool:
    """Whether a NO_PROXY entry (`*`, `example.com`, `.example.com`, `host:443`) covers `host`."""
    domain = re.sub(r":[0-9]+$", "", entry).lstrip("*.").lower()
    return entry == "*" or (domain != "" and f".{host.lower()}".endswith(f".{domain}"))


class ProxyRoutingTransport(httpx2.AsyncBaseTransport):
    """Sends each request directly or through the proxy, with one transport for each route."""

    def __init__(
        self, network: NetworkSettings, ssl_context: ssl.SSLContext, limits: httpx2.Limits
    ) -> None:
        self._network, self._ssl_context, self._limits = network, ssl_context, limits
        self._transports: dict[str | None, httpx2.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        proxy = self._network.proxy_for(request.url.host)
        if proxy not in self._transports:
            self._transports[proxy] = httpx2.AsyncHTTPTransport(
                verify=self._ssl_context, trust_env=False, limits=self._limits, proxy=proxy
            )
        return await self._transports[proxy].handle_async_request(request)

    async def aclose(self) -> None:
        for transport in self._transports.values():
            await transport.aclose()
