"""Calls, conversations, tasks and webhooks: who sees what, and what a change does."""

import pytest

from quo_mcp.sandbox import Sandbox
from sandbox.play import BENOIT, DESK, DIRECT, JANE, OWNER, client

pytestmark = pytest.mark.anyio

LATER = "2100-01-01T00:00:00Z"
TASK = {"title": "Call back", "description": "About the heater", "phoneNumberId": DESK}


async def get(http, path, **query):
    return (await http.get(f"/quo/v1/{path}", params=query)).json()


async def calls(http, **query):
    return await get(http, "calls", **{"phoneNumberId": DESK, "maxResults": 100} | query)


async def test_calls_are_listed_for_one_person_and_one_number(http):
    page = await calls(http, participants=JANE)
    assert page["data"]
    assert all(JANE in call["participants"] for call in page["data"])
    assert {call["phoneNumberId"] for call in page["data"]} == {DESK}
    assert (await calls(http, participants=JANE, createdAfter=LATER))["data"] == []
    assert (await calls(http, participants=JANE, createdBefore=LATER))["data"] == page["data"]
    two = await calls(http, participants=[JANE, "+15105550123"])
    assert (two["code"], two["title"]) == ("0101400", "Too Many Participants")


async def test_a_withheld_number_can_be_asked_for_by_its_word(http):
    assert len((await calls(http, participants="Anonymous"))["data"]) == 2


async def test_calls_of_a_number_that_the_owner_is_not_on_look_empty(box, http):
    number = box.state.numbers[DESK]
    number["users"] = [user for user in number["users"] if user["id"] != OWNER]
    assert (await calls(http, participants=JANE))["data"] == []
    assert (await calls(http, participants=JANE, userId=BENOIT))["data"]
    assert (await calls(http, participants=JANE, userId=OWNER))["code"] == "0101403"


async def test_a_call_without_a_recording_has_an_empty_list_and_an_unknown_one_is_not_found(
    box, http
):
    silent = next(call for call in box.state.calls if call not in box.state.recordings)
    assert await get(http, f"call-recordings/{silent}") == {"data": []}
    assert (await get(http, "call-recordings/ACnone"))["code"] == "0900404"
    missed = next(i for i, call in box.state.calls.items() if call["status"] == "abandoned")
    for kind, code in (
        ("summaries", "0500404"),
        ("transcripts", "0600404"),
        ("voicemails", "1200404"),
    ):
        assert (await get(http, f"call-{kind}/{missed}"))["code"] == code


async def test_conversations_come_latest_first_and_by_number_user_and_time(box, http):
    page = await get(http, "conversations", maxResults=100)
    moments = [each["lastActivityAt"] for each in page["data"]]
    assert moments == sorted(moments, reverse=True)
    own = await get(http, "conversations", maxResults=100, userId=BENOIT)
    assert {each["phoneNumberId"] for each in own["data"]} == {DESK}
    both = await get(http, "conversations", maxResults=100, phoneNumbers=[DIRECT, "+18005550140"])
    assert DESK not in {each["phoneNumberId"] for each in both["data"]}
    since = page["data"][3]["updatedAt"]
    newest = await get(http, "conversations", maxResults=100, updatedAfter=since)
    assert all(each["updatedAt"] > since for each in newest["data"])
    assert (await get(http, "conversations", maxResults=100, createdAfter=LATER))["data"] == []
    assert (await get(http, "conversations", maxResults=9, userId="USnone"))["code"] == "1001403"
    box.state.conversations[page["data"][0]["id"]]["deletedAt"] = since
    active = await get(http, "conversations", maxResults=1, excludeInactive="true")
    assert active["data"][0]["id"] == page["data"][1]["id"]


async def test_marks_answer_with_the_bare_conversation(box, http):
    name = next(iter(box.state.conversations))
    done = (await http.post(f"/quo/v1/conversations/{name}/mark-as-done")).json()
    assert (done["id"], done["snoozedUntil"][:4]) == (name, "2126")
    read = (await http.post(f"/quo/v1/conversations/{name}/mark-as-read")).json()
    assert read == done
    opened = (await http.post(f"/quo/v1/conversations/{name}/mark-as-open")).json()
    assert opened["snoozedUntil"] is None


async def test_a_task_goes_through_its_life(box, http):
    made = (await http.post("/quo/v1/tasks", json=TASK | {"assignedTo": BENOIT})).json()["data"]
    path, task = f"/quo/v1/tasks/{made['taskId']}", box.state.tasks[made["taskId"]]
    conversation = next(iter(box.state.conversations))
    assert (task["phoneNumberId"], task["assignedBy"], made["revision"]) == (DESK, OWNER, "1")
    steps = (
        ("complete", None, {"completed": True}),
        ("reopen", None, {"completed": False}),
        (
            "change-due-date",
            {"dueDate": "2026-03-09T10:00:00+01:00"},
            {"dueDate": "2026-03-09T09:00:00.000Z"},
        ),
        ("remove-due-date", None, {"dueDate": None}),
        ("unassign", {"userId": BENOIT}, {"assignedTo": None, "assignedBy": None}),
        ("assign", {"userId": OWNER}, {"assignedTo": OWNER}),
        ("link-conversation", {"conversationId": conversation}, {"conversationId": conversation}),
        ("unlink-conversation", {"conversationId": conversation}, {"conversationId": None}),
    )
    for i, (action, body, expected) in enumerate(steps):
        reply = await http.post(f"{path}/{action}", json=body)
        assert reply.json()["data"] == {"taskId": made["taskId"], "revision": str(i + 2)}
        assert expected.items() <= task.items()
    await http.put(path, json={"title": "New", "description": "Newer"})
    assert (task["title"], task["description"]) == ("New", "Newer")
    await http.delete(path)
    assert task["isDeleted"]
    assert (await http.get(path)).status_code == 404
    listed = await get(http, "tasks", maxResults=100)
    assert made["taskId"] not in {each["taskId"] for each in listed["data"]}


@pytest.mark.parametrize(
    ("changes", "status", "says"),
    [
        ({"conversationId": "CN1"}, 400, "exactly one"),
        ({"phoneNumberId": "PNnone"}, 404, "Phone number"),
        ({"assignedTo": "USnone"}, 404, "User"),
        ({"priority": 1}, 400, "priority"),
        ({"description": None}, 400, "description"),
        ({"dueDate": "tomorrow"}, 400, "dueDate"),
        ({"dueDate": "2026-02-30T00:00:00Z"}, 400, "dueDate"),
    ],
)
async def test_a_task_that_cannot_be_made_is_refused(http, changes, status, says):
    reply = await http.post("/quo/v1/tasks", json=TASK | changes)
    assert (reply.status_code, says in reply.json()["message"]) == (status, True)


async def test_a_task_about_an_unknown_activity_is_refused(http):
    body = {"title": "t", "description": "d", "activityId": "ACnone"}
    assert (await http.post("/quo/v1/tasks", json=body)).json()["message"] == "Activity not found"


async def test_what_a_task_is_not_cannot_be_taken_from_it(box, http):
    made = (await http.post("/quo/v1/tasks", json=TASK)).json()["data"]
    path = f"/quo/v1/tasks/{made['taskId']}"
    other = next(iter(box.state.conversations))
    assert (await http.post(f"{path}/unassign", json={"userId": BENOIT})).status_code == 400
    unlinked = await http.post(f"{path}/unlink-conversation", json={"conversationId": other})
    assert unlinked.status_code == 400


async def test_only_so_many_tasks_may_be_open(clock):
    box = Sandbox(now=clock, enforce_rate=False)
    full = sum(not task["completed"] for task in box.state.tasks.values()) + 1
    box = Sandbox(now=clock, enforce_rate=False, open_task_limit=full)
    async with client(box) as http:
        made = (await http.post("/quo/v1/tasks", json=TASK)).json()["data"]["taskId"]
        over = await http.post("/quo/v1/tasks", json=TASK)
        assert (over.status_code, over.json()["code"]) == (402, "0600402")
        assert (await http.post(f"/quo/v1/tasks/{made}/reopen")).status_code == 200
        await http.post(f"/quo/v1/tasks/{made}/complete")
        assert (await http.post("/quo/v1/tasks", json=TASK)).status_code == 201
        assert (await http.post(f"/quo/v1/tasks/{made}/reopen")).status_code == 402


async def test_webhooks_are_of_a_user_and_listen_to_all_numbers_unless_told(http):
    body = {"url": "https://hooks.example.com/x", "events": ["message.received"], "userId": BENOIT}
    made = (await http.post("/quo/v1/webhooks/messages", json=body)).json()["data"]
    assert (made["resourceIds"], made["status"], made["userId"]) == (["*"], "enabled", BENOIT)
    assert (await get(http, "webhooks", userId=BENOIT))["data"] == [made]
    assert made["id"] not in {each["id"] for each in (await get(http, "webhooks"))["data"]}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"url": "hooks"}, 400),
        ({"events": []}, 400),
        ({"events": ["call.ringing"]}, 400),
        ({"events": [5]}, 400),
        ({"resourceIds": ["PNnone"]}, 400),
        ({"resourceIds": ["*", DESK]}, 400),
        ({"status": "paused"}, 400),
        ({"userId": "USnone"}, 404),
    ],
)
async def test_a_webhook_that_cannot_be_made_is_refused(http, changes, status):
    body = {"url": "https://hooks.example.com/x", "events": ["message.received"]} | changes
    assert (await http.post("/quo/v1/webhooks/messages", json=body)).status_code == status


async def test_users_are_paged_and_bounds_are_kept(http):
    assert len((await get(http, "users", maxResults=3))["data"]) == 3
    for wrong in (0, 51, "many"):
        assert (await get(http, "users", maxResults=wrong))["status"] == 400
    twice = await http.get("/quo/v1/users?maxResults=1&maxResults=2")
    assert twice.status_code == 400


async def test_numbers_are_listed_by_user(http):
    names = [number["name"] for number in (await get(http, "phone-numbers", userId=BENOIT))["data"]]
    assert names == ["Front Desk"]
