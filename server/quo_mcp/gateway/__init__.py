"""The one door to the outside: the Maton gateway in front of Quo, and the control plane beside it."""

from quo_mcp.gateway.client import Gateway, Plane
from quo_mcp.gateway.endpoint import (
    Settings,
    checked_connection,
    checked_key,
    checked_url,
    is_reference,
    root,
)
from quo_mcp.gateway.proxy import Way, checked_certificates, checked_proxy

__all__ = [
    "Gateway",
    "Plane",
    "Settings",
    "Way",
    "checked_certificates",
    "checked_connection",
    "checked_key",
    "checked_proxy",
    "checked_url",
    "is_reference",
    "root",
]
