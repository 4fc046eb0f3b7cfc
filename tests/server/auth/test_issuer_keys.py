"""The provider's keys: when they are read, and what holds while it does not answer."""

import pytest

from oauth.issuer import Issuer, private_key, public_document, signed_in_server
from process.test_process_http import message
from quo_mcp.server.auth.issuer_keys import IssuerKeys, IssuerUnavailable, discovery_urls

pytestmark = pytest.mark.anyio

LISTING = message("tools/list")


class Provider:
    """The documents of a provider, by URL, and a clock. reads: how often the keys were read."""

    def __init__(self, issuer="https://id.example.com"):
        self.seconds, self.reads = 1_000.0, 0
        self.issuer = issuer
        self.first = public_document(private_key(), "RS256", "k1")
        self.documents = {
            f"{issuer}/.well-known/openid-configuration": {
                "issuer": issuer,
                "jwks_uri": f"{issuer}/jwks",
            },
            f"{issuer}/jwks": {"keys": [self.first]},
        }
        self.keys = IssuerKeys(issuer, fetch=self.fetch, monotonic=lambda: self.seconds)

    async def fetch(self, url):
        self.reads += url.endswith("/jwks")
        if url not in self.documents:
            raise IssuerUnavailable(f"{url} cannot be reached")
        return self.documents[url]

    def publish(self, *documents):
        self.documents[f"{self.issuer}/jwks"] = {"keys": list(documents)}


async def test_a_new_key_is_found_and_unknown_ids_cause_one_reading_in_half_a_minute():
    provider = Provider()
    assert await provider.keys.find("k1", "RS256")
    provider.publish(provider.first, public_document(private_key(name="k2"), "RS256", "k2"))
    provider.seconds += 30
    assert await provider.keys.find("k2", "RS256")
    for number in range(50):
        provider.seconds += 0.5
        assert await provider.keys.find(f"made up {number}", "RS256") is None
    assert provider.reads == 2
    provider.seconds += 30
    assert await provider.keys.find("made up", "RS256") is None
    assert provider.reads == 3


async def test_a_withdrawn_key_is_forgotten_after_an_hour():
    provider = Provider()
    assert await provider.keys.find("k1", "RS256")
    provider.publish(public_document(private_key(name="k2"), "RS256", "k2"))
    provider.seconds += 3_599
    assert await provider.keys.find("k1", "RS256")
    provider.seconds += 2
    assert await provider.keys.find("k1", "RS256") is None


async def test_known_keys_stay_valid_while_the_provider_does_not_answer():
    provider = Provider()
    assert await provider.keys.find("k1", "RS256")
    documents, provider.documents = provider.documents, {}
    provider.seconds += 40_000
    assert await provider.keys.find("k1", "RS256")
    with pytest.raises(IssuerUnavailable):
        await provider.keys.find("k2", "RS256")
    provider.documents = documents
    provider.seconds += 30
    assert await provider.keys.find("k2", "RS256") is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"issuer": "https://id.example.com/"}, "is about the issuer 'https://id.example.com/'"),
        ({"issuer": None}, "is about the issuer"),
        ({"jwks_uri": "http://id.example.com/jwks"}, "jwks_uri is invalid"),
        ({"jwks_uri": None}, "jwks_uri is invalid"),
        ({"jwks_uri": "https://elsewhere.example.com/jwks"}, "cannot be reached"),
    ],
)
async def test_a_wrong_discovery_document_is_refused(changes, reason):
    provider = Provider()
    provider.documents[f"{provider.issuer}/.well-known/openid-configuration"] |= changes
    with pytest.raises(IssuerUnavailable, match=reason):
        await provider.keys.find("k1", "RS256")


@pytest.mark.parametrize("content", [{}, {"keys": "k1"}, [], None])
async def test_a_reply_that_is_no_set_of_keys_is_refused(content):
    provider = Provider()
    provider.documents[f"{provider.issuer}/jwks"] = content
    with pytest.raises(IssuerUnavailable, match="does not return a set of keys"):
        await provider.keys.find("k1", "RS256")


async def test_keys_for_other_purposes_or_that_cannot_be_read_are_passed_over():
    provider = Provider()
    faults = [
        {"use": "enc"},
        {"alg": "RS512"},
        {"kty": "oct", "k": "c2VjcmV0"},
        {"kty": "EC", "crv": "P-256"},
        {"n": "!"},
        {"n": None},
        {"n": ["x"]},
        {"use": ["sig"]},
        {"alg": {}},
        {"kid": ["k1"]},
        {"kty": "EC", "crv": ["P-256"]},
        {"kid": "k2"},
    ]
    provider.publish(*({**provider.first, **fault} for fault in faults), "odd", provider.first)
    key = await provider.keys.find("k1", "RS256")
    assert key.key.public_numbers() == private_key().public_key().public_numbers()
    provider.publish({**provider.first, "use": "enc"})
    provider.seconds += 4_000
    assert await provider.keys.find("k1", "RS256") is None


async def test_a_token_without_a_key_id_needs_a_single_key():
    provider = Provider()
    assert await provider.keys.find(None, "RS256")
    provider.publish(provider.first, public_document(private_key(name="k2"), "RS256", "k2"))
    provider.seconds += 4_000
    assert await provider.keys.find(None, "RS256") is None


def test_discovery_of_an_issuer_with_a_path():
    assert discovery_urls("https://id.example.com/realms/one/") == (
        "https://id.example.com/realms/one/.well-known/openid-configuration",
        "https://id.example.com/.well-known/oauth-authorization-server/realms/one",
    )


async def test_the_document_of_an_issuer_that_has_only_that_of_oauth_is_found():
    provider = Provider()
    documents = provider.documents
    documents[f"{provider.issuer}/.well-known/oauth-authorization-server"] = documents.pop(
        f"{provider.issuer}/.well-known/openid-configuration"
    )
    assert await provider.keys.find("k1", "RS256")


async def test_over_http_an_issuer_that_does_not_answer_is_no_fault_of_the_token():
    async with signed_in_server() as server:
        server.issuer.is_down = True
        reply = await server.post(LISTING, server.token())
        assert (reply.status_code, reply.headers["retry-after"]) == (503, "30")
        assert "Try again in a minute" in reply.text


async def test_over_http_tokens_of_the_old_key_work_until_the_new_one_is_read():
    async with signed_in_server() as server:
        old = server.token()
        assert (await server.post(LISTING, old)).status_code == 200
        server.issuer.rotate()
        assert (await server.post(LISTING, old)).status_code == 200
        # Within half a minute of the last reading, keys are not read again.
        assert (await server.post(LISTING, server.token())).status_code == 401
        assert server.issuer.reads == 1


def test_the_issuer_of_the_tests_publishes_no_private_key():
    assert not {"d", "p", "q"} & set(Issuer().documents[0])
