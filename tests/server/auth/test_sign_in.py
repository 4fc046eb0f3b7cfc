"""Which tokens let in, and what a client learns from a refusal. Over HTTP, with a provider that has real keys."""

import base64
import hashlib
import hmac
import json
import time

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from oauth.issuer import (
    BENOIT,
    MARISOL,
    private_key,
    public_document,
    signed_in_server,
)
from process.test_process_http import TOKEN, message

pytestmark = pytest.mark.anyio

LISTING = message("tools/list")


@pytest.fixture
async def server():
    async with signed_in_server() as running:
        yield running


def part(document):
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=")


def unsigned(claims, algorithm="none", sign=lambda _text: b""):
    """Return a token that PyJWT would not make."""
    text = b".".join([part({"alg": algorithm, "typ": "JWT", "kid": "k1"}), part(claims)])
    return (text + b"." + base64.urlsafe_b64encode(sign(text)).rstrip(b"=")).decode()


def with_secret(claims, secret):
    """Return a token signed by HS256 with what everybody knows of the key."""
    return unsigned(claims, "HS256", lambda text: hmac.digest(secret, text, hashlib.sha256))


def forged_tokens(server):
    """Return tokens that must not let in, by what is wrong with them."""
    issuer, resource, now = server.issuer, server.resource, int(time.time())
    claims = issuer.claims(resource)
    stranger = private_key(name="stranger")
    public = issuer.key.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head, body, signature = issuer.sign(claims).split(".")
    own_key = {"jwk": public_document(stranger, "RS256", "k1")}
    return {
        "expired": server.token(exp=now - 90),
        "not valid yet": server.token(nbf=now + 90),
        "issued in the future": server.token(iat=now + 90),
        "without an end": server.token(exp=None),
        "for another server": server.token(aud="https://other.example.com/mcp"),
        "for all of our host": server.token(aud=server.url),
        "for the host with a slash": server.token(aud=f"{server.url}/"),
        "for a neighbor": server.token(aud=f"{resource}2"),
        "without an audience": server.token(aud=None),
        "of another issuer": server.token(iss="https://accounts.example.com"),
        "of an issuer with a slash": server.token(iss=f"{issuer.url}/"),
        "without an issuer": server.token(iss=None),
        "without a subject": server.token(sub=None),
        "with a blank subject": server.token(sub=" "),
        "with a number for a subject": server.token(sub=17),
        "bound to a client's key": server.token(cnf={"jkt": "x"}),
        "with a critical header": issuer.sign(claims, headers={"crit": ["x"], "x": 1}),
        "signed by a stranger": issuer.sign(claims, key=stranger),
        "with a stranger's key inside": issuer.sign(claims, key=stranger, headers=own_key),
        "with an unknown key id": issuer.sign(claims, key=stranger, headers={"kid": "k9"}),
        "signed with another algorithm": issuer.sign(claims, algorithm="PS256"),
        "signed with another hash": issuer.sign(claims, algorithm="RS512"),
        "unsigned": unsigned(claims),
        "unsigned, in capitals": unsigned(claims, "NONE"),
        "with a list for an algorithm": unsigned(claims, ["RS256"]),
        "signed with the public key": with_secret(claims, pem),
        "signed with the public key's JWK": with_secret(
            claims, json.dumps(issuer.documents[0]).encode()
        ),
        "signed with nothing": with_secret(claims, b""),
        "without its signature": f"{head}.{body}.",
        "with another person's claims": f"{head}.{part(claims | {'email': BENOIT}).decode()}.{signature}",
        "of two parts": f"{head}.{body}",
        "no JWT": "opensesame",
        "too long": server.token(padding="x" * 20_000),
    }


async def test_no_forged_token_lets_in(server):
    assert (await server.post(LISTING, server.token())).status_code == 200
    for fault, token in forged_tokens(server).items():
        reply = await server.post(LISTING, token)
        assert reply.status_code == 401, fault
        challenge = reply.headers["www-authenticate"]
        assert 'error="invalid_token"' in challenge, fault
        assert "resource_metadata=" in challenge, fault
        assert token not in reply.text + challenge, fault
    assert server.box.requests == []


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": -30},
        {"nbf": 30},
        {"iat": 30},
    ],
)
async def test_clocks_may_differ_by_a_minute(server, changes):
    moved = {name: int(time.time()) + seconds for name, seconds in changes.items()}
    assert (await server.post(LISTING, server.token(**moved))).status_code == 200


async def test_the_audience_is_this_endpoint_among_others_or_with_a_slash(server):
    for audience in (server.resource, f"{server.resource}/", ["https://x.test", server.resource]):
        reply = await server.post(LISTING, server.token(aud=audience))
        assert reply.status_code == 200, audience


@pytest.mark.parametrize(
    ("kind", "algorithm", "status"),
    [
        ("RSA", "RS384", 200),
        ("SECP256R1", "ES256", 200),
        ("SECP384R1", "ES384", 200),
        ("SECP521R1", "ES512", 200),
        ("EdDSA", "EdDSA", 200),
        ("small RSA", "RS256", 401),
        ("SECP256K1", "ES256K", 401),
    ],
)
@pytest.mark.filterwarnings("ignore:The RSA key is:Warning")
async def test_accepted_kinds_of_keys(server, kind, algorithm, status):
    key = private_key(kind)
    server.issuer.documents = [public_document(key, algorithm, "k")]
    token = server.issuer.sign(
        server.issuer.claims(server.resource), key=key, algorithm=algorithm, headers={"kid": "k"}
    )
    assert (await server.post(LISTING, token)).status_code == status


async def test_metadata_names_the_issuer_exactly(server):
    for path in ("", "/mcp"):
        reply = await server.http.get(f"/.well-known/oauth-protected-resource{path}")
        assert reply.json() == {
            "resource": server.resource,
            "authorization_servers": [server.issuer.url],
            "scopes_supported": ["quo.read", "quo.send", "quo.contacts", "quo.admin"],
            "bearer_methods_supported": ["header"],
            "resource_name": "Quo",
        }
        assert reply.headers["access-control-allow-origin"] == "*"
    path = "/.well-known/oauth-protected-resource/mcp"
    assert (await server.http.options(path)).status_code == 204
    assert (await server.http.post(path)).status_code == 405


@pytest.mark.parametrize("authorization", [None, "Bearer", "Basic eDp5"])
async def test_a_request_without_a_token_learns_where_to_sign_in(server, authorization):
    headers = {"Authorization": authorization} if authorization else {}
    reply = await server.post(LISTING, **headers)
    assert reply.status_code == 401
    assert reply.headers["www-authenticate"] == (
        'Bearer scope="quo.read quo.send quo.contacts", '
        f'resource_metadata="{server.url}/.well-known/oauth-protected-resource/mcp"'
    )
    assert (await server.http.get("/health")).status_code == 200


async def test_a_missing_scope_is_named(server):
    reply = await server.post(LISTING, server.token(scope="quo.send openid"))
    assert reply.status_code == 403
    assert 'error="insufficient_scope"' in reply.headers["www-authenticate"]
    assert 'scope="quo.read"' in reply.headers["www-authenticate"]
    reply = await server.post(
        LISTING, server.token(scope="quo.read"), **{"Mcp-Name": "quo_send_message"}
    )
    assert (reply.status_code, 'scope="quo.send"' in reply.headers["www-authenticate"]) == (
        403,
        True,
    )


async def test_scopes_may_be_in_either_claim_and_form(server):
    for claims in (
        {"scope": None, "scp": ["quo.read"]},
        {"scope": None, "scp": "quo.read quo.send"},
        {"scope": ["quo.read"]},
    ):
        assert (await server.post(LISTING, server.token(**claims))).status_code == 200, claims


async def test_the_static_token_still_works_and_is_nobodys(tmp_path):
    async with signed_in_server(http_token=TOKEN, state_dir=tmp_path) as server:
        failed, text = await server.call(TOKEN, "quo_list_phone_numbers")
        assert not failed
        assert "Marisol direct" in text
        await server.call(server.token(BENOIT), "quo_list_phone_numbers")
        lines = (tmp_path / "sandbox/audit.jsonl").read_text().splitlines()
        assert [json.loads(line).get("who") for line in lines] == [None, BENOIT]
        assert (await server.post(LISTING, f"{TOKEN}x")).status_code == 401


async def test_a_session_is_only_its_owners():
    async with signed_in_server(approval="auto") as server:
        hello = message(
            "initialize",
            protocolVersion="2025-11-25",
            capabilities={"elicitation": {}},
            clientInfo={"name": "tests", "version": "1"},
        )
        session = (await server.post(hello, server.token())).headers["mcp-session-id"]
        reply = await server.post(LISTING, server.token(MARISOL), **{"Mcp-Session-Id": session})
        assert reply.status_code == 200
        reply = await server.post(LISTING, server.token(BENOIT), **{"Mcp-Session-Id": session})
        assert reply.status_code == 404
