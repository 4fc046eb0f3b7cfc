"""Tasks by their title or words of it."""

import pytest

from quo_mcp.sandbox import Fault

pytestmark = pytest.mark.anyio
ANTIFREEZE = "Order winter stock of antifreeze"


def task_id(box, title):
    return next(key for key, task in box.state.tasks.items() if task["title"] == title)


@pytest.mark.parametrize(
    ("reference", "is_exact"),
    [
        (ANTIFREEZE, True),
        ("order WINTER stock of antifreeze!", True),
        ("antifreeze", False),
        ("the antifreeze task", False),
        ("winter stock", False),
    ],
)
async def test_a_task_is_found_by_its_title_or_words_of_it(phone, reference, is_exact):
    async with phone() as quo:
        wanted = task_id(quo.box, ANTIFREEZE)
        note = f'Using the task "{ANTIFREEZE}", the only match.\n'
        shown = await quo("quo_get_task", task_id=reference)
        updated = await quo("quo_update_task", task_id=reference, done=True)
        for text in (shown, updated):
            assert wanted in text
            assert text.startswith(note) is not is_exact
        assert quo.box.state.tasks[wanted]["completed"]


async def test_a_task_is_deleted_by_its_full_title_only(phone):
    async with phone(config={"approval": "never"}) as quo:
        wanted = task_id(quo.box, ANTIFREEZE)
        message = await quo.refused("quo_delete_task", task_id="antifreeze")
        assert message.startswith(
            '"antifreeze" is not the full title of a task. Closest match:\n- Order '
        )
        line = message.splitlines()[1]
        assert line.endswith(wanted)
        assert not any(request["method"] == "DELETE" for request in quo.box.requests)
        assert wanted in await quo("quo_get_task", task_id=line)
        assert "Task deleted." in await quo("quo_delete_task", task_id=ANTIFREEZE)


async def test_open_tasks_come_before_completed_ones(phone):
    async with phone() as quo:
        tasks = quo.box.state.tasks
        done, open_task = (
            task_id(quo.box, ANTIFREEZE),
            task_id(quo.box, "Second half of invoice 1187"),
        )
        tasks[open_task]["title"] = "Antifreeze for the van"
        tasks[done]["completed"] = True
        assert open_task in await quo("quo_get_task", task_id="antifreeze")
        tasks[open_task]["completed"] = True
        message = await quo.refused("quo_get_task", task_id="antifreeze")
        assert message.startswith('"antifreeze" matches 2 tasks:\n- ')
        assert message.count(" · done · ") == 2
        assert "Call again with the id of one." in message


@pytest.mark.parametrize("reference", ["submarine", "the task", "antifreze", "??"])
async def test_what_is_in_no_title_is_refused_with_the_next_step(phone, reference):
    async with phone() as quo:
        message = await quo.refused("quo_update_task", task_id=reference, done=True)
        assert message == f'No task has "{reference}" in its title. Get the id from quo_list_tasks.'


async def test_nothing_is_claimed_about_tasks_that_were_not_read(phone, monkeypatch):
    monkeypatch.setattr("quo_mcp.history.task_activity.MAX_PAGES", 1)
    monkeypatch.setattr("quo_mcp.history.task_activity.PAGE_SIZE", 4)
    async with phone() as quo:
        message = await quo.refused("quo_get_task", task_id="submarine")
        assert message.startswith('No task has "submarine" in its title among the 4 tasks read.')


async def test_tasks_that_cannot_be_read_fail_for_their_own_reason(phone):
    async with phone() as quo:
        quo.box.inject(Fault("error_before", path="/quo/v1/tasks", status=403, style="quo"))
        await quo.refused("quo_get_task", "Quo does not allow", task_id="antifreeze")


async def test_a_line_with_the_id_of_another_task_is_refused_with_both(phone):
    async with phone(config={"approval": "never"}) as quo:
        titles = [task["title"] for task in quo.box.state.tasks.values()]
        wanted, other = task_id(quo.box, ANTIFREEZE), next(t for t in titles if t != ANTIFREEZE)
        lines = (await quo("quo_list_tasks", state="all")).splitlines()
        line = next(line for line in lines if line.endswith(wanted))
        before = dict(quo.box.state.tasks)
        for swapped in (
            line.replace(ANTIFREEZE, other),
            f"- {line.replace(ANTIFREEZE, other)}\n> words",
            f"{other} · {wanted}",
            f'"{other}" ({wanted})',
        ):
            for tool in ("quo_delete_task", "quo_get_task", "quo_update_task"):
                changes = {"done": True} if tool == "quo_update_task" else {}
                refusal = await quo.refused(tool, task_id=swapped, **changes)
                assert f'"{other}" is not the title of {wanted}' in refusal
                assert ANTIFREEZE in refusal
        assert quo.box.state.tasks == before


async def test_every_line_of_a_task_is_accepted_before_a_deletion(phone):
    async with phone(config={"approval": "never"}) as quo:
        for index, task in enumerate(quo.box.state.tasks.values()):
            task["title"] += [" · later", "…", " \n with Jane", " · with Jane", "?" * 150][
                index % 5
            ]
        text = await quo("quo_list_tasks", state="all", limit=100)
        ids = list(quo.box.state.tasks)
        for line in text.splitlines():
            if line.rpartition(" ")[2] in ids:
                assert (await quo("quo_delete_task", task_id=f"- {line}")).startswith(
                    "Task deleted"
                )
        assert (await quo("quo_list_tasks", state="all")).startswith("No tasks.")
