"""What an approval covers: exactly what was shown. A refusal ends its question."""

from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta

import mcp_types as types
import pytest

from conftest import open_server
from quo_mcp.safety.approval_records import ApprovalRecords
from quo_mcp.safety.journal import Journal
from quo_mcp.safety.schema import MIGRATIONS
from quo_mcp.sandbox import Sandbox
from sandbox.play import DIRECT, JANE, Clock
from store.engines import open_database

pytestmark = pytest.mark.anyio

TEXT = {"to": JANE, "text": "Your boat is ready.", "inbox": DIRECT}
ACCEPT = types.ElicitResult(action="accept", content={})


async def by_hand(quo, tool, arguments, answer=None, state=None):
    return await quo.client.session.call_tool(
        tool,
        arguments,
        input_responses=None if answer is None else {"approval": answer},
        request_state=state,
        allow_input_required=True,
    )


def person(answer=ACCEPT, meanwhile=lambda: None):
    async def thinks(_context, _params):
        meanwhile()
        return answer

    return thinks


FIRST = {"decline": "The person said no", "cancel": "Not answered: the question was closed"}
LATER = ((ACCEPT, "this question was refused or closed before"),) * 2


@pytest.mark.maton
@pytest.mark.parametrize("action", ["decline", "cancel"])
@pytest.mark.parametrize("tool", ["quo_send_message", "quo_create_connection"])
async def test_a_yes_after_a_no_to_the_same_question_counts_for_nothing(phone, action, tool):
    async with phone(elicitation_callback=person()) as quo:
        given = TEXT if tool == "quo_send_message" else {}
        asked = await by_hand(quo, tool, given)
        for answer, words in ((types.ElicitResult(action=action), FIRST[action]), *LATER):
            told = await by_hand(quo, tool, given, answer, asked.request_state)
            assert words in told.content[0].text
        assert [each for each in quo.box.requests if each["method"] != "GET"] == []
        anew = await by_hand(quo, tool, given)
        done = await by_hand(quo, tool, given, ACCEPT, anew.request_state)
        assert not done.is_error


async def test_a_no_is_remembered_far_beyond_the_life_of_its_question(tmp_path):
    path = tmp_path / "state" / "journal.db"
    now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    with closing(open_database(path, MIGRATIONS)) as database:
        ApprovalRecords(database).refuse("a", now=now)
    with closing(open_database(path, MIGRATIONS)) as database:
        records, journal = ApprovalRecords(database), Journal(database)
        journal.consume_approval("later", now=now + timedelta(days=89))
        assert records.is_refused("a")
        assert not records.is_refused("b")


@asynccontextmanager
async def two_servers(tmp_path, mode="auto"):
    """Two servers on one state directory and one account, as behind a round robin."""
    clock = Clock()
    box = Sandbox(seed=7, now=clock, sleep=clock.sleep, enforce_rate=False)
    shared = {"config": {"state_dir": tmp_path}, "box": box, "clock": clock, "mode": mode}
    async with (
        open_server(**shared, elicitation_callback=person()) as one,
        open_server(**shared, elicitation_callback=person()) as other,
    ):
        yield one, other, box


@pytest.mark.parametrize(
    "tool",
    [
        "quo_send_message",
        "quo_delete_contact",
        pytest.param("quo_create_connection", marks=pytest.mark.maton),
    ],
)
async def test_any_of_two_servers_takes_the_answer_to_a_question_of_the_other(tmp_path, tool):
    async with two_servers(tmp_path) as (one, other, box):
        arguments = {
            "quo_send_message": TEXT,
            "quo_delete_contact": {"contact_id": next(iter(box.state.contacts))},
        }.get(tool, {})
        asked = await by_hand(one, tool, arguments)
        done = await by_hand(other, tool, arguments, ACCEPT, asked.request_state)
        assert not isinstance(done, types.InputRequiredResult)
        assert not done.is_error
        for server in (one, other):
            await by_hand(server, tool, arguments, ACCEPT, asked.request_state)
        assert len([each for each in box.requests if each["method"] != "GET"]) == 1


@pytest.mark.parametrize("action", ["decline", "cancel"])
@pytest.mark.parametrize("tool", ["quo_send_message", "quo_create_connection"])
async def test_a_no_to_one_of_two_servers_is_a_no_to_both(tmp_path, action, tool):
    async with two_servers(tmp_path) as (one, other, box):
        arguments = TEXT if tool == "quo_send_message" else {}
        asked = await by_hand(one, tool, arguments)
        for server, answer, words in (
            (one, types.ElicitResult(action=action), FIRST[action]),
            (other, *LATER[0]),
            (one, *LATER[1]),
        ):
            told = await by_hand(server, tool, arguments, answer, asked.request_state)
            assert words in told.content[0].text
        assert [each for each in box.requests if each["method"] != "GET"] == []


async def test_an_answer_counts_after_a_restart_in_between(tmp_path):
    async with two_servers(tmp_path) as (one, _, _):
        asked = await by_hand(one, "quo_send_message", TEXT)
    async with two_servers(tmp_path) as (one, _, box):
        await by_hand(one, "quo_send_message", TEXT, ACCEPT, asked.request_state)
        assert len(box.ledger) == 1


async def test_a_question_of_a_server_with_another_state_directory_counts_for_nothing(tmp_path):
    async with two_servers(tmp_path / "a") as (one, _, _):
        asked = await by_hand(one, "quo_send_message", TEXT)
    async with two_servers(tmp_path / "b") as (one, _, box):
        anew = await by_hand(one, "quo_send_message", TEXT, ACCEPT, asked.request_state)
        assert isinstance(anew, types.InputRequiredResult)
        assert box.ledger == []


@pytest.mark.parametrize("what", ["contact", "task"])
async def test_what_changed_after_the_question_is_asked_about_anew(phone, what):
    async with phone(elicitation_callback=person()) as quo:
        tool, given, change = deletion(quo, what)
        asked = await by_hand(quo, tool, given)
        change()
        anew = await by_hand(quo, tool, given, ACCEPT, asked.request_state)
        assert isinstance(anew, types.InputRequiredResult)
        done = await by_hand(quo, tool, given, ACCEPT, anew.request_state)
        assert not done.is_error


@pytest.mark.parametrize("what", ["contact", "task"])
async def test_what_changed_while_a_call_waited_for_the_person_is_left_as_it_is(phone, what):
    change = []
    thinking = person(meanwhile=lambda: [each() for each in change])
    async with phone(mode="legacy", elicitation_callback=thinking) as quo:
        tool, given, changes = deletion(quo, what)
        change.append(changes)
        await quo.refused(tool, "changed while the person was deciding", **given)
        assert [each for each in quo.box.requests if each["method"] == "DELETE"] == []
        change.clear()
        await quo(tool, **given)


def deletion(quo, what):
    """A call that deletes something, and what changes that in the Quo app."""
    state = quo.box.state
    if what == "contact":
        contact = next(iter(state.contacts.values()))
        given = {"contact_id": contact["id"]}
        return "quo_delete_contact", given, lambda: contact["defaultFields"].update(company="Other")
    task = next(iter(state.tasks.values()))
    return "quo_delete_task", {"task_id": task["taskId"]}, lambda: task.update(title="Another")
