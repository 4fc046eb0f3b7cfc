"""A small OpenID provider for tests: real keys and real HTTP, but no sign-in page. It signs any token that a test asks for."""

import asyncio
import json
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import cache

import httpx2
import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from conftest import skip_waits
from process.served import ReadyServer
from process.test_process_http import JSON, message
from quo_mcp.config.settings import Settings
from quo_mcp.sandbox import Sandbox
from quo_mcp.server.account import open_account
from quo_mcp.server.app import build_server
from quo_mcp.server.transports.streamable_http import http_app, listen

SCOPES = "quo.read quo.send quo.contacts"
MARISOL, TOM, PRIYA, BENOIT = (
    f"{name}@harborpine.example.com" for name in ("marisol", "tom", "priya", "benoit")
)


@cache
def private_key(kind="RSA", name="first"):
    """Return a key that no other name has. Making RSA keys takes long, so they are kept."""
    match kind:
        case "RSA":
            return rsa.generate_private_key(65537, 2048)
        case "small RSA":
            return rsa.generate_private_key(65537, 1024)
        case "EdDSA":
            return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key(getattr(ec, kind)())


def public_document(key, algorithm, key_id):
    """Return the JWK of a private key."""
    to_jwk = jwt.get_algorithm_by_name(algorithm).to_jwk
    return {**to_jwk(key.public_key(), as_dict=True), "kid": key_id, "use": "sig", "alg": algorithm}


class Issuer:
    """An OpenID provider. documents: its public keys. is_down: answer HTTP 500. reads: how often the keys were read."""

    def __init__(self):
        self.url = ""
        self.key, self.key_id, self.algorithm = private_key(), "k1", "RS256"
        self.documents = [public_document(self.key, self.algorithm, self.key_id)]
        self.is_down = False
        self.reads = 0

    def rotate(self, key_id="k2"):
        """Sign with a new key from now on. The old one is withdrawn."""
        self.key, self.key_id = private_key(name=key_id), key_id
        self.documents = [public_document(self.key, self.algorithm, key_id)]

    def claims(self, audience, email=MARISOL, **changes):
        now = int(time.time())
        return {
            "iss": self.url,
            "aud": audience,
            "sub": str(email).partition("@")[0],
            "email": email,
            "scope": SCOPES,
            "client_id": "tests",
            "iat": now,
            "exp": now + 300,
        } | changes

    def sign(self, claims, *, key=None, algorithm=None, headers=None):
        """Return a token. A claim that is None is left out."""
        return jwt.encode(
            {name: value for name, value in claims.items() if value is not None},
            key or self.key,
            algorithm or self.algorithm,
            headers={"kid": self.key_id, "typ": "at+jwt"} | (headers or {}),
        )

    async def app(self, scope, receive, send):
        documents = {
            "/.well-known/openid-configuration": {
                "issuer": self.url,
                "jwks_uri": f"{self.url}/jwks",
            },
            "/jwks": {"keys": self.documents},
        }
        self.reads += scope["path"] == "/jwks"
        document = None if self.is_down else documents.get(scope["path"])
        status = 500 if self.is_down else 404 if document is None else 200
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(document).encode()})


@asynccontextmanager
async def served(app, listener=None, lifespan="off"):
    """Serve an app on a free port, and yield its URL."""
    listener = listener or listen("127.0.0.1", 0)
    config = uvicorn.Config(app, log_level="critical", lifespan=lifespan, interface="asgi3")
    server = ReadyServer(config)
    task = asyncio.create_task(server._serve([listener]))
    await server.ready.wait()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
        listener.close()


class SignedInServer:
    """A server with sign-in over a sandbox, and its issuer."""

    def __init__(self, issuer, url, box, http):
        self.issuer, self.url, self.box, self.http = issuer, url, box, http
        self.resource = f"{url}/mcp"
        self.account = None

    def token(self, email=MARISOL, **changes):
        return self.issuer.sign(self.issuer.claims(self.resource, email, **changes))

    async def post(self, body, token=None, **headers):
        authorization = {"Authorization": f"Bearer {token}"} if token else {}
        return await self.http.post("/mcp", json=body, headers=JSON | authorization | headers)

    async def ask(self, method, token, **params):
        """Send a request that must get in, and return its result or its error."""
        reply = await self.post(message(method, **params), token)
        assert reply.status_code == 200, reply.text
        document = reply.json()
        return document.get("result") or document["error"]

    async def call(self, token, tool, /, **arguments):
        """Call a tool, and return whether it failed, and its text without the sandbox notice."""
        result = await self.ask("tools/call", token, name=tool, arguments=arguments)
        return bool(result.get("isError")), result["content"][0]["text"].partition("\n")[2]

    async def tools(self, token):
        return {tool["name"] for tool in (await self.ask("tools/list", token))["tools"]}


@asynccontextmanager
async def signed_in_server(*, box=None, **config):
    """Run a server with sign-in. config: keyword arguments of `Settings`."""
    issuer, box = Issuer(), box or Sandbox(enforce_rate=False, auto_reply=False)
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    async with served(issuer.app) as issuer.url:
        settings = Settings(
            **{"oauth_issuer": issuer.url, "public_url": f"{url}/mcp", "approval": "never"} | config
        )
        running = SignedInServer(issuer, url, box, None)

        @asynccontextmanager
        async def open_sandbox_account(settings):
            async with open_account(settings, sandbox=box) as account:
                skip_waits(account)

                def account_for(settings, member=None):
                    derived = account.account_for(settings, member)
                    derived.outbox._timeouts = account.outbox._timeouts
                    return derived

                running.account = replace(account, account_for=account_for)
                yield running.account

        server = build_server(settings, account_factory=open_sandbox_account)
        app = http_app(server, settings, host="127.0.0.1", port=port)
        async with (
            served(app, listener, lifespan="on"),
            httpx2.AsyncClient(base_url=url, timeout=60) as running.http,
        ):
            yield running
