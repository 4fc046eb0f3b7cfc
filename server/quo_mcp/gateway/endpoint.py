"""Where the gateway is and who asks. Each check raises ValueError with a sentence, never echoing a secret."""

import re
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the gateway needs to know.

    key: the Maton API key.
    connection: the id of the account's link to Quo, or None to find the only active one.
    read_deadline, write_deadline: seconds for a whole call, its waits and retries included.
    reply_limit: the largest reply that is read, in bytes after decompression.
    """

    key: str = field(repr=False)
    quo_url: str
    control_url: str
    user_agent: str
    read_deadline: float
    write_deadline: float
    connection: str | None = None
    reply_limit: int = 5_000_000

    def __post_init__(self) -> None:
        checked_key(self.key)
        object.__setattr__(self, "quo_url", checked_url(self.quo_url))
        object.__setattr__(self, "control_url", checked_url(self.control_url))
        if self.connection is not None:
            checked_connection(self.connection)
        if not re.fullmatch(r"[!-~](?:[ -~]*[!-~])?", self.user_agent):
            raise ValueError("The User-Agent must be a line of plain ASCII text.")
        if not (self.read_deadline > 0 and self.write_deadline > 0 and self.reply_limit > 0):
            raise ValueError("Deadlines and the reply limit must be above zero.")


def checked_key(key: str) -> str:
    """The key, if it can stand in a header. Its form is Maton's business and not checked."""
    if not re.fullmatch(r"[!-~]+", key):
        raise ValueError("The API key must be one word of plain ASCII characters, without spaces.")
    return key


def is_reference(key: str) -> bool:
    """Whether it only refers to a key: a client hands that on as it stands where nothing is set."""
    return re.match(r"\$[{A-Z]", key) is not None


def checked_connection(connection: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,200}", connection):
        raise ValueError("A connection id is made of letters, digits, '-' and '_'.")
    return connection


def checked_url(url: str) -> str:
    """The base URL without its last slash: https anywhere, plain http on this machine only."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port  # parsed only when asked for
    except ValueError:
        raise ValueError("This is not a URL; write it like https://gateway.maton.ai.") from None
    if parts.scheme not in {"https", "http"} or not host:
        raise ValueError("The URL must begin with https:// and name a host.")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError("The URL must begin with https://; plain http is for this machine only.")
    if "@" in parts.netloc or "?" in url or "#" in url:
        raise ValueError("The URL must hold no user name, password, query or fragment.")
    if not re.fullmatch(r"[!-~]+", url) or {".", ".."} & set(parts.path.split("/")):
        raise ValueError("The URL must be plain ASCII without spaces, and its path without dots.")
    return url.rstrip("/")


def root(url: str) -> str:
    """The gateway's own URL of one that goes on to Quo's API, as Maton's documents print it."""
    return re.sub("/quo(?:/v1)?$", "", url)


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
