"""The way out: straight, or through a proxy, and whose certificates are trusted on it."""

import re
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from quo_mcp.gateway.endpoint import is_loopback


@dataclass(frozen=True, slots=True)
class Way:
    """How the network is reached.

    proxy: its URL, perhaps with a password. straight: hosts that are reached without it, as in
        NO_PROXY, each with those below it; `*` is every one.
    certificates: a PEM file of those that are trusted in place of the system's.
    """

    proxy: str | None = field(default=None, repr=False)
    straight: tuple[str, ...] = ()
    certificates: Path | None = None

    def proxy_to(self, host: str) -> str | None:
        """This machine is never reached through one: it would be another machine's idea of itself."""
        if is_loopback(host) or any(_covers(each, host) for each in self.straight):
            return None
        return self.proxy

    def trust(self) -> ssl.SSLContext:
        """Reading the system's certificates takes a tenth of a second."""
        if self.certificates is None:
            return httpx2.create_ssl_context(trust_env=False)
        return ssl.create_default_context(cafile=self.certificates)


def checked_proxy(url: str) -> str:
    """The proxy's URL; without a scheme it is http. Raises ValueError, never echoing a password."""
    whole = url if "://" in url else f"http://{url}"
    try:
        parts = urlsplit(whole)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname)
        _ = parts.port  # parsed only when asked for
    except ValueError:
        fits = False
    if not fits or not re.fullmatch("[!-~]+", whole):
        raise ValueError(
            "A proxy is an http:// or https:// URL, like http://proxy.example.com:3128."
        )
    return whole


def checked_certificates(path: Path) -> Path:
    """The file, if it looks like one of certificates: reading them all would take a third of a start."""
    try:
        certified = b"-----BEGIN" in path.expanduser().read_bytes()
    except OSError:
        certified = False
    if not certified:
        raise ValueError("This must be a file of certificates in PEM.")
    return path.expanduser()


def _covers(word: str, host: str) -> bool:
    name = re.sub(r":[0-9]+$", "", word).lstrip("*.").lower()
    return word == "*" or (name != "" and f".{host.lower()}".endswith(f".{name}"))


class Routed(httpx2.AsyncBaseTransport):
    """One transport a way, made when it is first taken."""

    def __init__(self, way: Way, trust: ssl.SSLContext, limits: httpx2.Limits) -> None:
        self._way, self._trust, self._limits = way, trust, limits
        self._made: dict[str | None, httpx2.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        proxy = self._way.proxy_to(request.url.host)
        if proxy not in self._made:
            self._made[proxy] = httpx2.AsyncHTTPTransport(
                verify=self._trust, trust_env=False, limits=self._limits, proxy=proxy
            )
        return await self._made[proxy].handle_async_request(request)

    async def aclose(self) -> None:
        for each in self._made.values():
            await each.aclose()
