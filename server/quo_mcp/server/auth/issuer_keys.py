"""The public keys with which an OpenID provider (the issuer) signs its tokens.

They are read from the issuer's discovery document at the first token, again when a token names an
unknown key, and once an hour, so that a withdrawn key does not stay valid. If the issuer does not
answer, the keys that are known stay valid.
"""

import json
import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import anyio
from jwt import PyJWK
from jwt.exceptions import InvalidKeyError, PyJWKError

from quo_mcp.gateway.endpoint import validate_url
from quo_mcp.gateway.proxy import NetworkSettings
from quo_mcp.gateway.retry import NoReply
from quo_mcp.gateway.transport import AttemptProgress, HttpTransport

MIN_INTERVAL = 30.0  # seconds between two readings of the keys
MAX_AGE = 3_600.0
TIMEOUT = 5.0  # for one document
MAX_BYTES = 512 * 1024
MIN_RSA_BITS = 2_048

# By algorithm: the key's type, and its curves.
ALGORITHMS: Mapping[str, tuple[str, frozenset[str | None]]] = {
    **{name: ("RSA", frozenset({None})) for name in ("RS256", "RS384", "RS512")},
    "ES256": ("EC", frozenset({"P-256"})),
    "ES384": ("EC", frozenset({"P-384"})),
    "ES512": ("EC", frozenset({"P-521"})),
    "EdDSA": ("OKP", frozenset({"Ed25519", "Ed448"})),
}

FetchDocument: TypeAlias = Callable[[str], Awaitable[Any]]

logger = logging.getLogger(__name__)


class IssuerUnavailable(Exception):  # noqa: N818 - named without "Error", like all our errors
    """The issuer's keys cannot be read. The message says why, for the server's log."""


class IssuerKeys:
    """The keys of one issuer.

    issuer: its URL, exactly as in its tokens.
    fetch: returns the JSON at a URL, or raises `IssuerUnavailable`.
    monotonic: the clock, in seconds.
    """

    def __init__(
        self,
        issuer: str,
        *,
        fetch: FetchDocument,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuer = issuer
        self._fetch = fetch
        self._monotonic = monotonic
        self._lock = anyio.Lock()
        self._documents: list[dict[str, Any]] | None = None
        self._keys: dict[tuple[str | None, str], PyJWK | None] = {}
        self._read_at = self._tried_at = -MAX_AGE
        self._failure: IssuerUnavailable | None = None

    async def find(self, key_id: str | None, algorithm: str) -> PyJWK | None:
        """Return the key that signs with an algorithm; None if the issuer has none with this id.

        Raises:
            IssuerUnavailable: the key is unknown, and the keys could not be read.
        """
        key = self._known(key_id, algorithm)
        if key is None or (self._is_old and not self._lock.locked()):
            async with self._lock:
                key = self._known(key_id, algorithm)
                if (key is None or self._is_old) and self._may_read:
                    await self._read()
            key = self._known(key_id, algorithm)
        if key is None and self._failure:
            raise self._failure
        return key

    @property
    def _is_old(self) -> bool:
        return self._monotonic() - self._read_at > MAX_AGE

    @property
    def _may_read(self) -> bool:
        return self._monotonic() - self._tried_at >= MIN_INTERVAL

    def _known(self, key_id: str | None, algorithm: str) -> PyJWK | None:
        if (key_id, algorithm) not in self._keys and self._documents is not None:
            fitting = [
                key
                for document in self._documents
                if key_id is None or document.get("kid") == key_id
                for key in _parse(document, algorithm)
            ]
            # Without an id, the key must be beyond doubt.
            is_certain = fitting and (key_id is not None or len(fitting) == 1)
            if not is_certain:
                return None
            self._keys[key_id, algorithm] = fitting[0]
        return self._keys.get((key_id, algorithm))

    async def _read(self) -> None:
        self._tried_at = self._monotonic()
        try:
            documents = await self._read_documents()
        except IssuerUnavailable as error:
            logger.warning("The keys of %s cannot be read: %s.", self._issuer, error)
            self._failure = error
            return
        self._documents, self._keys, self._failure = documents, {}, None
        self._read_at = self._tried_at

    async def _read_documents(self) -> list[dict[str, Any]]:
        discovery = await self._discover()
        if discovery.get("issuer") != self._issuer:
            raise IssuerUnavailable(
                f"its discovery document is about the issuer {str(discovery.get('issuer'))[:200]!r}; set QUO_MCP_OAUTH_ISSUER to "
                "exactly that if it is the right one"
            )
        url = discovery.get("jwks_uri")
        try:
            validate_url(str(url).partition("?")[0])
        except ValueError as error:
            raise IssuerUnavailable(f"its jwks_uri is invalid: {error}") from None
        key_set = await self._fetch(str(url))
        documents = key_set.get("keys") if isinstance(key_set, dict) else None
        if not isinstance(documents, list):
            raise IssuerUnavailable("its jwks_uri does not return a set of keys")
        return [document for document in documents if isinstance(document, dict)]

    async def _discover(self) -> dict[str, Any]:
        """Return the discovery document, of OpenID Connect or else of OAuth (RFC 8414)."""
        failure: IssuerUnavailable | None = None
        for url in discovery_urls(self._issuer):
            try:
                document = await self._fetch(url)
            except IssuerUnavailable as error:
                failure = failure or error
                continue
            if isinstance(document, dict):
                return document
        raise failure or IssuerUnavailable("its discovery document is not a JSON object")


def discovery_urls(issuer: str) -> tuple[str, str]:
    """Return where the discovery document may be: OpenID Connect appends to the path, RFC 8414 prepends."""
    base = issuer.rstrip("/")
    path = urlsplit(base).path
    origin = base.removesuffix(path)
    return (
        f"{base}/.well-known/openid-configuration",
        f"{origin}/.well-known/oauth-authorization-server{path}",
    )


def _parse(document: Mapping[str, Any], algorithm: str) -> Iterator[PyJWK]:
    """Yield the key of a JWK if it signs with the algorithm and can be read."""
    kind, curves = ALGORITHMS[algorithm]
    if (
        document.get("kty") != kind
        or (kind != "RSA" and document.get("crv") not in tuple(curves))
        or document.get("use", "sig") != "sig"
        or document.get("alg", algorithm) != algorithm
    ):
        return
    try:
        key = PyJWK.from_dict(dict(document), algorithm=algorithm)
    except (PyJWKError, InvalidKeyError, ValueError, TypeError, KeyError):
        return
    if kind != "RSA" or key.key.key_size >= MIN_RSA_BITS:
        yield key


def document_reader(network: NetworkSettings) -> FetchDocument:
    """Return a function that reads a JSON document. It follows no redirects, and limits time and size."""

    async def fetch(url: str) -> Any:
        transport = HttpTransport(None, MAX_BYTES, network)
        try:
            with anyio.fail_after(TIMEOUT):
                reply = await transport.send(
                    "GET",
                    url,
                    headers={"Accept": "application/json"},
                    content=None,
                    timeout=TIMEOUT,
                    progress=AttemptProgress(),
                )
        except TimeoutError:
            raise IssuerUnavailable(f"{url} did not answer within {TIMEOUT:g} s") from None
        finally:
            await transport.close()  # the next reading is an hour away
        if isinstance(reply, NoReply):
            raise IssuerUnavailable(f"{url} cannot be reached")
        if not reply.is_success or reply.body_error:
            raise IssuerUnavailable(f"{url} answered with HTTP {reply.status}")
        try:
            return json.loads(reply.body)
        except (ValueError, RecursionError):
            raise IssuerUnavailable(f"{url} did not return JSON") from None

    return fetch
