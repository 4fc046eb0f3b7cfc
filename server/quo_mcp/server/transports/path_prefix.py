"""A reverse proxy may serve this server below a path, and pass the path on as it is.

The path is that of QUO_MCP_PUBLIC_URL before `/mcp`. No header of a request can change it.
"""

from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send


def path_prefix(public_url: str | None) -> str:
    """Return the path of the public URL before `/mcp`, without a slash at its end."""
    path = urlsplit(public_url or "").path.rstrip("/")
    return path.removesuffix("/mcp") if path.endswith("/mcp") else ""


def without_prefix(app: ASGIApp, prefix: str) -> ASGIApp:
    """Remove the prefix from paths that have it. A proxy that removes it itself is fine, too."""

    async def remove_prefix(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(f"{prefix}/"):
            raw_path = scope.get("raw_path") or scope["path"].encode()
            scope = {
                **scope,
                "path": scope["path"].removeprefix(prefix),
                "raw_path": raw_path.removeprefix(prefix.encode()),
            }
        await app(scope, receive, send)

    return remove_prefix if prefix else app
