"""The gateway's own rules, and the control plane's."""

import pytest

from quo_mcp.sandbox import Sandbox
from sandbox.play import client

pytestmark = pytest.mark.anyio

NUMBERS = "/quo/v1/phone-numbers"


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", "sandbox", "bearer sandbox"])
async def test_both_planes_ask_for_the_key(box, given):
    async with client(box, authorization=given) as http:
        for path in (NUMBERS, "/connections", "/nothing"):
            reply = await http.get(path)
            error = {"message": "Invalid API key", "type": "Unauthorized", "code": 401}
            assert (reply.status_code, reply.json()) == (401, {"error": error})


async def test_another_key_can_be_asked_for(clock):
    box = Sandbox(now=clock, key="other")
    async with client(box, authorization="Bearer other") as http:
        assert (await http.get(NUMBERS)).status_code == 200


@pytest.mark.parametrize("agent", ["", "Python-urllib/3.12"])
async def test_quo_blocks_nameless_agents_and_the_control_plane_does_not(box, agent):
    async with client(box, **{"user-agent": agent}) as http:
        reply = await http.get(NUMBERS)
        assert (reply.status_code, reply.text) == (403, "error code: 1010")
        assert (await http.get("/connections")).status_code == 200


async def test_ten_requests_a_second_are_allowed_and_no_more(clock):
    box = Sandbox(now=clock)
    async with client(box) as http:
        assert [(await http.get(NUMBERS)).status_code for _ in range(11)] == [200] * 10 + [429]
        clock.wait(0.9)
        limited = await http.get("/connections")
        assert limited.json()["type"] == "Too Many Requests"
        clock.wait(0.1)
        assert (await http.get(NUMBERS)).status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/openphone/v1/users", 400, "Invalid app name"),
        ("/quo/v1/nothing", 404, "Not Found"),
        ("/quo/v1", 404, "Not Found"),
        ("/quo/users", 404, "Not Found"),
        ("/quo", 404, "Not Found"),
        ("/", 404, "detail"),
        ("/connections/a/b", 404, "detail"),
        ("/quo/v1/messages/AC%2F..%2Fusers", 404, "Message not found"),
    ],
)
async def test_other_paths_are_refused(http, path, status, says):
    reply = await http.get(path)
    assert (reply.status_code, says in reply.text) == (status, True)


async def test_every_reply_has_a_request_id(http):
    ids = {(await http.get(NUMBERS)).headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3


async def test_requests_are_written_down_as_they_were_sent(box, http):
    await http.post("/quo/v1/messages?a=%2B1", json={"to": []}, headers={"maton-connection": "c"})
    (seen,) = box.requests
    assert (seen["method"], seen["path"], seen["query"]) == ("POST", "/quo/v1/messages", "a=%2B1")
    assert (seen["body"], seen["at"]) == (b'{"to":[]}', "2026-03-04T18:30:00.000Z")
    assert seen["headers"]["maton-connection"] == "c"


async def test_a_named_connection_must_be_an_active_one_to_quo(clock):
    others = (
        {"connection_id": "waiting"},
        {"connection_id": "failed", "status": "FAILED"},
        {"connection_id": "chat", "app": "slack", "status": "ACTIVE"},
        {"connection_id": "second", "status": "ACTIVE"},
    )
    async with client(Sandbox(now=clock, extra_connections=others)) as http:
        for name, status in (
            ("waiting", 400),
            ("failed", 400),
            ("chat", 400),
            ("none", 404),
            ("second", 200),
        ):
            reply = await http.get(NUMBERS, headers={"maton-connection": name})
            assert reply.status_code == status
            assert status == 200 or name in reply.json()["message"]


@pytest.mark.parametrize(("default", "expected"), [("oldest", False), ("newest", True)])
def test_the_connection_that_is_used_by_default_can_be_chosen(clock, default, expected):
    second = {"connection_id": "second", "status": "ACTIVE"}
    box = Sandbox(now=clock, default_connection=default, extra_connections=(second,))
    assert (box.gateway.default_connection_id() == "second") is expected


async def test_without_a_connection_quo_is_not_reached(box, http):
    (only,) = (await http.get("/connections")).json()["connections"]
    await http.delete(f"/connections/{only['connection_id']}")
    reply = await http.get(NUMBERS)
    assert (reply.status_code, "connection" in reply.json()["message"]) == (400, True)


async def test_a_connection_is_made_opened_and_used(http):
    made = (await http.post("/connections", json={"app": "quo"})).json()
    assert list(made) == ["connection_id"]
    path = f"/connections/{made['connection_id']}"
    waiting = (await http.get(path)).json()["connection"]
    assert (waiting["status"], waiting["app"], waiting["method"]) == ("PENDING", "quo", "OAUTH2")
    assert waiting["url"].startswith("http://sandbox.test/connect?session_token=")
    page = await http.get(waiting["url"], headers={"authorization": ""})
    assert (page.status_code, "Connected to quo" in page.text) == (200, True)
    assert (await http.get(path)).json()["connection"]["status"] == "ACTIVE"
    pinned = {"maton-connection": made["connection_id"]}
    assert (await http.get(NUMBERS, headers=pinned)).status_code == 200


@pytest.mark.parametrize("query", ["", "?session_token=", "?session_token=wrong"])
async def test_a_wrong_link_connects_nothing(http, query):
    assert (await http.get("/connect" + query)).status_code == 404


async def test_a_connection_can_become_active_by_itself(clock):
    async with client(Sandbox(now=clock, auto_authorize_after=6)) as http:
        made = (await http.post("/connections", json={"app": "quo"})).json()["connection_id"]
        for seconds, status in ((5, "PENDING"), (1, "ACTIVE")):
            clock.wait(seconds)
            seen = (await http.get(f"/connections/{made}")).json()["connection"]
            assert seen["status"] == status


@pytest.mark.parametrize(
    ("shape", "at"),
    [
        ("id", ["connection_id"]),
        ("connection_Id", ["connection_Id"]),
        ("nested", ["connection", "connection_id"]),
        ("flat", ["connection_id"]),
    ],
)
async def test_a_new_connection_is_told_in_one_of_four_shapes(clock, shape, at):
    box = Sandbox(now=clock, connection_create_shape=shape)
    async with client(box) as http:
        reply = (await http.post("/connections", json={"app": "quo"})).json()
    assert ("status" in reply) is (shape == "flat")
    for name in at:
        reply = reply[name]
    assert reply in box.state.connections


@pytest.mark.parametrize(("status", "body"), [(200, b"{}"), (204, b"")])
async def test_a_connection_is_deleted_with_or_without_a_body(clock, status, body):
    box = Sandbox(now=clock, connection_delete_status=status)
    async with client(box) as http:
        (name,) = box.state.connections
        reply = await http.delete(f"/connections/{name}")
        assert (reply.status_code, reply.content) == (status, body)
        gone = await http.delete(f"/connections/{name}")
    assert gone.json() == {
        "message": f"Connection `{name}` not found",
        "type": "Not Found",
        "code": 404,
    }


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 422), (b"[]", 422), (b"{}", 422), (b'{"app": 5}', 400), (b'{"app": "Q"}', 400)],
)
async def test_a_connection_to_nothing_is_refused(http, body, status):
    assert (await http.post("/connections", content=body)).status_code == status


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 3),
        ("?app=quo", 2),
        ("?app=quo&status=ACTIVE", 1),
        ("?method=API_KEY", 1),
        ("?limit=2", 2),
        ("?limit=0", 0),
    ],
)
async def test_connections_are_listed_by_what_they_are(clock, query, count):
    others = ({"app": "slack", "method": "API_KEY"}, {"status": "FAILED"})
    async with client(Sandbox(now=clock, extra_connections=others)) as http:
        listed = (await http.get("/connections" + query)).json()["connections"]
    assert len(listed) == count
