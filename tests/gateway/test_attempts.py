import httpx2
import pytest

from gateway.script import GOOD, Data, Script
from quo_mcp.errors import NotFound, OutcomeUnknown, RateLimited, Unavailable

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "failure",
    [
        (429, b""),
        (500, b"Internal Server Error"),
        (502, b"<html>"),
        (503, b""),
        (504, b""),
        (408, b""),
        httpx2.ConnectError("raised"),
        httpx2.ReadTimeout("slow"),
        httpx2.ReadError("reset"),
        httpx2.RemoteProtocolError("closed"),
    ],
)
async def test_a_read_that_fails_once_is_made_again(failure):
    script = Script(failure, GOOD)
    async with script.gateway() as gateway:
        assert await gateway.api.get(Data, "users") == Data(data=["x"])
    assert len(script.requests) == 2


@pytest.mark.parametrize(
    ("failure", "attempts", "error_type"),
    [
        ((503, b""), 3, Unavailable),
        ((500, b"Internal Server Error"), 2, Unavailable),
        ((429, b""), 6, RateLimited),
        (httpx2.ConnectError("raised"), 3, Unavailable),
        (httpx2.ReadError("reset"), 3, Unavailable),
        ((404, b""), 1, NotFound),
        ((200, b"{"), 1, Unavailable),
        ((200, b""), 1, Unavailable),
        ((200, b'{"data": 7}'), 1, Unavailable),
    ],
)
async def test_a_read_that_goes_on_failing_is_given_up(failure, attempts, error_type):
    script = Script(failure)
    async with script.gateway() as gateway:
        with pytest.raises(error_type) as raised:
            await gateway.api.get(Data, "users")
    assert type(raised.value) is error_type
    assert len(script.requests) == attempts


@pytest.mark.parametrize(
    "failure",
    [(429, b""), httpx2.ConnectError("x"), httpx2.ConnectTimeout("x"), httpx2.PoolTimeout("x")],
)
async def test_a_write_that_did_not_arrive_is_made_again(failure):
    script = Script(failure, failure, (202, GOOD[1]))
    async with script.gateway() as gateway:
        assert await gateway.api.post(Data, "messages", body={}) == Data(data=["x"])
    assert len(script.requests) == 3


AMBIGUOUS_FAILURES = [
    httpx2.ReadTimeout("x"), httpx2.WriteTimeout("x"), httpx2.ReadError("x"), httpx2.WriteError("x"),
    httpx2.RemoteProtocolError("x"), (500, b""), (502, b""), (503, b""), (504, b""), (408, b""),
    (302, b""), (202, b"{"), (200, b"<html>"), (200, b""), (200, b'{"data": null}'),
]  # fmt: skip


@pytest.mark.parametrize("method", ["post", "put", "patch"])
@pytest.mark.parametrize("failure", AMBIGUOUS_FAILURES)
async def test_a_write_that_may_have_arrived_is_made_once_and_called_unknown(failure, method):
    script = Script(failure)
    async with script.gateway() as gateway:
        with pytest.raises(OutcomeUnknown, match="Before you repeat it"):
            await getattr(gateway.api, method)(Data, "messages", body={})
    assert len(script.requests) == 1


@pytest.mark.parametrize("failure", AMBIGUOUS_FAILURES[:11])
async def test_a_deletion_that_may_have_arrived_is_made_once_and_called_unknown(failure):
    script = Script(failure)
    async with script.gateway() as gateway:
        with pytest.raises(OutcomeUnknown, match="Before you repeat it"):
            await gateway.api.delete("contacts", "abc")
    assert len(script.requests) == 1


async def test_a_write_whose_reply_cannot_be_read_is_said_to_be_accepted():
    async with Script((202, b"oops")).gateway() as gateway:
        with pytest.raises(OutcomeUnknown, match=r"was accepted \(HTTP 202\).*not JSON") as raised:
            await gateway.api.post(Data, "messages", body={})
    assert raised.value.status == 202


async def test_a_web_page_in_place_of_a_reply_is_the_networks():
    async with Script((200, b" <!DOCTYPE html><p>Sign in")).gateway() as gateway:
        with pytest.raises(
            Unavailable, match="sign-in page answered instead of the gateway"
        ) as raised:
            await gateway.api.get(Data, "users")
        assert (raised.value.source, raised.value.status) == ("network", 200)
        assert "newer version" not in str(raised.value)
        with pytest.raises(
            OutcomeUnknown, match="sign-in page answered instead of the gateway"
        ) as raised:
            await gateway.api.post(Data, "messages", body={})
        assert "accepted" not in str(raised.value)


async def test_a_write_that_never_got_through_is_not_in_doubt():
    async with Script(httpx2.ConnectError("x")).gateway() as gateway:
        with pytest.raises(Unavailable, match="nothing was sent") as raised:
            await gateway.api.post(Data, "messages", body={})
    assert raised.value.source == "network"


@pytest.mark.parametrize("header", ["3", "Mon, 23 Nov 2026 12:00:03 GMT"])
async def test_the_wait_that_is_asked_for_is_kept_and_holds_everybody(header):
    script = Script((429, b"", {"retry-after": header}), GOOD)
    async with script.gateway() as gateway:
        await gateway.api.get(Data, "users")
        assert 3.0 <= script.now <= 3.1
    script = Script((429, b"", {"retry-after": header}), GOOD)
    async with script.gateway(read_timeout=2.0, write_timeout=30.0) as gateway:
        with pytest.raises(RateLimited, match="Wait about 3 s") as raised:
            await gateway.api.get(Data, "users")
        assert raised.value.retry_after == 3.0
        assert script.now == 0.0
        with pytest.raises(RateLimited, match="not carried out"):
            await gateway.control.get(Data, "connections")
        await gateway.api.post(Data, "messages", body={})
        assert script.now == 3.0


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("240", "about 4 min"),
        ("86400", "about 5 min"),
        ("Thu, 31 Dec 2099 23:59:59 GMT", "about 5 min"),
    ],
)
async def test_a_long_wait_holds_only_the_endpoint_that_asked_for_it_and_is_told_the_same_twice(
    header, wait
):
    story = (
        "Too many requests in a short time; this request was not carried out. "
        f"Wait {wait}, then call again."
    )
    script = Script((429, b"", {"retry-after": header}), GOOD)
    async with script.gateway() as gateway:
        for _ in range(2):
            with pytest.raises(RateLimited) as raised:
                await gateway.api.get(Data, "users")
            assert str(raised.value) == story
        assert (len(script.requests), script.slept) == (1, [])
        await gateway.api.post(Data, "users", body={})  # another method is another endpoint
        await gateway.api.get(Data, "calls")
        assert (len(script.requests), script.now) == (3, 1.0)
        script.now = 300.0
        assert await gateway.api.get(Data, "users") == Data(data=["x"])


async def test_the_end_of_an_endpoints_wait_is_waited_for_within_the_deadline():
    script = Script((429, b"", {"retry-after": "30"}), GOOD)
    async with script.gateway() as gateway:
        with pytest.raises(RateLimited):
            await gateway.api.get(Data, "calls", "AC1")
        script.now = 15.0
        assert await gateway.api.get(Data, "calls", "AC2") == Data(data=["x"])
        assert script.now == 30.0
