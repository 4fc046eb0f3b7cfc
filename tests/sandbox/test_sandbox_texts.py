"""Texts that are sent: where they appear, what becomes of them, who answers."""

import pytest

from quo_mcp.sandbox import Sandbox
from sandbox.play import (
    BENOIT,
    DESK,
    DIRECT,
    EMERGENCY,
    JANE,
    OWNER,
    ROSA,
    STRANGER,
    WALT,
    client,
    send,
    texts,
)

pytestmark = pytest.mark.anyio


async def test_a_sent_text_appears_and_is_delivered_in_time(http, clock):
    sent = (await send(http, STRANGER)).json()["data"]
    assert sent["status"] == "queued"
    for seconds, status in ((0.5, "queued"), (1, "sent"), (5, "delivered")):
        clock.wait(seconds)
        (listed,) = await texts(http, STRANGER)
        assert (listed["id"], listed["status"]) == (sent["id"], status)


async def test_the_ledger_holds_what_was_really_sent(box, http, clock):
    await send(http, STRANGER, "One")
    await send(http, "bad", "Two")
    (entry,) = box.ledger
    assert entry["content"] == "One"
    assert (entry["from"], entry["to"]) == ("+14155550100", [STRANGER])
    assert entry["at"] == "2026-03-04T18:30:00.000Z"


async def test_some_people_answer_after_a_while_each_time_with_other_words(http, clock):
    before = len(await texts(http, ROSA))
    for count in (1, 2, 3):
        await send(http, ROSA, "Is now good?")
        clock.wait(7)
        assert len(await texts(http, ROSA)) == before + 2 * count - 1
        clock.wait(2)
        newest = (await texts(http, ROSA))[0]
        assert (newest["direction"], newest["from"]) == ("incoming", ROSA)


async def test_nobody_answers_where_replies_are_off(clock):
    box = Sandbox(now=clock, auto_reply=False)
    async with client(box) as http:
        before = len(await texts(http, ROSA))
        await send(http, ROSA)
        clock.wait(3600)
        assert len(await texts(http, ROSA)) == before + 1


@pytest.mark.parametrize("person", [WALT, "+19255550163"])
async def test_a_text_to_who_opted_out_or_cannot_be_reached_is_not_delivered(http, clock, person):
    sent = (await send(http, person)).json()["data"]
    clock.wait(5)
    found = (await http.get(f"/quo/v1/messages/{sent['id']}")).json()["data"]
    assert found["status"] == "undelivered"


def test_start_undoes_stop(box, clock):
    desk = box.state.numbers[DESK]
    box.state.add_message(desk, [WALT], " start ", clock(), sender=WALT)
    assert box.state.opted_out == set()


async def test_a_text_to_several_is_one_thread_of_its_own(box, http):
    sent = (await send(http, [JANE, STRANGER, JANE])).json()["data"]
    assert sent["to"] == [JANE, STRANGER]
    assert [each["id"] for each in await texts(http, STRANGER, JANE)] == [sent["id"]]
    assert sent["id"] not in {each["id"] for each in await texts(http, JANE)}
    assert [entry["to"] for entry in box.ledger] == [[JANE, STRANGER]]


async def test_done_with_a_text_snoozes_its_conversation_until_an_answer_comes(box, http, clock):
    sent = (await send(http, ROSA, setInboxStatus="done")).json()["data"]
    conversation = box.state.conversations[sent["conversationId"]]
    assert conversation["snoozedUntil"].startswith("2126-")
    clock.wait(10)
    assert box.state.conversations[sent["conversationId"]]["snoozedUntil"] is None


async def test_the_sender_is_a_member_of_the_number_and_by_default_its_first(http):
    assert (await send(http, userId=BENOIT)).json()["data"]["userId"] == BENOIT
    assert (await send(http)).json()["data"]["userId"] == OWNER
    refused = await send(http, inbox=DIRECT, userId=BENOIT)
    assert (refused.status_code, refused.json()["code"]) == (403, "0202403")


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"to": ["4155550111"]}, 400, "to/0"),
        ({"to": ["22395"]}, 400, "to/0"),
        ({"to": []}, 400, "array length"),
        ({"to": [f"+1415555{n:04d}" for n in range(11)]}, 400, "array length"),
        ({"to": JANE}, 400, "Expected array"),
        ({"to": [4155550111]}, 400, "to/0"),
        ({"to": ["+14155550100"]}, 400, "sending number"),
        ({"content": ""}, 400, "content"),
        ({"content": " \n\t"}, 400, "content"),
        ({"content": "x" * 1601}, 400, "content"),
        ({"content": 5}, 400, "content"),
        ({"content": None}, 400, "content"),
        ({"from": "Front Desk"}, 400, "from"),
        ({"from": "PNnone"}, 404, "not found"),
        ({"setInboxStatus": "open"}, 400, "setInboxStatus"),
        ({"from": EMERGENCY, "to": ["+447700900142"]}, 403, "International"),
    ],
)
async def test_a_text_that_cannot_be_sent_is_refused(box, http, body, status, says):
    whole = {"from": DESK, "to": [JANE], "content": "Hello"} | body
    reply = await http.post("/quo/v1/messages", json=whole)
    assert (reply.status_code, reply.json()["status"]) == (status, status)
    assert says in reply.json()["message"]
    assert box.ledger == []


async def test_a_longest_text_and_one_of_several_lines_are_taken(box, http):
    await send(http, content="x" * 1600)
    await send(http, content="\nHello\n\nBye")
    assert [len(entry["content"]) for entry in box.ledger] == [1600, 11]


@pytest.mark.parametrize("missing", ["from", "to", "content"])
async def test_a_text_needs_a_sender_a_recipient_and_words(http, missing):
    body = {"from": DESK, "to": [JANE], "content": "Hello"}
    del body[missing]
    reply = await http.post("/quo/v1/messages", json=body)
    assert [error["path"] for error in reply.json()["errors"]] == [f"/{missing}"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"[" * 100_000])
async def test_a_body_that_is_no_object_is_refused(http, body):
    json_type = {"content-type": "application/json"}
    reply = await http.post("/quo/v1/messages", content=body, headers=json_type)
    assert (reply.status_code, reply.json()["code"]) == (400, "0200400")


async def test_a_body_that_does_not_say_it_is_json_is_refused(http):
    reply = await http.post(
        "/quo/v1/messages", content=b"{}", headers={"content-type": "text/plain"}
    )
    assert reply.status_code == 400


async def test_the_reply_to_a_text_can_come_bare(clock):
    box = Sandbox(now=clock, wrap_send=False)
    async with client(box) as http:
        assert (await send(http)).json()["id"] == box.ledger[0]["id"]
        assert (await send(http, "bad")).json()["status"] == 400


async def test_lists_take_both_spellings_of_a_list_and_quote_the_plus(http):
    start = f"/quo/v1/messages?phoneNumberId={DESK}&maxResults=100&participants"
    plain = await http.get(f"{start}=%2B14155550111")
    bracketed = await http.get(f"{start}[]=%2B14155550111")
    assert plain.json() == bracketed.json()
    unquoted = await http.get(f"{start}=+14155550111")
    joined = await http.get(f"{start}=%2B14155550111,%2B15105550123")
    assert (unquoted.status_code, joined.status_code) == (400, 400)


async def test_texts_come_newest_first_within_the_bounds_asked_for(http):
    everything = await texts(http, JANE)
    moments = [each["createdAt"] for each in everything]
    assert moments == sorted(moments, reverse=True)
    query = {"phoneNumberId": DESK, "participants": JANE, "maxResults": 100}
    for bounds, expected in (
        ({"createdAfter": moments[2]}, everything[:2]),
        ({"createdBefore": moments[2]}, everything[3:]),
        ({"since": moments[2]}, everything[3:]),
        ({"createdAfter": "2100-01-01T00:00:00Z"}, []),
    ):
        reply = await http.get("/quo/v1/messages", params=query | bounds)
        assert reply.json()["data"] == expected


async def test_pages_hold_together_while_texts_arrive(http):
    everything = [each["id"] for each in await texts(http, JANE)]
    query = {"phoneNumberId": DESK, "participants": JANE, "maxResults": 4}
    seen, token = [], None
    while True:
        page = (
            await http.get(
                "/quo/v1/messages", params=query | ({"pageToken": token} if token else {})
            )
        ).json()
        seen += [each["id"] for each in page["data"]]
        token = page["nextPageToken"]
        if token is None:
            break
        assert page["totalItems"] == 5
        await send(http)
    assert seen == everything


async def test_a_token_of_another_list_is_refused(http):
    query = {"phoneNumberId": DESK, "participants": JANE, "maxResults": 2}
    token = (await http.get("/quo/v1/messages", params=query)).json()["nextPageToken"]
    for wrong in (
        {"participants": ROSA, "pageToken": token},
        {"pageToken": "x"},
        {"pageToken": "bnVsbA"},
    ):
        reply = await http.get("/quo/v1/messages", params=query | wrong)
        assert "page token" in reply.json()["message"]


async def test_a_misspelt_filter_is_refused(http):
    query = {"phoneNumberId": DESK, "participants": JANE, "maxResults": 2, "conversationId": "CN1"}
    reply = await http.get("/quo/v1/messages", params=query)
    assert reply.json()["errors"][0]["path"] == "/conversationId"
