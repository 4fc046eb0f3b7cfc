"""A send whose outcome stays unknown: the person's answer decides, and nothing else does."""

import mcp_types as types
import pytest

from quo_mcp.sandbox import Fault
from sandbox.play import DESK, ROSA

pytestmark = pytest.mark.anyio

ERAS = pytest.mark.parametrize("mode", ["legacy", "auto"])
TEXT = {"to": ROSA, "text": "On our way.", "inbox": DESK}


class Person:
    """Accepts each send, and answers the question about arrival."""

    def __init__(self, answer, action="accept"):
        self.answer, self.action, self.asked = answer, action, []

    async def __call__(self, _context, params):
        if not params.requested_schema["properties"]:
            return types.ElicitResult(action="accept", content={})
        self.asked.append(params)
        content = {} if self.answer is None else {"answer": self.answer}
        return types.ElicitResult(action=self.action, content=content)


async def send_with_unknown_outcome(quo, status=502):
    quo.box.inject(Fault("error_before", method="POST", path="/quo/v1/messages", status=status))
    result = await quo("quo_send_message", **TEXT)
    assert "that tool asks the user to decide, if the client can ask." in result
    return result.partition('send_id="')[2].partition('"')[0]


@ERAS
@pytest.mark.parametrize(
    ("answer", "start", "then"),
    [
        ("It arrived", "Sent to Rosa Delgado", "Not sent again"),
        ("It did not arrive", "Not delivered: a person said", "Sent to Rosa Delgado"),
        ("I don't know", "Outcome unknown: ", "Outcome unknown: "),
        ("Maybe", "Outcome unknown: ", "Outcome unknown: "),
        (None, "Outcome unknown: ", "Outcome unknown: "),
    ],
)
async def test_the_answer_of_the_person_decides(phone, mode, answer, start, then):
    person = Person(answer)
    async with phone(mode=mode, elicitation_callback=person) as quo:
        send_id = await send_with_unknown_outcome(quo)
        assert (await quo("quo_get_send_status", send_id=send_id)).startswith(start)
        assert (await quo("quo_send_message", **TEXT)).startswith(then)
        assert len(person.asked) == 1


@ERAS
async def test_the_question_shows_the_text_its_people_and_its_time(phone, snapshot, mode):
    person = Person("It arrived")
    async with phone(mode=mode, elicitation_callback=person) as quo:
        send_id = await send_with_unknown_outcome(quo)
        await quo("quo_get_send_status", send_id=send_id)
        [question] = person.asked
        snapshot("results/question_of_arrival.txt", question.message)
        field = question.requested_schema["properties"]["answer"]
        assert field["enum"] == ["It arrived", "It did not arrive", "I don't know"]


@ERAS
@pytest.mark.parametrize("action", ["decline", "cancel"])
async def test_without_an_answer_it_stays_unknown(phone, mode, action):
    async with phone(mode=mode, elicitation_callback=Person("It arrived", action)) as quo:
        send_id = await send_with_unknown_outcome(quo)
        assert (await quo("quo_get_send_status", send_id=send_id)).startswith("Outcome unknown")


@ERAS
async def test_a_client_that_cannot_ask_or_must_not_leaves_it_unknown(phone, mode):
    async with phone(mode=mode) as quo:
        send_id = await send_with_unknown_outcome(quo)
        assert (await quo("quo_get_send_status", send_id=send_id)).startswith("Outcome unknown")
        await quo.refused("quo_get_send_status", send_id=send_id, answer="It arrived")
    person = Person("It arrived")
    async with phone(mode=mode, config={"approval": "never"}, elicitation_callback=person) as quo:
        send_id = await send_with_unknown_outcome(quo)
        assert (await quo("quo_get_send_status", send_id=send_id)).startswith("Outcome unknown")
        assert person.asked == []


async def test_only_the_first_answer_to_one_question_counts(phone):
    async with phone(elicitation_callback=Person("It arrived")) as quo:
        send_id = await send_with_unknown_outcome(quo)

        async def answer(choice, state=None):
            given = types.ElicitResult(action="accept", content={"answer": choice})
            return await quo.client.session.call_tool(
                "quo_get_send_status",
                {"send_id": send_id},
                input_responses={"approval": given},
                request_state=state,
                allow_input_required=True,
            )

        asked = await answer("It did not arrive", state="made-up")
        assert isinstance(asked, types.InputRequiredResult)
        unsure = await answer("I don't know", asked.request_state)
        later = await answer("It did not arrive", asked.request_state)
        for result in (unsure, later):
            assert "Outcome unknown" in result.content[0].text


async def test_a_text_that_is_found_meanwhile_needs_no_question(phone):
    person = Person("It did not arrive")
    async with phone(elicitation_callback=person) as quo:
        fault = Fault("late_commit", method="POST", path="/quo/v1/messages", status=502, seconds=60)
        quo.box.inject(fault)
        result = await quo("quo_send_message", **TEXT)
        quo.clock.wait(90)
        send_id = result.partition('send_id="')[2].partition('"')[0]
        assert (await quo("quo_get_send_status", send_id=send_id)).startswith("Sent to Rosa")
        assert person.asked == []


@pytest.mark.parametrize(
    ("status", "is_proof"), [(500, True), (503, True), (502, False), (504, False)]
)
async def test_a_refusal_and_enough_looks_prove_that_it_never_arrived(phone, status, is_proof):
    async with phone() as quo:
        send_id = await send_with_unknown_outcome(quo, status)
        quo.clock.wait(15 * 60)
        early = await quo("quo_get_send_status", send_id=send_id)
        assert early.startswith("Outcome unknown")
        quo.clock.wait(60)
        late = await quo("quo_get_send_status", send_id=send_id)
        assert late.startswith("Not sent: the text to Rosa" if is_proof else "Outcome unknown")
        if is_proof:
            assert (
                f"Reason: Quo replied with HTTP {status}, and the text is not in the conversation more than 15 minutes later."
                in late
            )
            assert (await quo("quo_send_message", **TEXT)).startswith("Sent to Rosa Delgado")


async def test_a_refused_text_that_is_in_the_conversation_is_not_told_as_never_arrived(phone):
    async with phone() as quo:
        for seconds in (0, 20 * 60):
            quo.box.inject(
                Fault("late_commit", method="POST", path="/quo/v1/messages", status=500, seconds=2)
            )
            await quo("quo_send_message", **TEXT | {"text": f"Visit {seconds}"})
        quo.clock.wait(20 * 60)
        for record in await quo.account.outbox.list_recent(2):
            result = await quo("quo_get_send_status", send_id=record.send_id)
            assert not result.startswith("Not sent")
