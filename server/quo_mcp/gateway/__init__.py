"""The HTTP client for the Maton gateway: Quo's API, and the control plane for connections."""

from quo_mcp.gateway.client import ApiClient, Gateway
from quo_mcp.gateway.endpoint import (
    GatewayConfig,
    is_placeholder,
    strip_api_path,
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
    "is_placeholder",
    "strip_api_path",
    "validate_certificates",
    "validate_connection_id",
    "validate_key",
    "validate_proxy_url",
    "validate_url",
]
