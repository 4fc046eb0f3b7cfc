from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from quo_mcp.directory.directory import Directory
from quo_mcp.errors import Refusal
from quo_mcp.gateway import ApiClient
from quo_mcp.safety.send_record import DuplicateMatch, SendOutcome, SendState
from quo_mcp.tools.rendering import Presenter
from quo_mcp.tools.rendering.sends import describe, describe_send, refuse_rejected
from torture.scripted import BEGAN, RECORD


def presenter(now=BEGAN):
    directory = Directory(ApiClient(None), now=lambda: now)
    return Presenter(directory, now=now, zone=ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "Sent to +1 415 555 0100 at Mon 2026-11-23 09:00 (UTC)."),
        (
            {"message_id": "AC1", "status": "queued"},
            (
                "Sent to +1 415 555 0100 at Mon 2026-11-23 09:00 (UTC); status queued · AC1\n"
                "Delivery is not confirmed yet. To check it, call quo_get_message."
            ),
        ),
        (
            {"duplicate": DuplicateMatch.TEXT, "message_id": "AC1", "status": "queued"},
            (
                "Not sent again: the same text was already sent to +1 415 555 0100 at Mon 2026-11-23 09:00 (UTC); status when sent: queued · AC1\n"
                "To send it again on purpose, set allow_duplicate."
            ),
        ),
        (
            {"duplicate": DuplicateMatch.KEY, "idempotency_key": "monday"},
            (
                "Not sent again: a text with this idempotency_key was already sent to +1 415 555 0100 at Mon 2026-11-23 09:00 (UTC).\n"
                "To send it again on purpose, set allow_duplicate and use a new idempotency_key, or omit it."
            ),
        ),
        (
            {"duplicate": DuplicateMatch.REPEAT, "message_id": "AC1", "status": "delivered"},
            (
                "Not sent again: the same text was already repeated with allow_duplicate to +1 415 555 0100 at Mon 2026-11-23 09:00 (UTC); "
                "status when sent: delivered · AC1\n"
                "A further call within 5 min counts as a retry of that call. To send the text once more, call again after "
                "Mon 2026-11-23 09:05 (UTC)."
            ),
        ),
        (
            {"message_id": "AC1", "status": "undelivered"},
            (
                "Not delivered: Quo accepted the text to +1 415 555 0100 at Mon 2026-11-23 09:00 (UTC), but it did not arrive; "
                "status undelivered · AC1\n"
                "Check that the number is right and can receive texts. To send the same text again, set allow_duplicate."
            ),
        ),
        (
            {"duplicate": DuplicateMatch.TEXT, "message_id": "AC1", "status": "failed"},
            (
                "Not sent again: the same text was already sent to +1 415 555 0100 at Mon 2026-11-23 09:00 (UTC) and was not "
                "delivered; status failed · AC1\n"
                "To try again on purpose, set allow_duplicate."
            ),
        ),
        (
            {"state": SendState.IN_FLIGHT, "to": ("+14155550100", "+14155550101")},
            (
                "In progress: the text to +1 415 555 0100 and +1 415 555 0101 is being sent "
                "(started at Mon 2026-11-23 09:00 (UTC)). Do not send it again. For the outcome, "
                'call quo_get_send_status with send_id="send_1".'
            ),
        ),
        (
            {"state": SendState.UNKNOWN, "reason": "no reply within 20 s"},
            (
                "Outcome unknown: the text to +1 415 555 0100 at Mon 2026-11-23 09:00 (UTC) may have been sent "
                "(no reply within 20 s). Until the outcome is known, the same text is not sent again, even with "
                'allow_duplicate. To check again, call quo_get_send_status with send_id="send_1". If the outcome '
                "stays unknown, that tool asks the user to decide, if the client can ask."
            ),
        ),
        (
            {"state": SendState.REJECTED, "reason": "no such number", "began_at": None},
            (
                "Not sent: the text to +1 415 555 0100 at Mon 2026-11-23 09:00 (UTC) was rejected. "
                "Reason: no such number. You can send it again once the cause is fixed."
            ),
        ),
        (
            {"state": SendState.GIVEN_UP},
            (
                "Outcome unknown: a person abandoned the text to +1 415 555 0100 at Mon 2026-11-23 09:00 (UTC) "
                "without knowing whether it arrived. Ask the user before you send it again."
            ),
        ),
    ],
)
def test_what_became_of_a_text_is_said_with_the_next_step(change, words):
    changed = {name: value for name, value in change.items() if name != "duplicate"}
    assert describe(replace(RECORD, **changed), duplicate=change.get("duplicate")) == words


def test_people_and_times_are_named_as_the_reader_knows_them():
    said = describe(RECORD, recipients="Ana", format_time=lambda moment: f"{moment:%H:%M}")
    assert said == "Sent to Ana at 09:00."


def test_a_duplicate_of_a_text_that_was_rejected_is_refused_with_the_reason():
    record = replace(RECORD, state=SendState.REJECTED, reason="Too many requests.")
    with pytest.raises(Refusal, match=r"was rejected\. Reason: Too many requests\."):
        refuse_rejected(SendOutcome(record, is_duplicate=True), presenter())


@pytest.mark.parametrize("state", [state for state in SendState if state != SendState.REJECTED])
def test_every_other_outcome_is_a_result(state):
    outcome = SendOutcome(replace(RECORD, state=state), is_duplicate=True)
    assert refuse_rejected(outcome, presenter()) is outcome


@pytest.mark.parametrize(
    ("state", "seconds", "start"),
    [
        (SendState.SENT, 40, "Not sent: nearly the same text was sent to them 40 s ago:\n"),
        (SendState.SENT, 0, "Not sent: nearly the same text was sent to them a moment ago:\n"),
        (
            SendState.UNKNOWN,
            125,
            "Not sent: nearly the same text may have been sent to them 2 min 5 s ago:\n",
        ),
    ],
)
def test_a_rewording_is_refused_with_the_earlier_text_and_the_way_to_send_it(state, seconds, start):
    now = BEGAN + timedelta(seconds=seconds)
    described = describe_send(
        replace(RECORD, state=state), presenter(now), duplicate=DuplicateMatch.REWORDING
    )
    assert described == (f"{start}> It's ready\nTo send this text anyway, set allow_duplicate.")
