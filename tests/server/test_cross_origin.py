"""Pages of other origins: the permissions that their browsers ask for, and who gets them."""

from contextlib import asynccontextmanager

import httpx2
import pytest
from pydantic import ValidationError

from process.served import INITIALIZE_PARAMS
from process.test_process_http import JSON, TOKEN, message
from quo_mcp.config.settings import Settings
from quo_mcp.server.app import build_server
from quo_mcp.server.transports.streamable_http import http_app

pytestmark = pytest.mark.anyio

APP = "https://app.example.com"
OTHER = "https://other.example.com"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type,mcp-session-id,mcp-param-person",
}


@asynccontextmanager
async def serving(**settings):
    settings = Settings(http_token=TOKEN, **settings)
    app = http_app(build_server(settings), settings, host="127.0.0.1", port=4020)
    transport = httpx2.ASGITransport(app)
    url = "http://127.0.0.1:4020"
    async with (
        running_lifespan(app),
        httpx2.AsyncClient(transport=transport, base_url=url, headers=JSON) as http,
    ):
        yield http


@asynccontextmanager
async def running_lifespan(app):
    """Run the lifespan of the router within its middleware."""
    while not hasattr(app, "lifespan_context"):
        app = getattr(app, "_app", None) or next(
            cell.cell_contents
            for cell in app.__closure__
            if callable(cell.cell_contents) and not isinstance(cell.cell_contents, type)
        )
    async with app.lifespan_context(app):
        yield


def names(header):
    return {name.strip().lower() for name in header.split(",")}


async def test_a_preflight_is_answered_before_the_token_is_checked():
    async with serving(http_origins=(APP,)) as http:
        reply = await http.options("/mcp", headers={"Origin": APP} | PREFLIGHT)
        assert reply.status_code == 204
        assert reply.headers["access-control-allow-origin"] == APP
        allowed = names(reply.headers["access-control-allow-headers"])
        assert names(PREFLIGHT["Access-Control-Request-Headers"]) <= allowed
        assert {"mcp-protocol-version", "last-event-id", "mcp-method", "mcp-name"} <= allowed
        assert names(reply.headers["access-control-allow-methods"]) == {"get", "post", "delete"}
        assert "origin" in names(reply.headers["vary"])
        assert "access-control-allow-credentials" not in reply.headers


async def test_a_page_that_is_allowed_can_read_the_session_and_the_challenge():
    async with serving(http_origins=(APP,)) as http:
        asking = message("initialize", **INITIALIZE_PARAMS | {"capabilities": {"elicitation": {}}})
        challenge = await http.post("/mcp", json=asking, headers={"Origin": APP})
        assert challenge.status_code == 401
        session = await http.post("/mcp", json=asking, headers={"Origin": APP} | BEARER)
        assert session.status_code == 200
        for reply, header in ((challenge, "www-authenticate"), (session, "mcp-session-id")):
            assert header in reply.headers
            assert header in names(reply.headers["access-control-expose-headers"])
            assert reply.headers["access-control-allow-origin"] == APP
            assert "origin" in names(reply.headers["vary"])


@pytest.mark.parametrize(
    "origin",
    [
        OTHER,
        "http://app.example.com",
        "https://app.example.com:8443",
        "https://app.example.com.evil.example",
        "https://evil.example/https://app.example.com",
        "null",
    ],
)
async def test_a_page_of_another_origin_gets_no_permission_even_with_the_token(origin):
    async with serving(http_origins=(APP,)) as http:
        preflight = await http.options("/mcp", headers={"Origin": origin} | PREFLIGHT)
        assert preflight.status_code == 403
        call = await http.post(
            "/mcp", json=message("tools/list"), headers={"Origin": origin} | BEARER
        )
        assert call.status_code == 403
        for reply in (preflight, call):
            assert "access-control-allow-origin" not in reply.headers
            assert "origin" in names(reply.headers["vary"])


async def test_without_the_setting_no_origin_has_permission_and_a_preflight_needs_the_token():
    async with serving() as http:
        preflight = await http.options("/mcp", headers={"Origin": APP} | PREFLIGHT)
        assert preflight.status_code == 401
        call = await http.post("/mcp", json=message("tools/list"), headers={"Origin": APP} | BEARER)
        assert call.status_code == 403
        assert "access-control-allow-origin" not in call.headers


async def test_clients_that_are_no_pages_are_served_as_before():
    async with serving(http_origins=(APP,)) as http:
        reply = await http.post("/mcp", json=message("tools/list"), headers=BEARER)
        assert (reply.status_code, '"result"' in reply.text) == (200, True)
        assert "access-control-allow-origin" not in reply.headers
        assert (await http.options("/mcp")).status_code == 401, "no preflight"


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://App.Example.com", APP),
        ("https://app.example.com:443", APP),
        ("http://localhost:80", "http://localhost"),
        ("http://[::1]:6274", "http://[::1]:6274"),
    ],
)
def test_an_origin_is_compared_as_browsers_write_it(written, origin):
    assert Settings(http_origins=written).http_origins == (origin,)


@pytest.mark.parametrize(
    "written",
    [
        "*",
        "null",
        "app.example.com",
        "https://app.example.com/",
        "https://*.example.com",
        "ftp://a",
    ],
)
def test_an_origin_must_be_exact(written):
    with pytest.raises(ValidationError, match="exact origins without a path"):
        Settings(http_origins=written)
