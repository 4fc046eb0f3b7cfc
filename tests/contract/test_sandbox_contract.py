"""Every operation of the contract, driven through the sandbox: accepted and refused."""

import pytest

from contract.validator import operations

DESK, DIRECT, EMERGENCY = "PNd5FrontDk", "PNm2MarisoL", "PNe8Urgent9"
OWNER, BENOIT = "USm4VegaR1", "USb9LefevR4"
JANE = "%2B14155550111"
STRANGER = "+14155550199"
PAGE = "&maxResults=5"

pytestmark = pytest.mark.anyio


async def everything(ask, box):
    """All 43 operations, accepted; refused with 400 and 404 where there is something to refuse."""
    await workspace(ask)
    await messages(ask)
    await calls(ask, box.state)
    await contacts(ask)
    await conversations(ask)
    await tasks(ask, box.state)
    await webhooks(ask)


async def workspace(ask):
    await ask("GET", "/quo/v1/phone-numbers", 200)
    await ask("GET", f"/quo/v1/phone-numbers?userId={BENOIT}", 200)
    await ask("GET", "/quo/v1/phone-numbers?userId=Tom", 400)
    await ask("GET", f"/quo/v1/phone-numbers/{DESK}", 200)
    await ask("GET", "/quo/v1/phone-numbers/PNnone", 404)
    await ask("GET", "/quo/v1/users?maxResults=50", 200)
    await ask("GET", "/quo/v1/users?maxResults=51", 400)
    await ask("GET", f"/quo/v1/users/{OWNER}", 200)
    await ask("GET", "/quo/v1/users/USnone", 404)
    await ask("GET", "/quo/v1/users/Tom", 400)


async def messages(ask):
    query = f"/quo/v1/messages?phoneNumberId={DESK}&participants={JANE}"
    page = await ask("GET", query + PAGE, 200)
    await ask("GET", f"{query}{PAGE}&pageToken={page['nextPageToken']}", 200)
    await ask("GET", query, 400)
    await ask("GET", f"{query}{PAGE}&userId={OWNER}&since=2030-01-01T00:00:00Z", 200)
    foreign = f"/quo/v1/messages?phoneNumberId={DIRECT}&participants={JANE}{PAGE}&userId={BENOIT}"
    await ask("GET", foreign, 403)
    await ask("GET", f"/quo/v1/messages?phoneNumberId=PNnone&participants={JANE}{PAGE}", 404)
    await ask("GET", f"/quo/v1/messages/{page['data'][0]['id']}", 200)
    await ask("GET", "/quo/v1/messages/ACnone", 404)
    text = {"content": "Hello 👋", "from": DESK, "to": ["+14155550111"]}
    await ask("POST", "/quo/v1/messages", 202, text)
    group = {**text, "to": ["+14155550111", STRANGER], "setInboxStatus": "done", "userId": BENOIT}
    await ask("POST", "/quo/v1/messages", 202, group)
    await ask("POST", "/quo/v1/messages", 400, {**text, "content": "\n "})
    await ask("POST", "/quo/v1/messages", 404, {**text, "from": "+14155550199"})
    await ask("POST", "/quo/v1/messages", 403, {**text, "from": DIRECT, "userId": BENOIT})


async def calls(ask, state):
    query = f"/quo/v1/calls?phoneNumberId={DESK}&participants={JANE}"
    page = await ask("GET", query + PAGE, 200)
    await ask("GET", f"{query}{PAGE}&participants=%2B14155550123", 400)
    await ask("GET", f"{query}{PAGE}&userId=USnone", 403)
    await ask("GET", f"/quo/v1/calls?phoneNumberId=PNnone&participants=x{PAGE}", 404)
    await ask("GET", f"/quo/v1/calls/{page['data'][0]['id']}", 200)
    for resource, call_ids in (
        ("calls", state.calls),
        ("call-recordings", state.calls),
        ("call-summaries", state.summaries),
        ("call-transcripts", state.transcripts),
        ("call-voicemails", state.voicemails),
    ):
        for call in call_ids:
            await ask("GET", f"/quo/v1/{resource}/{call}", 200)
        await ask("GET", f"/quo/v1/{resource}/ACnone", 404)
        await ask("GET", f"/quo/v1/{resource}/call", 400)


async def contacts(ask):
    first = await ask("GET", "/quo/v1/contacts?maxResults=50", 200)
    await ask("GET", f"/quo/v1/contacts?maxResults=50&pageToken={first['nextPageToken']}", 200)
    await ask("GET", "/quo/v1/contacts?maxResults=50&externalIds=crm-2207&sources=hubspot", 200)
    await ask("GET", "/quo/v1/contacts?maxResults=0", 400)
    await ask("GET", "/quo/v1/contact-custom-fields", 200)
    new = {
        "defaultFields": {
            "firstName": "Nora",
            "phoneNumbers": [{"name": "mobile", "value": STRANGER}],
            "emails": [{"name": "home", "value": "nora@example.com"}],
        },
        "customFields": [
            {"key": "service-address", "value": "1 Elm Street"},
            {"key": "last-service", "value": "2026-01-01T00:00:00Z"},
            {"key": "gate-code", "value": 12.5},
            {"key": "service-plan", "value": False},
            {"key": "tags", "value": ["vip"]},
        ],
        "externalId": "n-1",
    }
    created = await ask("POST", "/quo/v1/contacts", 201, new)
    await ask("POST", "/quo/v1/contacts", 409, new)
    await ask("POST", "/quo/v1/contacts", 400, {"defaultFields": {"lastName": "No first name"}})
    path = f"/quo/v1/contacts/{created['data']['id']}"
    await ask("GET", path, 200)
    await ask("PATCH", path, 200, {"defaultFields": {"company": "Elm"}})
    await ask("PATCH", path, 400, {"customFields": [{"key": "nothing", "value": 1}]})
    await ask("DELETE", path, 204)
    for method, body in (("GET", None), ("PATCH", {}), ("DELETE", None)):
        await ask(method, path, 404, body)


async def conversations(ask):
    page = await ask("GET", "/quo/v1/conversations?maxResults=100", 200)
    await ask("GET", f"/quo/v1/conversations?maxResults=5&phoneNumbers={DESK}", 200)
    await ask(
        "GET", f"/quo/v1/conversations?maxResults=5&phoneNumber=%2B14155550100&userId={OWNER}", 200
    )
    await ask("GET", "/quo/v1/conversations?maxResults=5&excludeInactive=true", 200)
    await ask("GET", "/quo/v1/conversations?maxResults=5&excludeInactive=maybe", 400)
    await ask(
        "GET", f"/quo/v1/conversations?maxResults=5&phoneNumbers={DIRECT}&userId={BENOIT}", 403
    )
    for mark in ("mark-as-done", "mark-as-read", "mark-as-open"):
        await ask("POST", f"/quo/v1/conversations/{page['data'][0]['id']}/{mark}", 200)
        await ask("POST", f"/quo/v1/conversations/CNnone/{mark}", 404)


async def tasks(ask, state):
    conversation = next(iter(state.conversations))
    text = {"title": "Call back", "description": "About the heater"}
    about = {"conversationId": conversation, "dueDate": "2026-03-09T09:00:00Z", "assignedTo": OWNER}
    await ask("POST", "/quo/v1/tasks", 201, {**text, "phoneNumberId": DESK})
    await ask("POST", "/quo/v1/tasks", 201, {**text, "activityId": next(iter(state.calls))})
    await ask("POST", "/quo/v1/tasks", 404, {**text, "conversationId": "CNnone"})
    created = await ask("POST", "/quo/v1/tasks", 201, {**text, **about})
    await ask("POST", "/quo/v1/tasks", 400, text)
    await ask("GET", "/quo/v1/tasks?maxResults=2", 200)
    last = await ask("GET", "/quo/v1/tasks?maxResults=100", 200)
    assert "nextPageToken" not in last
    await ask("GET", "/quo/v1/tasks", 400)
    task = f"/quo/v1/tasks/{created['data']['taskId']}"
    await ask("GET", task, 200)
    await ask("PUT", task, 200, {"title": "Call Rosa back", "description": "Heater"})
    await ask("PUT", task, 400, {"title": "Only a title"})
    for action in ("complete", "reopen", "remove-due-date"):
        await ask("POST", f"{task}/{action}", 200)
        await ask("POST", f"/quo/v1/tasks/TKnone/{action}", 404)
    for action, body in (
        ("change-due-date", {"dueDate": "2026-03-10T09:00:00+02:00"}),
        ("assign", {"userId": BENOIT}),
        ("unassign", {"userId": BENOIT}),
        ("link-conversation", {"conversationId": conversation}),
        ("unlink-conversation", {"conversationId": conversation}),
    ):
        await ask("POST", f"{task}/{action}", 200, body)
        await ask("POST", f"{task}/{action}", 400, {"wrong": True})
        await ask("POST", f"/quo/v1/tasks/TKnone/{action}", 404, body)
    await ask("DELETE", task, 204)
    await ask("GET", task, 404)


async def webhooks(ask):
    for family, event in (
        ("messages", "message.received"),
        ("calls", "call.ringing"),
        ("call-summaries", "call.summary.completed"),
        ("call-transcripts", "call.transcript.completed"),
    ):
        body = {"url": "https://hooks.example.com/quo", "events": [event], "resourceIds": [DESK]}
        created = await ask("POST", f"/quo/v1/webhooks/{family}", 201, body)
        await ask(
            "POST", f"/quo/v1/webhooks/{family}", 400, {**body, "events": ["contact.updated"]}
        )
    await ask("GET", "/quo/v1/webhooks", 200)
    await ask("GET", f"/quo/v1/webhooks?userId={BENOIT}", 200)
    path = f"/quo/v1/webhooks/{created['data']['id']}"
    await ask("GET", path, 200)
    await ask("DELETE", path, 204)
    await ask("GET", path, 404)
    await ask("DELETE", path, 404)


async def test_all_that_the_sandbox_takes_and_gives_fits_the_contract(ask, box):
    await everything(ask, box)
    answered = {operation for operation, status in ask.seen if status < 400}
    assert answered == set(operations())


async def test_every_page_of_the_world_fits_the_contract(ask, box):
    for resource, size in (("contacts", 50), ("conversations", 100), ("tasks", 5), ("users", 3)):
        seen, token = [], ""
        while token is not None:
            page = await ask("GET", f"/quo/v1/{resource}?maxResults={size}{token}", 200)
            seen += page["data"]
            next_token = page.get("nextPageToken")
            token = f"&pageToken={next_token}" if next_token else None
        assert len(seen) == len(getattr(box.state, resource))
    for conversation in box.state.conversations.values():
        people = conversation["participants"]
        if all(person.startswith("+") for person in people):
            query = "&".join(f"participants=%2B{person[1:]}" for person in people)
            inbox = conversation["phoneNumberId"]
            target = f"messages?phoneNumberId={inbox}&{query}&maxResults=100"
            await ask("GET", f"/quo/v1/{target}", 200)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"authorization": "Bearer wrong"}, 401),
        ({"authorization": "sandbox"}, 401),
        ({"maton_connection": "unknown"}, 404),
        ({"user_agent": "Python-urllib/3.11"}, 403),
    ],
)
async def test_the_gateways_refusals_have_its_own_shapes(ask, headers, status):
    await ask("GET", "/quo/v1/phone-numbers", status, **headers)


async def test_connections_are_as_maton_documents_them(ask):
    listed = await ask("GET", "/connections?app=quo&status=ACTIVE&limit=5", 200)
    connection_id = listed["connections"][0]["connection_id"]
    await ask("GET", f"/connections/{connection_id}", 200)
    await ask("GET", "/connections?limit=many", 422)
    await ask("GET", "/user", 200)
    created = await ask("POST", "/connections", 200, {"app": "quo"})
    await ask("POST", "/connections", 422, {})
    await ask("POST", "/connections", 400, {"app": "QUO"})
    await ask("DELETE", f"/connections/{created['connection_id']}", 200)
    await ask("DELETE", f"/connections/{created['connection_id']}", 404)
