"""Creating and deleting tasks, and the requests that do it."""

import mcp_types as types
import pytest

from quo_mcp.directory import conversation_scan
from quo_mcp.sandbox import Fault, Sandbox
from sandbox.play import DESK, EMERGENCY, JANE, ROSA, STRANGER, Clock
from tools.task_play import TASKS, conversation_id, task, task_writes

pytestmark = pytest.mark.anyio


async def test_a_task_about_a_person_is_about_their_latest_thread(phone, snapshot):
    async with phone() as quo:
        state = quo.box.state
        for inbox in (DESK, EMERGENCY):
            state.add_message(state.numbers[inbox], [ROSA], "Hello?", quo.clock(), sender=ROSA)
            quo.clock.wait(60)
        state.add_message(state.numbers[DESK], [ROSA, JANE], "All", quo.clock(), sender=ROSA)
        asked = {"title": "Ring back", "due": "friday 5pm", "assignee": "Tom"}
        said = await quo("quo_create_task", person="Rosa Delgado", **asked)
        snapshot("results/task_made.txt", said)
        sent = {
            "title": "Ring back",
            "description": "Ring back",
            "dueDate": "2026-03-07T01:00:00.000Z",
            "assignedTo": "USt7OkafR2",
            "conversationId": conversation_id(quo, ROSA, inbox=EMERGENCY),
        }
        assert task_writes(quo) == [("POST", "", sent)]
        await quo("quo_create_task", person=ROSA, inbox="Front Desk", title="And there")
        assert task_writes(quo)[-1][2]["conversationId"] == conversation_id(quo, ROSA)


async def test_older_threads_are_looked_through_for_a_person_up_to_a_bound(phone, monkeypatch):
    async with phone() as quo:
        state = quo.box.state
        latest = sorted(state.conversations.values(), key=lambda each: each["lastActivityAt"])[::-1]
        alone = [each for each in latest if len(each["participants"]) == 1]
        monkeypatch.setattr(conversation_scan, "PAGE_SIZE", latest.index(alone[1]))
        await quo("quo_create_task", title="x", person=alone[1]["participants"][0])
        assert task_writes(quo)[0][2]["conversationId"] == alone[1]["id"]
        monkeypatch.setattr(conversation_scan, "PAGE_SIZE", 1)
        said = await quo.refused("quo_create_task", title="x", person=alone[-1]["participants"][0])
        assert said.startswith("Not created: no conversation with")


@pytest.mark.parametrize(
    ("about", "sent"),
    [
        ({"inbox": "Front Desk"}, {"phoneNumberId": DESK}),
        ({"conversation": "thread"}, {"conversationId": "thread"}),
        ({"activity_id": "text"}, {"activityId": "text"}),
        ({"activity_id": "call"}, {"activityId": "call"}),
    ],
)
async def test_a_task_is_about_exactly_one_thing_on_the_wire(phone, about, sent):
    async with phone() as quo:
        state = quo.box.state
        real = {
            "thread": conversation_id(quo, JANE),
            "text": next(iter(state.messages)),
            "call": next(iter(state.calls)),
        }
        about, sent = ({k: real.get(v, v) for k, v in each.items()} for each in (about, sent))
        said = await quo("quo_create_task", title="Do it", description="Two\nlines", **about)
        assert task_writes(quo)[0][2] == {"title": "Do it", "description": "Two\nlines", **sent}
        assert "> Two\n> lines" in said
        [made] = [each for each in state.tasks.values() if each["title"] == "Do it"]
        assert made["taskId"] in said


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("task_about_nothing", {}),
        ("task_about_two", {"person": ROSA, "conversation": "CN1"}),
        ("task_about_a_stranger", {"person": STRANGER}),
        ("task_about_somebody_not_there", {"person": "Jane Whitaker", "inbox": "Emergency line"}),
        ("task_about_a_past_day", {"inbox": "Front Desk", "due": "2026-03-01"}),
        ("task_without_a_title", {"inbox": "Front Desk", "title": " \n"}),
        ("task_about_a_wrong_thread", {"conversation": "CNnone"}),
    ],
)
async def test_a_task_that_cannot_be_made_is_refused_with_the_next_step(
    phone, snapshot, name, asked
):
    async with phone() as quo:
        before = len(quo.box.state.tasks)
        snapshot(
            f"results/{name}.txt", await quo.refused("quo_create_task", **{"title": "x"} | asked)
        )
        assert len(quo.box.state.tasks) == before


async def test_the_limit_of_open_tasks_is_said_and_what_to_do(phone):
    clock = Clock()
    box = Sandbox(now=clock, sleep=clock.sleep, enforce_rate=False, open_task_limit=8)
    async with phone(box=box, clock=clock) as quo:
        said = await quo.refused("quo_create_task", title="One more", inbox="Front Desk")
        assert "plan's limit of open tasks is reached" in said
        assert "Ask the user which open tasks you may complete" in said
        finished = next(each for each in box.state.tasks.values() if each["completed"])
        again = await quo.refused("quo_update_task", task_id=finished["taskId"], done=False)
        assert "Nothing was changed" in again
        assert "limit of open tasks" in again


async def test_a_task_that_may_have_been_made_is_not_made_again_by_itself(phone):
    async with phone() as quo:
        quo.box.inject(Fault("lost_reply", "POST", TASKS))
        said = await quo.refused("quo_create_task", title="Only once", inbox="Front Desk")
        assert "to see whether the request took effect" in said
        made = [each for each in quo.box.state.tasks.values() if each["title"] == "Only once"]
        assert len(made) == len(task_writes(quo)) == 1


@pytest.mark.parametrize(
    ("status", "details", "words"),
    [
        (403, {"title": "Not Phone Number User"}, "no access to this inbox"),
        (403, {"code": "0600403"}, "Quo does not allow this"),
        (404, {"message": "Task not found"}, "Not found"),
        (409, {"message": "Revision is old"}, "Read the current state"),
    ],
)
@pytest.mark.parametrize("tool", ["quo_create_task", "quo_update_task", "quo_delete_task"])
async def test_what_quo_refuses_is_said_in_words_that_help(phone, tool, status, details, words):
    async with phone() as quo:
        made = task(quo)
        told = {"resource": "06", **details}
        for method in ("POST", "DELETE"):
            fault = Fault("error_before", method, TASKS, status=status, style="quo", details=told)
            quo.box.inject(fault)
        asked = {
            "quo_create_task": {"title": "x", "inbox": "Front Desk"},
            "quo_update_task": {"task_id": made["taskId"], "done": True},
            "quo_delete_task": {"task_id": made["taskId"]},
        }
        assert words in await quo.refused(tool, **asked[tool])
        assert not made["isDeleted"]
        assert not made["completed"]


async def test_a_deleted_task_is_shown_so_that_it_can_be_made_again(phone, snapshot):
    async with phone() as quo:
        [rosa] = [each for each in quo.box.state.tasks.values() if "Rosa" in each["title"]]
        snapshot("results/task_deleted.txt", await quo("quo_delete_task", task_id=rosa["taskId"]))
        assert rosa["isDeleted"]
        assert "Not found" in await quo.refused("quo_get_task", task_id=rosa["taskId"])


@pytest.mark.parametrize(("answer", "deleted"), [("accept", True), ("decline", False)])
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_person_is_asked_before_a_task_is_deleted(phone, snapshot, mode, answer, deleted):
    asked = []

    async def answering(_context, params):
        asked.append(params.message)
        return types.ElicitResult(action=answer)

    async with phone(mode=mode, elicitation_callback=answering) as quo:
        [rosa] = [each for each in quo.box.state.tasks.values() if "Rosa" in each["title"]]
        await (quo if deleted else quo.refused)("quo_delete_task", task_id=rosa["taskId"])
        assert rosa["isDeleted"] is deleted
        snapshot("results/task_deletion_question.txt", asked[0])
