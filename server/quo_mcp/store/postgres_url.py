"""The URL of a PostgreSQL database. It may hold a password, so no message quotes it."""

from typing import Any
from urllib.parse import urlsplit

SCHEMES = ("postgresql", "postgres")
CONNECT_OPTIONS: dict[str, Any] = {
    "application_name": "quo-mcp",
    "client_encoding": "utf8",
    "connect_timeout": 5,  # seconds
    "tcp_user_timeout": 10_000,  # milliseconds until data that nobody acknowledges ends the connection
}
INSTALL = "pip install 'quo-mcp[team]'"


def parse_url(url: str) -> dict[str, Any]:
    """Return the parts of a URL, by the names of libpq.

    Raises:
        ValueError: it is invalid, or psycopg is not installed. The message does not quote it.
    """
    if urlsplit(url.strip()).scheme not in SCHEMES:
        raise ValueError("must be a URL such as postgresql://user:password@host:5432/database")
    try:
        import psycopg.conninfo  # noqa: PLC0415 - a server with SQLite does not need it
    except ImportError:
        raise ValueError(f"requires the PostgreSQL driver; install it with: {INSTALL}") from None
    try:
        parts = psycopg.conninfo.conninfo_to_dict(url.strip())
    except psycopg.Error:
        parts = {}
    ports = str(parts.get("port") or "5432").split(",")
    if not parts or not all(port.isdecimal() for port in ports):
        raise ValueError(
            "is not a valid URL; percent-encode special characters in the user name and the password"
        )
    return parts


def describe_location(url: str) -> str:
    """Return the name of the database and its host, without user and password."""
    parts = parse_url(url)
    host = parts.get("host") or parts.get("hostaddr") or "this machine"
    return f'the PostgreSQL database "{parts.get("dbname") or parts.get("user") or "default"}" on {host}'
