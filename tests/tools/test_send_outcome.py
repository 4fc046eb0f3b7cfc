from dataclasses import replace

import pytest

from quo_mcp.errors import Refusal
from quo_mcp.safety.send_record import SendOutcome, SendState
from quo_mcp.tools.send_outcome import describe, refuse_rejected
from torture.scripted import RECORD


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "Sent to +14155550100, 2026-11-23 09:00:01 UTC."),
        (
            {"message_id": "AC1", "status": "queued"},
            (
                "Sent to +14155550100, 2026-11-23 09:00:01 UTC (status queued, message AC1). "
                "quo_get_message tells whether it was delivered."
            ),
        ),
        (
            {"is_duplicate": True, "message_id": "AC1"},
            (
                "Not sent again: the same text was already sent to +14155550100, 2026-11-23 09:00:01 UTC "
                "(message AC1). To send it again on purpose, set allow_duplicate."
            ),
        ),
        (
            {"is_duplicate": True, "idempotency_key": "monday"},
            (
                "Not sent again: the same text was already sent to +14155550100, 2026-11-23 09:00:01 UTC. "
                "To send it again on purpose, set allow_duplicate and use a new idempotency_key, or omit it."
            ),
        ),
        (
            {"state": SendState.IN_FLIGHT, "to": ("+14155550100", "+14155550101")},
            (
                "The text to +14155550100 and +14155550101 is being sent right now, since "
                "2026-11-23 09:00:01 UTC. Do not send it again; quo_get_send_status send_id=send_1 tells "
                "what became of it."
            ),
        ),
        (
            {"state": SendState.UNKNOWN, "reason": "The connection was reset."},
            (
                "Outcome unknown: the text to +14155550100 of 2026-11-23 09:00:01 UTC arrived (The "
                "connection was reset). It may have been sent, so the same text is not sent again, not even "
                "with allow_duplicate=true; quo_get_send_status send_id=send_1 will look again. If it stays unknown, "
                "only a person can give it up, with `quo-mcp sends --give-up send_1`."
            ),
        ),
        (
            {"state": SendState.REJECTED, "reason": "no such number", "began_at": None},
            (
                "The text to +14155550100 of 2026-11-23 09:00:00 UTC was not sent (no such number). "
                "Nothing reached them; it can be sent again once that is mended."
            ),
        ),
        (
            {"state": SendState.GIVEN_UP},
            (
                "A person gave up on the text to +14155550100 of 2026-11-23 09:00:01 UTC: whether it "
                "arrived was never found out. Ask that person before sending it again."
            ),
        ),
    ],
)
def test_what_became_of_a_text_is_said_with_the_next_step(change, words):
    changed = {name: value for name, value in change.items() if name != "is_duplicate"}
    is_duplicate = change.get("is_duplicate", False)
    assert describe(replace(RECORD, **changed), is_duplicate=is_duplicate) == words


def test_people_and_times_are_named_as_the_reader_knows_them():
    said = describe(RECORD, recipients="Ana", format_time=lambda moment: f"{moment:%H:%M}")
    assert said == "Sent to Ana, 09:00."


def test_a_duplicate_of_a_text_that_was_rejected_is_refused_with_the_reason():
    record = replace(RECORD, state=SendState.REJECTED, reason="Too many requests.")
    with pytest.raises(Refusal, match=r"was not sent \(Too many requests\)"):
        refuse_rejected(SendOutcome(record, is_duplicate=True))


@pytest.mark.parametrize("state", [state for state in SendState if state != SendState.REJECTED])
def test_every_other_outcome_is_a_result(state):
    outcome = SendOutcome(replace(RECORD, state=state), is_duplicate=True)
    assert refuse_rejected(outcome) is outcome
