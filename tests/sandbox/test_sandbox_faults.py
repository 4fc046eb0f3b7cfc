"""Fault injection, in process."""

import gzip
import json

import pytest

from quo_mcp.sandbox import ConnectionDropped, Fault, Sandbox
from quo_mcp.sandbox.error_responses import STYLES
from sandbox.play import JANE, START, client, send, texts

pytestmark = pytest.mark.anyio

USERS = "/quo/v1/users?maxResults=50"
LIST = "/quo/v1/messages"


async def test_a_fault_happens_as_often_as_it_says_then_no_more(box, http):
    box.inject(Fault("html", times=2, status=503))
    assert [(await http.get(USERS)).status_code for _ in range(3)] == [503, 503, 200]
    box.inject(Fault("html", times=None, status=504))
    assert [(await http.get(USERS)).status_code for _ in range(3)] == [504] * 3


@pytest.mark.parametrize(
    ("conditions", "applies"),
    [
        ({"method": "GET"}, True),
        ({"method": "POST"}, False),
        ({"path": "/quo/v1/u"}, True),
        ({"path": "/quo/v1/messages"}, False),
        ({"path": ".*/users"}, True),
        ({"path": "users"}, False),
        ({}, True),
    ],
)
async def test_a_fault_happens_where_it_says(box, http, conditions, applies):
    box.inject(Fault("html", **conditions))
    assert ((await http.get(USERS)).status_code == 502) is applies


async def test_the_first_fault_that_fits_happens_then_the_next(box, http):
    box.inject(Fault("html", status=503))
    box.inject(Fault("rate_limited"))
    assert [(await http.get(USERS)).status_code for _ in range(3)] == [503, 429, 200]


async def test_late_replies_are_late_by_the_sandboxs_sleep(box, http, clock):
    box.inject(Fault("latency", seconds=30))
    assert (await http.get(USERS)).status_code == 200
    assert (clock() - START).total_seconds() == 30


@pytest.mark.parametrize("retry_after", [None, "3", "Wed, 04 Mar 2026 18:30:09 GMT"])
async def test_a_rate_limit_may_say_when_to_come_back(box, http, retry_after):
    box.inject(Fault("rate_limited", retry_after=retry_after))
    reply = await send(http)
    assert (reply.status_code, reply.headers.get("retry-after")) == (429, retry_after)
    assert box.ledger == []


@pytest.mark.parametrize("style", STYLES)
async def test_an_error_may_have_any_of_the_known_bodies(box, http, style):
    box.inject(Fault("error_before", status=401, style=style, details={"message": "Go away"}))
    reply = await send(http)
    assert (reply.status_code, box.ledger) == (401, [])
    expected = {"empty": b"", "text": b"Go away"}.get(style)
    assert reply.content == expected or b"Go away" in reply.content or style == "html"
    assert reply.text.startswith("<html>") is (style == "html")


async def test_a_named_error_of_quos_is_whole(box, http):
    details = {"code": "0206400", "title": "A2P Registration Not Approved", "message": "Register"}
    box.inject(Fault("error_before", status=400, style="quo", details=details))
    body = (await send(http)).json()
    assert body.items() >= (details | {"status": 400}).items()


async def test_the_live_shape_of_an_error_has_a_key(box, http):
    box.inject(Fault("error_before", status=401, style="quo_live"))
    assert (await send(http)).json()["error"]["key"] == "Unauthorized"


async def test_an_error_after_the_fact_leaves_the_text_sent(box, http):
    box.inject(Fault("error_after", method="POST", status=500, style="quo"))
    assert (await send(http)).json()["code"] == "0201500"
    assert len(box.ledger) == 1


@pytest.mark.parametrize(("kind", "sent"), [("dropped", 0), ("lost_reply", 1)])
async def test_a_connection_drops_before_or_after_the_fact(box, http, kind, sent):
    box.inject(Fault(kind, path=LIST))
    with pytest.raises(ConnectionDropped):
        await send(http)
    assert len(box.ledger) == sent
    assert (await send(http)).status_code == 202


@pytest.mark.parametrize("status", [0, 502])
async def test_a_late_text_is_sent_after_the_failure(box, http, clock, status):
    box.inject(Fault("late_commit", method="POST", seconds=5, status=status))
    if status:
        assert (await send(http, content="Late")).status_code == status
    else:
        with pytest.raises(ConnectionDropped):
            await send(http, content="Late")
    clock.wait(4)
    assert box.ledger == []
    clock.wait(1)
    assert [entry["content"] for entry in box.ledger] == ["Late"]
    assert (await texts(http, JANE))[0]["text"] == "Late"


async def test_a_lagging_list_shows_a_text_later_but_it_is_there(box, http, clock):
    box.inject(Fault("list_lag", method="POST", seconds=5))
    sent = (await send(http)).json()["data"]["id"]
    assert sent not in {each["id"] for each in await texts(http, JANE)}
    assert (await http.get(f"{LIST}/{sent}")).status_code == 200
    clock.wait(5)
    assert (await texts(http, JANE))[0]["id"] == sent


async def test_spoiled_replies_cannot_be_read_though_the_text_is_sent(box, http):
    for count, kind in enumerate(("truncated", "empty", "bad_json"), 1):
        box.inject(Fault(kind))
        reply = await send(http)
        assert (reply.status_code, len(box.ledger)) == (202, count)
        with pytest.raises(json.JSONDecodeError):
            json.loads(reply.content)


async def test_wrong_types_keep_the_shape_and_change_every_leaf(box, http):
    box.inject(Fault("wrong_types"))
    body = (await http.get(USERS)).json()
    assert len(body["data"]) == 4
    assert body["data"][0]["role"] == {"value": "owner"}
    assert body["data"][0]["pictureUrl"] == []
    assert body["totalItems"] == "4"


async def test_lone_surrogates_come_as_escapes_in_what_people_wrote(box, http):
    box.inject(Fault("lone_surrogate"))
    reply = await send(http, content="Hi")
    assert b'"Hi\\ud83d"' in reply.content
    assert reply.json()["data"]["status"] == "queued"


async def test_a_redirect_leads_elsewhere_and_does_nothing(box, http):
    box.inject(Fault("redirect", to="https://evil.example.com/"))
    reply = await send(http)
    assert (reply.status_code, reply.headers["location"]) == (302, "https://evil.example.com/")
    assert box.ledger == []


async def test_a_stale_connection_is_a_plain_error(box, http):
    box.inject(Fault("stale_connection"))
    reply = await http.get(USERS)
    assert (reply.status_code, reply.text) == (500, "Internal Server Error")
    assert reply.headers["content-type"].startswith("text/plain")


async def test_a_huge_reply_and_a_packed_one_are_as_large_as_asked(box, http):
    box.inject(Fault("huge", size=200_000))
    assert len((await http.get(USERS)).content) > 200_000
    box.inject(Fault("gzip_bomb", size=3_000_000))
    async with http.stream("GET", USERS) as reply:
        packed = b"".join([part async for part in reply.aiter_raw()])
    assert len(packed) < 10_000
    assert len(gzip.decompress(packed)) > 3_000_000


async def test_a_drip_takes_its_time_and_is_whole(box, http, clock):
    whole = (await http.get(USERS)).content
    box.inject(Fault("drip", size=100, interval=2))
    assert (await http.get(USERS)).content == whole
    assert (clock() - START).total_seconds() == 2 * -(-len(whole) // 100)


def test_an_unknown_kind_of_fault_is_told():
    with pytest.raises(ValueError, match="unknown kind 'sulk'"):
        Fault("sulk")


async def test_faults_and_the_ledger_are_within_reach_of_other_processes(box, http):
    body = {"kind": "html", "method": "POST", "path": LIST, "times": 1, "status": 503}
    created = await http.post("/_sandbox/faults", json=body)
    assert (created.status_code, body.items() <= created.json().items()) == (201, True)
    assert (await http.get("/_sandbox/faults")).json() == [created.json()]
    assert (await send(http)).status_code == 503
    await http.post("/_sandbox/faults", json=body)
    assert (await http.delete("/_sandbox/faults")).status_code == 204
    assert (await send(http)).status_code == 202
    assert (await http.get("/_sandbox/ledger")).json() == box.ledger
    assert {request["path"] for request in box.requests} == {LIST}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("{", "a JSON object with a kind"),
        ("[]", "a JSON object with a kind"),
        ('{"times": 1}', "a JSON object with a kind"),
        ('{"kind": "sulk"}', "unknown kind 'sulk'; valid values: latency, "),
        ('{"kind": ["html"]}', "unknown kind"),
        ('{"kind": "html", "style": "rude"}', "unknown style 'rude'; valid values: quo, "),
        ('{"kind": "html", "color": 1}', "unknown field 'color'; valid fields: kind, method, path"),
        ('{"kind": "html", "method": "post"}', "method: must be one of GET, POST"),
        ('{"kind": "html", "method": ["GET"]}', "method: must be"),
        ('{"kind": "html", "path": "["}', "path: must be the beginning of a path, or a regular"),
        ('{"kind": "html", "path": 7}', "path: must be"),
        ('{"kind": "html", "times": "2"}', "times: must be an integer from 0, or null"),
        ('{"kind": "html", "times": true}', "times: must be"),
        ('{"kind": "html", "times": -1}', "times: must be"),
        ('{"kind": "latency", "seconds": "2"}', "seconds: must be a number from 0 to 86400"),
        ('{"kind": "latency", "seconds": null}', "seconds: must be"),
        ('{"kind": "latency", "seconds": NaN}', "seconds: must be"),
        ('{"kind": "latency", "seconds": 1e99}', "seconds: must be"),
        ('{"kind": "html", "status": 600}', "status: must be an HTTP status from 200 to 599"),
        ('{"kind": "html", "status": 204}', "status: must be"),
        ('{"kind": "html", "status": 0}', "status: must be"),
        ('{"kind": "error_before", "details": "x"}', "details: must be an object, or null"),
        ('{"kind": "rate_limited", "retry_after": 3}', "retry_after: must be a string"),
        ('{"kind": "redirect", "to": "a\\r\\nb"}', "to: must be an ASCII URL"),
        ('{"kind": "drip", "size": 0}', "size: must be an integer from 1"),
        ('{"kind": "drip", "interval": []}', "interval: must be a number"),
    ],
)
async def test_a_fault_that_could_not_happen_is_refused_and_breaks_nothing(box, http, body, says):
    reply = await http.post("/_sandbox/faults", content=body)
    assert (reply.status_code, box.faults) == (400, [])
    assert says in reply.json()["message"]
    assert (await http.get(USERS)).status_code == 200


async def test_the_sandboxs_own_door_knows_nothing_else(http):
    assert (await http.get("/_sandbox/world")).status_code == 404


@pytest.mark.parametrize("status", [418, 425, 520, 599])
@pytest.mark.parametrize("style", STYLES)
async def test_a_status_that_few_know_can_be_had_too(box, http, status, style):
    box.inject(Fault("error_before", status=status, style=style))
    assert (await http.get(USERS)).status_code == status


@pytest.mark.parametrize(
    "kind", ["wrong_types", "bad_json", "lone_surrogate", "truncated", "empty"]
)
async def test_a_reply_without_a_body_has_nothing_to_be_spoiled(clock, kind):
    box = Sandbox(now=clock, enforce_rate=False, connection_delete_status=204)
    [only] = box.state.connections
    box.inject(Fault(kind))
    async with client(box) as http:
        reply = await http.delete(f"/connections/{only}")
    assert (reply.status_code, reply.content) == (204, b"")


@pytest.mark.parametrize("kind", ["wrong_types", "lone_surrogate"])
async def test_a_page_for_people_holds_no_types_to_be_changed(box, http, kind):
    box.inject(Fault(kind))
    assert "This link has expired." in (await http.get("/connect?session_token=x")).text
