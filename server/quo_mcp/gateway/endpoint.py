"""The URLs and the API key of a gateway or of Quo's own API, and their validation.

Each `validate_*` function returns its argument. It raises ValueError with a sentence that does not quote a secret.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit


class Peer(NamedTuple):
    """What requests are sent to, for the messages of errors. The sentences have no full stop.

    name: begins in lower case within a sentence.
    check_key, check_url: what a person must do about a rejected key or a wrong URL.
    """

    name: str
    check_key: str
    check_url: str

    @property
    def title(self) -> str:
        """The name at the beginning of a sentence."""
        return self.name[0].upper() + self.name[1:]


MATON = Peer(
    "the gateway",
    "A person must check MATON_API_KEY against the key at maton.ai/settings",
    "A person must check the gateway URL in QUO_MCP_GATEWAY_URL or QUO_MCP_BASE_URL",
)
QUO = Peer(
    "Quo",
    "A person must check QUO_API_KEY against the keys in Quo's settings, under API",
    "A person must check the URL in QUO_MCP_QUO_URL",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayConfig:
    """The configuration of a `Gateway`.

    api_key: the Maton API key; without a control plane, Quo's own.
    quo_url, control_url: base URLs of Quo's API and of the control plane. Without a control plane, requests go to Quo
        directly, and name no connection.
    connection_id: the Maton connection to use, or None to use the only active one.
    read_timeout, write_timeout: seconds for a request, including its waits and retries.
    max_reply_bytes: the size limit of a reply after decompression.
    argument_names: the callers' names for Quo's parameters, for the messages of errors.

    Raises:
        ValueError: a value is invalid.
    """

    api_key: str = field(repr=False)
    quo_url: str
    control_url: str | None
    user_agent: str
    read_timeout: float
    write_timeout: float
    connection_id: str | None = None
    max_reply_bytes: int = 5_000_000
    argument_names: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        validate_key(self.api_key)
        object.__setattr__(self, "quo_url", validate_url(self.quo_url))
        if self.control_url is not None:
            object.__setattr__(self, "control_url", validate_url(self.control_url))
        if self.connection_id is not None:
            validate_connection_id(self.connection_id)
        if not re.fullmatch(r"[!-~](?:[ -~]*[!-~])?", self.user_agent):
            raise ValueError("User-Agent: must be one line of plain ASCII text.")
        if not (self.read_timeout > 0 and self.write_timeout > 0 and self.max_reply_bytes > 0):
            raise ValueError("Timeouts and the reply limit must be greater than 0.")

    @property
    def peer(self) -> Peer:
        return QUO if self.control_url is None else MATON

    @property
    def authorization(self) -> str:
        """The header of that name. Quo rejects a key with a scheme before it."""
        return self.api_key if self.control_url is None else f"Bearer {self.api_key}"


def validate_key(key: str) -> str:
    """Return the key if it can be an HTTP header value. Maton does not document its format."""
    if not re.fullmatch(r"[!-~]+", key):
        raise ValueError("The API key must be one word of plain ASCII characters, without spaces.")
    return key


def is_placeholder(key: str) -> bool:
    """Whether `key` is a variable reference such as `${KEY}`, which a client did not substitute."""
    return re.match(r"\$[{A-Z]", key) is not None


def validate_connection_id(connection_id: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,200}", connection_id):
        raise ValueError("A connection id contains only letters, digits, - and _.")
    return connection_id


def validate_url(url: str) -> str:
    """Return a base URL without its trailing slash. Plain http is allowed for loopback hosts only."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port  # raises ValueError for an invalid port
    except ValueError:
        raise ValueError("Invalid URL. Example: https://gateway.maton.ai.") from None
    if parts.scheme not in {"https", "http"} or not host:
        raise ValueError("The URL must begin with https:// and contain a host.")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError(
            "The URL must begin with https://. Plain http:// is accepted only for this machine."
        )
    if "@" in parts.netloc or "?" in url or "#" in url:
        raise ValueError("The URL must not contain a user name, password, query or fragment.")
    if not re.fullmatch(r"[!-~]+", url) or {".", ".."} & set(parts.path.split("/")):
        raise ValueError(
            "The URL must be plain ASCII without spaces, and its path must not contain . or .. segments."
        )
    return url.rstrip("/")


def strip_api_path(url: str) -> str:
    """Return the gateway's root URL: Maton's documentation prints it with `/quo` or `/quo/v1`."""
    return re.sub("/quo(?:/v1)?$", "", url)


def strip_version(url: str) -> str:
    """Return the root URL of Quo's API, whose documentation prints it with `/v1`."""
    return url.removesuffix("/v1")


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
