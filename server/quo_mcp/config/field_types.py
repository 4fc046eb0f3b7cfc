"""The types of settings: how a value is written in an environment variable, and how it is validated.

A validator raises ValueError with a sentence that says what is accepted.
"""

import re
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator

from quo_mcp.gateway import (
    strip_api_path,
    strip_version,
    validate_certificates,
    validate_connection_id,
    validate_url,
)
from quo_mcp.values.times import find_zone

MIN_RETENTION_DAYS = 7  # daily limits, duplicates and idempotency keys need at least one
MAX_RETENTION_DAYS = 3650


def _split_list(value: Any) -> Any:
    """Split a comma-separated string, as an environment variable contains it."""
    if isinstance(value, str):
        items = tuple(item.strip() for item in value.split(",") if item.strip())
        if not items:
            raise ValueError(
                "must contain at least one value; to use the default, remove the variable"
            )
        return items
    return value


def _validate_phone_number(item: str) -> str:
    """Reject what is not a phone number: a rule with a typing error would silently match no one."""
    if not re.fullmatch("[+]?[0-9]{7,15}", re.sub("[ ().-]", "", item)):
        raise ValueError("must be a comma-separated list of phone numbers, e.g. +14155550134")
    return item


def _validate_recipient(item: str) -> str:
    if item in {"anyone", "known"}:
        return item
    try:
        return _validate_phone_number(item)
    except ValueError:
        raise ValueError(
            "must be anyone, known, or a comma-separated list of phone numbers, e.g. +14155550134"
        ) from None


def _validate_country(item: str) -> str:
    if not re.fullmatch("[A-Za-z]{2}|[Aa][Nn][Yy]", item):
        raise ValueError(
            "must be any, or a comma-separated list of two-letter country codes, e.g. US,CA"
        )
    return item


def _validate_origin(item: str) -> str:
    """Return an origin as browsers write it: in lower case, without the scheme's own port."""
    match = re.fullmatch(
        r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?",
        item.lower(),
    )
    if match is None:
        raise ValueError(
            "must be a comma-separated list of exact origins without a path, e.g. https://app.example.com"
        )
    default_port = {"http": "80", "https": "443"}[match["scheme"]]
    port = "" if match["port"] in {None, default_port} else f":{match['port']}"
    return f"{match['scheme']}://{match['host']}{port}"


def absolute_path(path: Path) -> Path:
    """Expand `~`, and reject a relative path: each client starts the server in a directory of its own."""
    try:
        expanded = path.expanduser()
    except RuntimeError:
        expanded = path
    if not expanded.is_absolute():
        raise ValueError(
            f'must be an absolute path, or start with ~/; "{path}" would be another directory for each client that starts the '
            "server"
        )
    return expanded


def _validate_retention(text: str) -> str:
    match = re.fullmatch("([0-9]{1,4})d", text)
    if match is None or not MIN_RETENTION_DAYS <= int(match[1]) <= MAX_RETENTION_DAYS:
        raise ValueError(
            f"must be a number of days from {MIN_RETENTION_DAYS} to {MAX_RETENTION_DAYS} followed by d, e.g. 90d"
        )
    return text


def _validate_issuer(url: str) -> str:
    """Check the URL, and return it as given: the issuer of a token must equal it, with or without a slash at the end."""
    validate_url(url)
    return url


def _endpoint_url(url: str) -> str:
    """Return the URL of the endpoint: a URL without a path gets that of the endpoint."""
    return url if urlsplit(url).path else f"{url}/mcp"


BaseUrl = Annotated[str, AfterValidator(validate_url)]
IssuerUrl = Annotated[str, AfterValidator(_validate_issuer)]
PublicUrl = Annotated[BaseUrl, AfterValidator(_endpoint_url)]
GatewayUrl = Annotated[BaseUrl, AfterValidator(strip_api_path)]
QuoUrl = Annotated[BaseUrl, AfterValidator(strip_version)]
StringList = Annotated[tuple[str, ...], BeforeValidator(_split_list)]
PhoneNumberList = Annotated[
    tuple[Annotated[str, AfterValidator(_validate_phone_number)], ...], BeforeValidator(_split_list)
]
RecipientList = Annotated[
    tuple[Annotated[str, AfterValidator(_validate_recipient)], ...], BeforeValidator(_split_list)
]
OriginList = Annotated[
    tuple[Annotated[str, AfterValidator(_validate_origin)], ...], BeforeValidator(_split_list)
]
CountryList = Annotated[
    tuple[Annotated[str, AfterValidator(_validate_country)], ...], BeforeValidator(_split_list)
]
TimeZoneName = Annotated[str, AfterValidator(lambda name: find_zone(name).key)]
ConnectionId = Annotated[str, AfterValidator(validate_connection_id)]
Retention = Annotated[str, AfterValidator(_validate_retention)]
CertificateFile = Annotated[Path, AfterValidator(validate_certificates)]
