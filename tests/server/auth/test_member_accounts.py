"""What each person who signed in sees and sends: their own inboxes, under their own name."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from oauth.issuer import BENOIT, MARISOL, PRIYA, TOM, signed_in_server
from quo_mcp.safety.send_record import SendState
from quo_mcp.server.auth.scopes import SCOPE_OF_TOOL, TOOLSET_SCOPES
from quo_mcp.server.pipeline import settle_with_person
from quo_mcp.tools.catalogue import TOOLSETS
from quo_mcp.tools.context import SignedInMember, ToolContext
from quo_mcp.tools.send_messages import GetSendStatus
from quo_mcp.values.principal import Principal

pytestmark = pytest.mark.anyio

DESK, DIRECT, EMERGENCY = "PNd5FrontDk", "PNm2MarisoL", "PNe8Urgent9"
PERSON = "+14155550137"


@pytest.fixture
async def server(tmp_path):
    async with signed_in_server(state_dir=tmp_path, toolsets=("all",)) as running:
        yield running


def user_id(server, email):
    return next(user["id"] for user in server.box.state.users.values() if user["email"] == email)


async def test_a_person_sees_the_inboxes_that_quo_gives_them(server):
    seen = {}
    for email in (MARISOL, TOM, PRIYA, BENOIT):
        _, text = await server.call(server.token(email), "quo_list_phone_numbers")
        seen[email] = {inbox for inbox in (DESK, DIRECT, EMERGENCY) if inbox in text}
    assert seen == {
        MARISOL: {DESK, DIRECT, EMERGENCY},
        TOM: {DESK, EMERGENCY},
        PRIYA: {DESK, EMERGENCY},
        BENOIT: {DESK},
    }


async def test_lists_are_read_with_the_persons_own_access(server):
    token, user = server.token(BENOIT), user_id(server, BENOIT)
    for tool in ("quo_list_messages", "quo_list_calls", "quo_list_conversations", "quo_get_digest"):
        before = len(server.box.requests)
        failed, text = await server.call(token, tool)
        assert not failed, text
        lists = [
            request["query"]
            for request in server.box.requests[before:]
            if request["path"].endswith(("/messages", "/calls", "/conversations"))
        ]
        assert lists
        assert all(f"userId={user}" in query for query in lists), lists
        assert not any(DIRECT in query or EMERGENCY in query for query in lists)


async def test_items_of_other_inboxes_are_refused_by_their_id(server):
    state, token = server.box.state, server.token(BENOIT)
    message = next(item for item in state.messages.values() if item["phoneNumberId"] == DIRECT)
    call = next(item for item in state.calls.values() if item["phoneNumberId"] == EMERGENCY)
    for tool, arguments in (
        ("quo_get_message", {"message_id": message["id"]}),
        ("quo_get_call", {"call_id": call["id"]}),
        ("quo_get_call_transcript", {"call_id": call["id"]}),
        ("quo_get_call_summary", {"call_id": call["id"]}),
        ("quo_list_messages", {"inbox": "Emergency line"}),
        ("quo_list_calls", {"person": PERSON, "inbox": DIRECT}),
        ("quo_get_phone_number", {"inbox": DIRECT}),
    ):
        failed, text = await server.call(token, tool, **arguments)
        assert failed, tool
        assert message["text"] not in text
        assert "QUO_MCP_INBOXES" not in text
    conversation = next(
        item for item in state.conversations.values() if item["phoneNumberId"] == DIRECT
    )
    error = await server.ask(
        "resources/read", token, uri=f"quo://conversations/{conversation['id']}"
    )
    assert "code" in error


async def test_a_text_goes_out_under_the_persons_own_name(server):
    for email in (BENOIT, TOM):
        failed, text = await server.call(
            server.token(email), "quo_send_message", to=PERSON, text=f"From {email}", inbox=DESK
        )
        assert not failed, text
    assert [(item["from"], item["content"]) for item in server.box.ledger] == [
        ("+14155550100", f"From {email}") for email in (BENOIT, TOM)
    ]
    bodies = [
        json.loads(request["body"])
        for request in server.box.requests
        if request["method"] == "POST" and request["path"].endswith("/messages")
    ]
    assert [body["userId"] for body in bodies] == [user_id(server, BENOIT), user_id(server, TOM)]


async def test_nobody_writes_from_another_inbox_or_as_somebody_else(server):
    for arguments in ({"inbox": DIRECT}, {"inbox": "Emergency line"}, {"as_user": "Tom Okafor"}):
        failed, _ = await server.call(
            server.token(BENOIT), "quo_send_message", to=PERSON, text="Hello", **arguments
        )
        assert failed
    failed, text = await server.call(server.token(BENOIT), "quo_list_messages", as_user="Marisol")
    assert failed
    assert text == (
        f"Not done: as_user names another teammate, and you are signed in as {BENOIT}. Leave out as_user."
    )
    assert server.box.ledger == []
    failed, _ = await server.call(server.token(BENOIT), "quo_list_messages", as_user="me")
    assert not failed


async def test_an_admin_may_send_as_a_teammate_but_only_from_their_own_inboxes(server):
    token = server.token(TOM, scope="quo.read quo.send quo.admin")
    send = {"to": PERSON, "text": "Hello", "as_user": "Priya"}
    assert (await server.call(token, "quo_send_message", **send, inbox=DIRECT))[0]
    failed, _ = await server.call(token, "quo_send_message", **send, inbox=DESK)
    assert not failed
    posts = [request for request in server.box.requests if request["method"] == "POST"]
    assert json.loads(posts[-1]["body"])["userId"] == user_id(server, PRIYA)


async def test_a_contact_is_created_under_the_persons_own_name(server):
    failed, text = await server.call(
        server.token(PRIYA),
        "quo_create_contact",
        first_name="Zelda",
        phone_numbers=["+14155550199"],
    )
    assert not failed, text
    post = next(request for request in server.box.requests if request["method"] == "POST")
    assert json.loads(post["body"])["createdByUserId"] == user_id(server, PRIYA)


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"email": "stranger@example.com"}, "Quo has no user with this email address"),
        ({"email": None}, "no verified email address"),
        ({"email_verified": False}, "no verified email address"),
        ({"email_verified": "false"}, "no verified email address"),
        ({"email": ["marisol@harborpine.example.com"]}, "no verified email address"),
        ({"email": "marisol"}, "no verified email address"),
    ],
)
async def test_whom_quo_does_not_know_reads_nothing_and_hears_who_can_add_them(
    server, claims, reason
):
    token = server.token(**claims)
    assert len(await server.tools(token)) > 10
    for tool in ("quo_list_phone_numbers", "quo_find_contacts", "no_such_tool"):
        failed, text = await server.call(token, tool, query="jane")
        assert failed
        assert reason in text
    for method, params in (
        ("resources/read", {"uri": "quo://users"}),
        ("prompts/get", {"name": "morning_brief"}),
        (
            "completion/complete",
            {
                "ref": {"type": "ref/prompt", "name": "prepare_for_call"},
                "argument": {"name": "person", "value": "Ja"},
            },
        ),
    ):
        assert reason in (await server.ask(method, token, **params))["message"]


async def test_the_address_may_differ_in_case(server):
    failed, _ = await server.call(server.token("Benoit@HarborPine.example.com"), "quo_list_users")
    assert not failed


async def test_who_loses_an_inbox_in_quo_loses_it_here(server, monkeypatch):
    token = server.token(TOM)
    assert EMERGENCY in (await server.call(token, "quo_list_phone_numbers"))[1]
    number = server.box.state.numbers[EMERGENCY]
    number["users"] = [user for user in number["users"] if user["email"] != TOM]
    await server.account.directory.numbers.refresh()  # or a minute later
    assert EMERGENCY not in (await server.call(token, "quo_list_phone_numbers"))[1]
    desk = server.box.state.numbers[DESK]
    desk["users"] = []
    await server.account.directory.numbers.refresh()
    failed, text = await server.call(token, "quo_list_phone_numbers")
    assert failed
    assert "Quo gives you no inbox" in text


async def test_sends_of_other_inboxes_are_not_shown(server):
    """An earlier text from another inbox still blocks its repetition, but its words stay there."""
    text = (
        "The alarm code of the house on Folsom Street is 4711, and the key is under the third pot"
    )
    send = {"to": PERSON, "text": text, "inbox": DIRECT}
    failed, result = await server.call(server.token(MARISOL), "quo_send_message", **send)
    assert not failed, result
    records = await server.account.outbox.list_recent(1)
    for change in (
        ("The alarm code", "the alarm code"),
        ("Folsom Street", "Folsom St"),
        ("4711", "4712"),
    ):
        result = await server.call(
            server.token(BENOIT),
            "quo_send_message",
            **send | {"text": text.replace(*change), "inbox": DESK},
            dry_run=True,
        )
        assert result[1].count("under the third pot") == 1, change  # in what would be sent
    assert "(on an inbox that you may not read)" in result[1]
    status = {"send_id": records[0].send_id}
    failed, result = await server.call(server.token(BENOIT), "quo_get_send_status", **status)
    assert failed
    assert "Send not found" in result
    failed, result = await server.call(server.token(MARISOL), "quo_get_send_status", **status)
    assert not failed


async def test_an_opt_out_on_another_inbox_counts_but_its_words_are_not_shown(server):
    state, words = server.box.state, "Stop texting me about my divorce"
    number = state.numbers[DIRECT]
    state.add_message(number, [PERSON], words, datetime.now(UTC), sender=PERSON)
    failed, text = await server.call(
        server.token(BENOIT), "quo_send_message", to=PERSON, text="Hello", inbox=DESK
    )
    assert failed
    assert "opted out of texts" in text
    assert "divorce" not in text
    failed, text = await server.call(
        server.token(BENOIT), "quo_add_opt_out", person=PERSON, reason="asked on the phone"
    )
    assert not failed
    assert "divorce" not in text


@pytest.mark.parametrize("may_act_as_others", [False, True])
async def test_only_an_admin_is_asked_whether_a_text_arrived(server, may_act_as_others):
    await server.call(server.token(BENOIT), "quo_send_message", to=PERSON, text="Hi", inbox=DESK)
    record = replace((await server.account.outbox.list_recent(1))[0], state=SendState.UNKNOWN)
    member = SignedInMember(Principal("1", BENOIT), user_id(server, BENOIT), may_act_as_others)
    context = ToolContext(server.account.account_for(server.account.settings, member))
    tool = GetSendStatus(send_id=record.send_id)
    questions = []

    class Asking:
        async def choose(self, _tool, question, *_):
            questions.append(question)

    result = await settle_with_person(tool, record, context, None, None, Asking())
    assert (result, len(questions)) == (record, may_act_as_others)


async def test_the_audit_log_names_the_person(server, tmp_path):
    await server.call(server.token(BENOIT), "quo_list_users")
    await server.call(server.token("stranger@example.com"), "quo_list_users")
    await server.call(server.token(email=BENOIT, email_verified=False), "quo_list_users")
    lines = [
        json.loads(line) for line in (tmp_path / "sandbox/audit.jsonl").read_text().splitlines()
    ]
    assert [(line["who"], line["outcome"]) for line in lines] == [
        (BENOIT, "done"),
        ("stranger@example.com", "refused"),
        ("benoit", "refused"),
    ]


async def test_scopes_decide_about_tools(server):
    everything = await server.tools(server.token(scope="quo.read quo.send quo.contacts quo.admin"))
    assert everything == set(SCOPE_OF_TOOL)
    reading = await server.tools(server.token(scope="quo.read"))
    assert {"quo_list_messages", "quo_get_digest"} <= reading
    assert not {"quo_send_message", "quo_create_contact", "quo_list_connections"} & reading
    failed, text = await server.call(
        server.token(scope="quo.read quo.contacts"), "quo_send_message", to=PERSON, text="Hello"
    )
    assert failed
    assert "quo_send_message requires the scope quo.send" in text
    sending = await server.tools(server.token(scope="quo.read quo.send"))
    assert sending - reading == {
        "quo_send_message",
        "quo_send_group_message",
        "quo_add_opt_out",
    }
    assert {*TOOLSET_SCOPES} == {*TOOLSETS}


async def test_lists_are_private_and_short_lived(server):
    async with (
        httpx2.AsyncClient(headers={"Authorization": f"Bearer {server.token()}"}) as http,
        Client(streamable_http_client(server.resource, http_client=http)) as client,
    ):
        result = await client.list_tools()
    assert (result.cache_scope, result.ttl_ms) == ("private", 5_000)
