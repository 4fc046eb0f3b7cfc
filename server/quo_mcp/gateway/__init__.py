"""The HTTP client for Quo's API, through the Maton gateway or directly, and for Maton's connections."""

from quo_mcp.gateway.client import ApiClient, Gateway
from quo_mcp.gateway.endpoint import (
    GatewayConfig,
    Peer,
    is_placeholder,
    strip_api_path,
    strip_version,
    validate_connection_id,
    validate_key,
    validate_url,
)
from quo_mcp.gateway.proxy import NetworkSettings, validate_certificates, validate_proxy_url

__all__ = [
    "ApiClient",
    "Gateway",
    "GatewayConfig",
    "NetworkSettings",
    "Peer",
    "is_placeholder",
    "strip_api_path",
    "strip_version",
    "validate_certificates",
    "validate_connection_id",
    "validate_key",
    "validate_proxy_url",
    "validate_url",
]
