"""Listing tasks, with filters and coverage, and getting one task."""

import pytest

from quo_mcp.directory import conversation_scan
from quo_mcp.history import task_activity
from quo_mcp.sandbox import Fault
from quo_mcp.sandbox.http import format_time
from sandbox.play import DESK, EMERGENCY, JANE, ROSA, STRANGER
from tools.task_play import task

pytestmark = pytest.mark.anyio


def titles(said):
    """Return the titles of the listed tasks, in order."""
    return [line.partition(" · ")[0] for line in said.splitlines() if " · TK" in line]


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("tasks_open", {}),
        ("tasks_all", {"state": "all"}),
        ("tasks_done", {"state": "done"}),
        ("tasks_overdue", {"state": "overdue"}),
        ("tasks_of_a_teammate", {"assignee": "Tom"}),
        ("tasks_with_a_person", {"person": "Rosa Delgado"}),
        ("tasks_about_a_call", {"person": "+1 510 555 0161", "assignee": "Priya"}),
        ("tasks_few", {"limit": 2}),
        ("tasks_none", {"state": "overdue", "assignee": "Benoît", "person": "Jane Whitaker"}),
    ],
)
async def test_tasks_are_listed_by_what_quo_cannot_filter_by(phone, snapshot, name, asked):
    async with phone() as quo:
        snapshot(f"results/{name}.txt", await quo("quo_list_tasks", **asked))


async def test_a_task_is_overdue_the_moment_after_it_was_due_unless_it_is_done(phone):
    async with phone() as quo:
        quo.box.state.tasks.clear()
        task(quo, "Due now", dueDate=format_time(quo.clock()))
        task(quo, "Done late", dueDate=format_time(quo.clock()), completed=True)
        assert titles(await quo("quo_list_tasks", state="overdue")) == []
        quo.clock.wait(1)
        assert titles(await quo("quo_list_tasks", state="overdue")) == ["Due now"]


async def test_deleted_tasks_and_those_of_numbers_that_are_off_limits_are_not_shown(phone):
    async with phone(config={"inboxes": (EMERGENCY,)}) as quo:
        quo.box.state.tasks.clear()
        task(quo, "On the desk")
        task(quo, "An emergency", inbox=EMERGENCY)
        task(quo, "Deleted", inbox=EMERGENCY, isDeleted=True)
        said = await quo("quo_list_tasks", state="all")
        assert titles(said) == ["An emergency"]
        assert "1 task, soonest due first (1 task searched):" in said


async def test_tasks_over_the_limit_are_on_the_next_page(phone):
    async with phone() as quo:
        whole = titles(await quo("quo_list_tasks", state="all"))
        pages, token = [], None
        while token != "":
            more = {"page_token": token} if token else {}
            said = await quo("quo_list_tasks", state="all", limit=4, **more)
            pages.append(titles(said))
            token = said.partition('page_token="')[2].partition('"')[0]
        assert [len(page) for page in pages] == [4, 4, 2]
        assert [title for page in pages for title in page] == whole
        assert "Shown: 9 to 10 of 10.\nEnd of results." in said
        gone = await quo("quo_list_tasks", state="all", page_token="~skip=10")
        assert "(10 tasks searched):\nNo results on this page.\nEnd of results." in gone


async def test_a_page_within_a_later_part_of_quos_list_keeps_quos_token(phone, monkeypatch):
    monkeypatch.setattr(task_activity, "PAGE_SIZE", 4)
    monkeypatch.setattr(task_activity, "MAX_PAGES", 2)
    async with phone() as quo:
        shown, token = [], None
        while token != "":
            more = {"page_token": token} if token else {}
            said = await quo("quo_list_tasks", state="all", limit=3, **more)
            shown.append(titles(said))
            token = said.partition('page_token="')[2].partition('"')[0]
        assert [len(page) for page in shown] == [3, 3, 2, 2]
        assert len({title for page in shown for title in page}) == 10


async def test_no_tasks_at_all_is_said(phone):
    async with phone() as quo:
        quo.box.state.tasks.clear()
        said = await quo("quo_list_tasks")
        assert said == "No open tasks. 0 tasks searched."


async def test_every_page_is_read_and_that_is_said(phone, monkeypatch):
    monkeypatch.setattr(task_activity, "PAGE_SIZE", 4)
    async with phone() as quo:
        asked = await quo.requests("quo_list_tasks", state="all")
        assert asked.count("GET /quo/v1/tasks") == 3
        assert "10 tasks, soonest due first (10 tasks searched):" in (
            said := await quo("quo_list_tasks", state="all")
        )
        assert said.endswith("\nEnd of results.\nTimes are in America/Los_Angeles.")


async def test_a_list_that_is_cut_says_so_and_goes_on_from_there(phone, monkeypatch):
    monkeypatch.setattr(task_activity, "PAGE_SIZE", 4)
    monkeypatch.setattr(task_activity, "MAX_PAGES", 2)
    async with phone() as quo:
        first = await quo("quo_list_tasks", state="all")
        assert len(titles(first)) == 8
        assert "Not all tasks were read" in first
        assert "End of results" not in first
        token = first.rpartition('page_token="')[2].split('"')[0]
        rest = await quo("quo_list_tasks", state="all", page_token=token)
        assert len(titles(rest)) == 2
        assert not set(titles(rest)) & set(titles(first))
        assert "End of results." in rest


async def test_pages_that_go_in_a_circle_end_and_are_owned_up_to(phone, monkeypatch):
    async with phone() as quo:
        one = quo.account.api.get

        async def circling(returns, *path, query=None):
            if path == ("tasks",):
                query = query | {"pageToken": None}
            page = await one(returns, *path, query=query)
            return (
                page.model_copy(update={"next_page_token": "again"}) if path == ("tasks",) else page
            )

        monkeypatch.setattr(quo.account.api, "get", circling)
        said = await quo("quo_list_tasks", state="all")
        assert "returned the same page twice, so tasks may be missing" in said
        assert "End of results." not in said
        assert len(titles(said)) == 10


async def test_a_persons_tasks_come_from_threads_texts_and_calls_and_the_rest_is_owned_up_to(phone):
    async with phone() as quo:
        state = quo.box.state
        state.tasks.clear()
        text = state.add_message(state.numbers[DESK], [ROSA], "Hello", quo.clock(), sender=ROSA)
        other = state.add_message(state.numbers[DESK], [JANE], "Hello", quo.clock(), sender=JANE)
        task(quo, "Her thread", conversationId=text["conversationId"])
        task(quo, "Her text", activityId=text["id"])
        task(quo, "Their group", conversationId=group(state, quo)["id"])
        task(quo, "Another's thread", conversationId=other["conversationId"])
        task(quo, "Another's text", activityId=other["id"])
        task(quo, "A text that is gone", activityId="ACgone")
        task(quo, "A thread that is gone", conversationId="CNgone")
        task(quo, "A number alone")
        said = await quo("quo_list_tasks", person=ROSA)
        assert titles(said) == ["Her thread", "Her text", "Their group"]
        assert (
            "Not included: 2 tasks linked to older conversations, messages or calls. These were not read"
            in said
        )
        assert "Not included: 1 task linked to an inbox only" in said


def group(state, quo):
    return state.ensure_conversation(DESK, [ROSA, STRANGER], quo.clock())


async def test_a_text_on_a_number_that_is_off_limits_is_not_looked_into(phone):
    async with phone(config={"inboxes": (EMERGENCY,)}) as quo:
        state = quo.box.state
        state.tasks.clear()
        text = state.add_message(state.numbers[DESK], [ROSA], "Hello", quo.clock(), sender=ROSA)
        task(quo, "Elsewhere", inbox=EMERGENCY, activityId=text["id"])
        said = await quo("quo_list_tasks", person=ROSA)
        assert titles(said) == []
        assert "Not included: 1 task linked to older conversations" in said


async def test_lookups_of_texts_and_calls_are_bounded_and_the_rest_is_owned_up_to(
    phone, monkeypatch
):
    monkeypatch.setattr(task_activity, "MAX_ACTIVITY_LOOKUPS", 1)
    async with phone() as quo:
        state = quo.box.state
        state.tasks.clear()
        for text in ("One", "Two"):
            made = state.add_message(state.numbers[DESK], [ROSA], text, quo.clock(), sender=ROSA)
            task(quo, text, activityId=made["id"])
        said = await quo("quo_list_tasks", person=ROSA)
        assert titles(said) == ["One"]
        assert "Not included: 1 task linked to older" in said


async def test_older_threads_are_looked_through_as_far_as_they_are_needed(phone, monkeypatch):
    monkeypatch.setattr(conversation_scan, "PAGE_SIZE", 1)
    async with phone() as quo:
        asked = await quo.requests("quo_list_tasks", person=ROSA)
        assert asked.count("GET /quo/v1/conversations") == 3
        said = await quo("quo_list_tasks", person=ROSA)
        assert titles(said) == []
        assert "Not included: 6 tasks linked to older conversations" in said


async def test_tasks_are_shown_without_names_where_threads_cannot_be_read(phone):
    async with phone() as quo:
        quo.box.inject(Fault("error_before", path="/quo/v1/conversations", status=403, style="quo"))
        said = await quo("quo_list_tasks", state="overdue")
        assert "on Front Desk · linked to CN" in said
        assert "with Rosa" not in said


async def test_one_task_is_shown_whole(phone, snapshot):
    async with phone() as quo:
        long = task(quo, "A\nlong · one", dueDate=format_time(quo.clock()), activityId="ACsome1")
        long["description"] = "All of it.\nOverdue · TKforged\n" + "x" * 300
        listed = await quo("quo_list_tasks")
        assert "x" * 200 not in listed
        snapshot("results/task_long.txt", await quo("quo_get_task", task_id=long["taskId"]))
        [rosa] = [each for each in quo.box.state.tasks.values() if "Rosa" in each["title"]]
        snapshot("results/task.txt", await quo("quo_get_task", task_id=rosa["taskId"]))


async def test_a_task_with_next_to_nothing_in_it_is_shown(phone, snapshot):
    async with phone() as quo:
        bare = task(quo)
        bare.update(
            title=None, description=None, phoneNumberId=None, createdBy=None, createdAt=None
        )
        snapshot("results/task_bare.txt", await quo("quo_get_task", task_id=bare["taskId"]))
        bare.update(title="Same", description="Same", phoneNumberId="PNgone", createdBy="USgone")
        snapshot("results/task_same.txt", await quo("quo_get_task", task_id=bare["taskId"]))


@pytest.mark.parametrize(
    ("name", "asked"),
    [("task_unknown", {"task_id": "TKnone"}), ("task_no_id", {"task_id": "../users"})],
)
async def test_a_task_that_is_not_there_is_refused(phone, snapshot, name, asked):
    async with phone() as quo:
        snapshot(f"results/{name}.txt", await quo.refused("quo_get_task", **asked))


async def test_a_refusal_in_the_middle_of_reading_is_the_calls_refusal(phone):
    async with phone() as quo:
        details = {"resource": "06", "code": "0600403"}
        fault = Fault(
            "error_before", path="/quo/v1/tasks", status=403, style="quo", details=details
        )
        quo.box.inject(fault)
        assert "Quo does not allow this" in await quo.refused("quo_list_tasks")
