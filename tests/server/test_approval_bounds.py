"""What an approval covers: exactly what was shown. A refusal ends its question."""

import mcp_types as types
import pytest

from quo_mcp.server import approval
from quo_mcp.server.approval import Approvals
from quo_mcp.tools.send_messages import SendMessage
from sandbox.play import DIRECT, JANE

pytestmark = pytest.mark.anyio

TEXT = {"to": JANE, "text": "Your boat is ready.", "inbox": DIRECT}
TOOL = SendMessage(**TEXT)
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


@pytest.mark.maton
@pytest.mark.parametrize("action", ["decline", "cancel"])
@pytest.mark.parametrize("tool", ["quo_send_message", "quo_create_connection"])
async def test_a_yes_after_a_no_to_the_same_question_counts_for_nothing(phone, action, tool):
    async with phone(elicitation_callback=person()) as quo:
        given = TEXT if tool == "quo_send_message" else {}
        asked = await by_hand(quo, tool, given)
        for answer in (types.ElicitResult(action=action), ACCEPT, ACCEPT):
            told = await by_hand(quo, tool, given, answer, asked.request_state)
            assert "said no" in told.content[0].text
        assert [each for each in quo.box.requests if each["method"] != "GET"] == []
        anew = await by_hand(quo, tool, given)
        done = await by_hand(quo, tool, given, ACCEPT, anew.request_state)
        assert not done.is_error


async def test_a_no_is_remembered_for_as_long_as_its_question_lives():
    now = [0.0]
    ours = Approvals("auto", clock=lambda: now[0])
    for nonce in ("a", "b"):
        with pytest.raises(approval.PolicyRefusal):
            ours._record_answer(TOOL, nonce, types.ElicitResult(action="decline"))
    assert ours._record_answer(TOOL, "c", ACCEPT) == "c"
    now[0] = 600.5
    with pytest.raises(approval.PolicyRefusal):
        ours._record_answer(TOOL, "a", ACCEPT)
    now[0] += 600
    with pytest.raises(approval.PolicyRefusal):
        ours._record_answer(TOOL, "d", types.ElicitResult(action="cancel"))
    assert set(ours._refused_until) == {"a", "d"}


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
