"""The sign-in with a real OpenID provider and the SDK's own OAuth client: `python tests/oauth/run.py`.

The provider is npm's oidc-provider, in a temporary folder; installing it needs the network. The client discovers it from
our 401, registers itself, signs in with PKCE, and asks for a token for our URL.
"""

# ruff: noqa: T201 - a judge tells what it saw

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx2
from mcp import Client
from mcp.client.auth.oauth2 import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientMetadata

HERE = Path(__file__).parent
PROVIDER = "oidc-provider@9.13.3"
SERVER = Path(sys.executable).with_name("quo-mcp")
CALLBACK = "http://127.0.0.1:1/callback"
PATIENCE = 60.0  # seconds for a process to be ready, or for a new key to be read
TOM, BENOIT = "tom@harborpine.example.com", "benoit@harborpine.example.com"
STRANGER = "stranger@example.com"
ROLES = """
[roles.apprentice]
groups = ["apprentices"]
read_only = {read_only}

[roles.everyone]
everyone = true
"""


class Memory:
    """What the OAuth client keeps: its registration and its tokens."""

    tokens = None
    client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client_info):
        self.client = client_info


class Person:
    """Somebody at a browser: opens the provider's page, signs in and agrees."""

    def __init__(self, email):
        self.email = email
        self._answer = None

    async def open(self, url):
        async with httpx2.AsyncClient() as browser:
            reply = await browser.get(url)
            for _ in range(12):
                if reply.is_redirect:
                    url = urljoin(str(reply.url), reply.headers["location"])
                    if url.startswith(CALLBACK):
                        self._answer = {
                            name: values[0]
                            for name, values in parse_qs(urlsplit(url).query).items()
                        }
                        return
                    reply = await browser.get(url)
                    continue
                assert reply.status_code == 200, reply.text[:500]
                action = re.search(r'action="([^"]+)"', reply.text)[1]
                prompt = re.search(r'name="prompt" value="(\w+)"', reply.text)[1]
                form = {"prompt": prompt, "login": self.email, "password": "any"}
                reply = await browser.post(urljoin(str(reply.url), action), data=form)
        raise AssertionError("the provider did not send the browser back")

    async def answer(self):
        assert self._answer, "the page was not opened"
        return AuthorizationCodeResult(
            code=self._answer["code"],
            state=self._answer.get("state"),
            iss=self._answer.get("iss"),
        )


def sign_in(url, email):
    """Return the SDK's OAuth client for a person, and what it keeps."""
    person, memory = Person(email), Memory()
    metadata = OAuthClientMetadata(redirect_uris=[CALLBACK], client_name="tests")
    auth = OAuthClientProvider(
        url, metadata, memory, redirect_handler=person.open, callback_handler=person.answer
    )
    return auth, memory


@asynccontextmanager
async def client_of(url, email):
    """Sign in, and yield a client and the access token that it got."""
    auth, memory = sign_in(url, email)
    async with (
        httpx2.AsyncClient(auth=auth, timeout=60) as http,
        Client(streamable_http_client(url, http_client=http)) as client,
    ):
        yield client, memory.tokens.access_token


async def call(client, tool, **arguments):
    """Call a tool; return whether it failed, and its text."""
    result = await client.call_tool(tool, arguments)
    return bool(result.is_error), result.content[0].text


@asynccontextmanager
async def running(*command, ready, stream, **environment):
    """Run a program until its output has a line that begins with `ready`, and end it afterwards."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **environment},
        cwd=environment.get("PWD"),
    )
    reader = asyncio.create_task(asyncio.sleep(0))
    try:
        output = getattr(process, stream)
        async with asyncio.timeout(PATIENCE):
            while line := await output.readline():
                if line.decode().startswith(ready):
                    break
            else:
                raise SystemExit(f"{command[0]} ended: {(await process.stderr.read()).decode()}")
        reader = asyncio.gather(process.stdout.read(), process.stderr.read())
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        await reader


def free_port():
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


async def check_signed_in(url, roles):
    """A person signs in, sees their inboxes, and a role applies at once."""
    async with client_of(url, TOM) as (tom, _), client_of(url, BENOIT) as (benoit, token):
        for client, inboxes in ((tom, {"Front Desk", "Emergency line"}), (benoit, {"Front Desk"})):
            failed, text = await call(client, "quo_list_phone_numbers")
            seen = {
                name for name in ("Front Desk", "Emergency line", "Marisol direct") if name in text
            }
            assert (failed, seen) == (False, inboxes), text
        tools = {tool.name for tool in (await tom.list_tools()).tools}
        assert "quo_send_message" in tools
        assert not [name for name in tools if name.endswith(("_connection", "_connections"))]
        began = time.monotonic()
        roles.write_text(ROLES.format(read_only="true"))
        failed, text = await call(benoit, "quo_send_message", to="+14155550137", text="Hello")
        assert failed, text
        assert "read-only" in text, text
        seconds = time.monotonic() - began
        roles.write_text(ROLES.format(read_only="false"))
        failed, text = await call(
            benoit, "quo_send_message", to="+14155550137", text="Hello", inbox="Front Desk"
        )
        assert not failed, text
        failed, text = await call(tom, "quo_list_messages", person="+14155550137")
        assert "outgoing by Benoît Lefèvre" in text, text
        print(
            f"signed in, sees their inboxes, writes as themselves; a role applied in {seconds:.2f} s"
        )
        return token


async def check_stranger(url):
    async with client_of(url, STRANGER) as (client, _):
        failed, text = await call(client, "quo_list_messages")
        assert failed
        assert f"signed in as {STRANGER}, and Quo has no user" in text, text
    print("a stranger reads nothing")


async def status_with(url, token):
    """Return the HTTP status of a request with a token."""
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json, text/event-stream"}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    async with httpx2.AsyncClient() as http:
        return (await http.post(url, json=body, headers=headers)).status_code


async def status_of(url, token, patience):
    """Return the HTTP status of a request with a token; that of the last attempt, if it is not accepted in time."""
    ends = time.monotonic() + patience
    while (status := await status_with(url, token)) != 200 and time.monotonic() < ends:  # noqa: ASYNC110 - another process
        await asyncio.sleep(1)
    return status


async def token_of(url, email):
    """Return the token that the provider issues, whether our server accepts it or not."""
    auth, memory = sign_in(url, email)
    async with httpx2.AsyncClient(auth=auth, timeout=60) as http:
        await http.post(url, json={}, headers={"Accept": "application/json, text/event-stream"})
    return memory.tokens.access_token


async def main(folder):
    port, provider_port = free_port(), free_port()
    url, issuer = f"http://127.0.0.1:{port}/mcp", f"http://127.0.0.1:{provider_port}"
    roles = folder / "roles.toml"
    roles.write_text(ROLES.format(read_only="false"))
    shutil.copy(HERE / "provider.mjs", folder)

    def provider(**options):
        return running(
            "node",
            "provider.mjs",
            ready="ready",
            stream="stdout",
            PWD=str(folder),
            PORT=str(provider_port),
            RESOURCE=url,
            **options,
        )

    async with running(
        str(SERVER),
        *("serve", "--http", "--port", str(port)),
        ready="quo-mcp is listening",
        stream="stderr",
        QUO_MCP_STATE_DIR=str(folder / "state"),
        QUO_MCP_OAUTH_ISSUER=issuer,
        QUO_MCP_PUBLIC_URL=url,
        QUO_MCP_ROLES=str(roles),
        QUO_MCP_APPROVAL="never",
    ):
        assert await status_with(url, "x.y.z") == 401
        async with provider():
            old_token = await check_signed_in(url, roles)
            await check_stranger(url)
        assert await status_with(url, old_token) == 200
        print("known keys stay valid while the provider is away")
        for options, accepted in (
            ({}, True),
            ({"OFFSET": "45"}, True),
            ({"OFFSET": "-45"}, True),
            ({"OFFSET": "120"}, False),
            ({"OFFSET": "-400"}, False),
        ):
            async with provider(ALGORITHM="ES256", **options):
                token = await token_of(url, TOM)
                # A new key is read at most once in half a minute. The later tokens have the same key.
                patience = 0.0 if options else PATIENCE
                status = await status_of(url, token, patience)
                assert (status == 200) == accepted, (options, status)
            print(f"a new key {options}: {'accepted' if accepted else 'refused'}")
    lines = (folder / "state/sandbox/audit.jsonl").read_text().splitlines()
    assert sum(BENOIT in line for line in lines) >= 3, lines
    print("the audit log names them")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="quo-mcp-oauth-") as name:
        if shutil.which("node") is None:
            raise SystemExit("node is required")
        subprocess.run(
            ["npm", "install", "--silent", "--no-fund", "--no-audit", PROVIDER],
            cwd=name,
            check=True,
        )
        asyncio.run(main(Path(name)))
