"""Several changes to a task in one call: all of them, or an error that says which."""

import pytest

from quo_mcp.sandbox import Fault
from quo_mcp.sandbox.http import format_time
from sandbox.play import JANE
from tools.task_play import TASKS, conversation_id, task, task_writes

pytestmark = pytest.mark.anyio


async def test_any_number_of_changes_go_over_quos_narrow_endpoints(phone, snapshot):
    async with phone() as quo:
        made = task(quo, "Old")
        made["description"] = "Kept"
        said = await quo(
            "quo_update_task",
            task_id=made["taskId"],
            title="New",
            due="2026-03-06T09:00",
            assignee="Priya",
            conversation=conversation_id(quo, JANE),
            done=True,
        )
        snapshot("results/task_changed.txt", said)
        due = "2026-03-06T17:00:00.000Z"
        assert [each[1:] for each in task_writes(quo)] == [
            (made["taskId"], {"title": "New", "description": "Kept"}),
            ("change-due-date", {"dueDate": due}),
            ("assign", {"userId": made["assignedTo"]}),
            ("link-conversation", {"conversationId": conversation_id(quo, JANE)}),
            ("complete", None),
        ]
        assert made["completed"]
        assert made["dueDate"] == due


async def test_what_is_there_can_be_taken_off_and_the_task_opened_again(phone, snapshot):
    async with phone() as quo:
        about = conversation_id(quo, JANE)
        told = {"assignedTo": "USt7OkafR2", "conversationId": about, "completed": True}
        made = task(quo, dueDate=format_time(quo.clock()), **told)
        clear = ["due", "assignee", "conversation"]
        said = await quo("quo_update_task", task_id=made["taskId"], clear=clear, done=False)
        snapshot("results/task_cleared.txt", said)
        assert [each[1:] for each in task_writes(quo)] == [
            ("remove-due-date", None),
            ("unassign", {"userId": "USt7OkafR2"}),
            ("unlink-conversation", {"conversationId": about}),
            ("reopen", None),
        ]


async def test_what_is_so_already_is_not_asked_for_again(phone, snapshot):
    async with phone() as quo:
        made = task(quo, "Same")
        again = {"task_id": made["taskId"], "title": "Same", "clear": ["assignee"], "done": False}
        snapshot("results/task_unchanged.txt", await quo("quo_update_task", **again))
        assert task_writes(quo) == []
        said = await quo("quo_update_task", **again | {"clear": ["assignee", "description"]})
        assert task_writes(quo)[0][2] == {"title": "Same", "description": ""}
        assert said.startswith("Changed: description: Details → empty.\nAlready up to date: ")


async def five_changes(quo, made, ask):
    return await ask(
        "quo_update_task",
        task_id=made["taskId"],
        title="New",
        due="2026-03-06T09:00",
        assignee="Priya",
        conversation=conversation_id(quo, JANE),
        done=True,
    )


async def test_five_changes_of_which_the_third_fails_leave_a_truthful_account(phone, snapshot):
    async with phone() as quo:
        made = task(quo, "Old")
        details = {"resource": "06", "title": "Not Phone Number User"}
        path = f"{TASKS}/.*/assign"
        fault = Fault("error_before", "POST", path, status=403, style="quo", details=details)
        quo.box.inject(fault)
        said = await five_changes(quo, made, quo.refused)
        snapshot("results/task_stopped.txt", said)
        assert (made["title"], made["dueDate"]) == ("New", "2026-03-06T17:00:00.000Z")
        untouched = (made["assignedTo"], made["conversationId"], made["completed"])
        assert untouched == (None, None, False)
        assert [each[1] for each in task_writes(quo)] == [
            made["taskId"],
            "change-due-date",
            "assign",
        ]


async def test_the_first_change_failing_leaves_nothing_changed(phone, snapshot):
    async with phone() as quo:
        made = task(quo, "Old")
        quo.box.inject(Fault("error_before", "PUT", TASKS, status=400, style="quo"))
        snapshot("results/task_failed_at_once.txt", await five_changes(quo, made, quo.refused))
        assert made["title"] == "Old"


@pytest.mark.parametrize("kind", ["lost_reply", "error_after"])
async def test_a_change_whose_reply_was_lost_is_looked_for_and_the_rest_goes_on(phone, kind):
    async with phone() as quo:
        made = task(quo, "Old")
        quo.box.inject(Fault(kind, "POST", f"{TASKS}/.*/assign"))
        said = await five_changes(quo, made, quo)
        assert said.startswith("Changed: title: Old → New; due date: none → ")
        assert [each[1] for each in task_writes(quo)].count("assign") == 1
        assert made["completed"]


async def test_a_change_that_may_be_done_later_is_called_unknown(phone, snapshot):
    async with phone() as quo:
        made = task(quo, "Old")
        path = f"{TASKS}/.*/assign"
        quo.box.inject(Fault("late_commit", "POST", path, status=504, style="html", seconds=60))
        snapshot("results/task_unknown_change.txt", await five_changes(quo, made, quo.refused))
        assert not made["completed"]


async def test_where_the_task_cannot_be_read_back_that_is_said(phone, snapshot):
    async with phone() as quo:
        made = task(quo, "Old")

        def lose_the_task():
            gone = {"resource": "06"}
            quo.box.inject(
                Fault(
                    "error_before",
                    "GET",
                    f"{TASKS}/TK.*",
                    None,
                    status=404,
                    style="quo",
                    details=gone,
                )
            )

        await quo("quo_get_task", task_id=made["taskId"])
        act = quo.box._dispatch

        def then_lost(request, path):
            if request.method == "PUT":
                lose_the_task()
            return act(request, path)

        quo.box._dispatch = then_lost
        details = {"resource": "06", "message": "No such user"}
        path = f"{TASKS}/.*/assign"
        fault = Fault("error_before", "POST", path, status=404, style="quo", details=details)
        quo.box.inject(fault)
        snapshot("results/task_stopped_unread.txt", await five_changes(quo, made, quo.refused))
        quo.box.faults.clear()
        said = await quo("quo_update_task", task_id=made["taskId"], title="Newer")
        assert said.splitlines() == [
            "Changed: title: New → Newer.",
            "Quo accepted every change, but the task could not be read again. To see it, call quo_get_task.",
        ]


async def test_what_quo_took_and_did_not_do_is_owned_up_to(phone):
    async with phone() as quo:
        made = task(quo, "Old")
        act = quo.box._dispatch

        def undone(request, path):
            reply = act(request, path)
            if request.path.endswith("/complete"):
                made["completed"] = False
            return reply

        quo.box._dispatch = undone
        said = await quo("quo_update_task", task_id=made["taskId"], done=True)
        assert (
            "Quo accepted these changes, but the task does not show them: state: open → done."
            in said
        )


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("task_no_change", {}),
        ("task_blank_title", {"title": " "}),
        ("task_clears_nothing", {"clear": []}),
        ("task_set_and_cleared", {"due": "friday", "clear": ["due"]}),
        ("task_described_and_cleared", {"description": "x", "clear": ["description"]}),
        ("task_clears_what_is_not", {"clear": ["title"]}),
        ("task_unknown_to_change", {"done": True}),
    ],
)
async def test_a_change_that_makes_no_sense_is_refused_before_anything_is_written(
    phone, snapshot, name, asked
):
    async with phone() as quo:
        snapshot(
            f"results/{name}.txt", await quo.refused("quo_update_task", task_id="TKnone", **asked)
        )
        assert task_writes(quo) == []


async def test_a_task_with_no_words_of_its_own_keeps_none_when_one_is_set(phone):
    async with phone() as quo:
        made = task(quo)
        made.update(title=None, description=None)
        await quo("quo_update_task", task_id=made["taskId"], title="Now it has one")
        assert task_writes(quo)[-1][2] == {"title": "Now it has one", "description": ""}
        made.update(title=None, description=None)
        await quo("quo_update_task", task_id=made["taskId"], description="Words")
        assert task_writes(quo)[-1][2] == {"title": "", "description": "Words"}


async def test_an_empty_text_beside_another_change_is_said_to_be_no_change(phone):
    async with phone() as quo:
        made = task(quo, "Old")
        said = await quo(
            "quo_update_task", task_id=made["taskId"], done=True, description="", due=""
        )
        note = (
            'description, due: "" means not given; to empty them, use clear=["description", "due"].'
        )
        assert said.splitlines()[:2] == ["Changed: state: open → done.", note]
        assert made["description"] == "Details"
        alone = await quo.refused("quo_update_task", task_id=made["taskId"], assignee="")
        assert 'assignee: "" means not given; to empty it, use clear=["assignee"].' in alone
        said = await quo("quo_update_task", task_id=made["taskId"], done=False, description=None)
        assert "means not given" not in said


async def test_a_change_of_values_shows_the_old_ones(phone):
    async with phone() as quo:
        told = {"assignedTo": "USt7OkafR2", "dueDate": "2026-03-05T17:00:00.000Z"}
        made = task(quo, "Old", **told)
        arguments = {"due": "2026-03-06T09:00", "assignee": "Priya"}
        said = await quo("quo_update_task", task_id=made["taskId"], **arguments)
        assert said.startswith(
            "Changed: due date: Thu 2026-03-05 09:00 → Fri 2026-03-06 09:00; "
            "assignee: Tom Okafor → Priya Raman.\n"
        )
