"""Call lists, single calls, and the wording of outcomes."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from quo_mcp.records.calls import Call
from quo_mcp.tools.rendering import Presenter
from quo_mcp.tools.rendering.calls import call_block, describe_outcome
from sandbox.play import BENOIT, DESK, JANE, STRANGER

INCOMING, OUTGOING = "incoming", "outgoing"
STATUSES = (
    "queued",
    "initiated",
    "ringing",
    "in-progress",
    "answered",
    "completed",
    "missed",
    "no-answer",
    "busy",
    "failed",
    "canceled",
    "forwarded",
    "abandoned",
    "not-heard-of-yet",
)
AT = "2026-03-04T18:00:00Z"


class Names:
    """Names that know one teammate only."""

    def contact_name(self, number, *, with_company=True):
        return None

    def find_inbox(self, id_or_number):
        return None

    def teammate_name(self, user_id):
        return "Tom Okafor" if user_id == "UStom" else None


def presenter_in(zone):
    return Presenter(Names(), now=datetime(2026, 3, 4, 18, 30, tzinfo=UTC), zone=zone)


@pytest.fixture
def pacific():
    from zoneinfo import ZoneInfo

    return presenter_in(ZoneInfo("America/Los_Angeles"))


def test_what_happened_on_a_call_is_worded_for_every_status(snapshot, pacific):
    """All statuses, in both directions, answered or not, by a person or by Sona."""
    lines = []
    for status, way, answered, sona in itertools.product(
        STATUSES, (INCOMING, OUTGOING), (False, True), (False, True)
    ):
        fields = {"id": "AC1", "direction": way, "status": status}
        fields |= {"answeredAt": AT, "duration": 94, "completedAt": AT} if answered else {}
        fields |= {"answeredBy": "UStom"} if answered and way == INCOMING and not sona else {}
        fields |= {"aiHandled": "ai-agent"} if sona else {}
        result = describe_outcome(Call.model_validate(fields), pacific)
        mark = f"{status:17}{way:9}{'answered' if answered else '-':9}{'sona' if sona else '-':5}"
        lines.append(f"{mark} {result}")
    snapshot("results/calls_outcomes.txt", "\n".join(lines))


@pytest.mark.parametrize(
    ("fields", "result"),
    [
        (
            {"status": "completed", "answeredBy": "UStom", "duration": 94},
            "answered by Tom Okafor, 1 min 34 s",
        ),
        ({"status": "completed", "answeredAt": AT, "userId": "UStom"}, "answered by Tom Okafor"),
        ({"status": "completed", "answeredAt": AT}, "answered"),
        ({"status": "completed"}, "missed"),
        ({"status": "completed", "direction": OUTGOING}, "no answer"),
        ({"status": "missed", "direction": OUTGOING}, "no answer"),
        ({"status": "forwarded"}, "forwarded"),
        ({"status": "forwarded", "forwardedTo": "UStom"}, "forwarded to Tom Okafor"),
        ({"status": "forwarded", "forwardedTo": STRANGER}, "forwarded to +1 415 555 0199"),
        (
            {"status": "completed", "forwardedTo": STRANGER, "duration": 60},
            "forwarded to +1 415 555 0199, 1 min",
        ),
        (
            {"status": "answered", "completedAt": AT, "answeredAt": AT, "answeredBy": "USgone"},
            "answered by USgone",
        ),
        ({"status": "in-progress"}, "in progress"),
        ({}, "outcome unknown"),
        ({"status": "abandoned", "direction": OUTGOING}, "canceled"),
        ({"status": "parked"}, 'unknown status "parked"'),
        ({"status": "Ready\nto send"}, 'unknown status "Ready to send"'),
        ({"status": "completed", "direction": None}, "completed"),
        ({"status": 7, "direction": 7}, "outcome unknown"),
        ({"status": "queued", "completedAt": AT}, "missed"),
        ({"status": "abandoned"}, "missed (caller hung up)"),
        ({"status": "no-answer"}, "missed (no answer)"),
        (
            {"status": "abandoned", "voicemail_unknown": True},
            "missed (caller hung up; voicemail unknown)",
        ),
        ({"status": "no-answer", "answeredAt": AT}, "no answer"),
    ],
)
def test_a_call_reads_as_a_person_would_put_it(pacific, fields, result):
    assert (
        describe_outcome(
            Call.model_validate({"id": "AC1", "direction": INCOMING} | fields), pacific
        )
        == result
    )


@pytest.mark.parametrize("field", ["initiatedBy", "userId"])
def test_either_field_tells_who_made_an_outgoing_call(pacific, field):
    call = {"id": "AC1", "direction": OUTGOING, "status": "completed", field: "UStom"}
    assert "outgoing by Tom Okafor" in call_block(Call.model_validate(call), pacific)


@pytest.mark.parametrize("field", ["answeredBy", "userId"])
def test_either_field_tells_who_answered(pacific, field):
    call = {"id": "AC1", "direction": INCOMING, "status": "completed", "answeredAt": AT}
    assert (
        describe_outcome(Call.model_validate(call | {field: "UStom"}), pacific)
        == "answered by Tom Okafor"
    )


@pytest.mark.anyio
async def test_the_voicemails_of_all_missed_calls_are_looked_for(phone):
    async with phone() as quo:
        state = quo.box.state
        for minutes in range(1, 17):
            at = quo.clock() - timedelta(minutes=minutes)
            state.add_call(state.numbers[DESK], STRANGER, at, status="missed")
        arguments = {"person": STRANGER, "inbox": "Front Desk", "limit": 20}
        result = await quo("quo_list_calls", **arguments)
        requests = await quo.requests("quo_list_calls", **arguments)
    assert sum("/call-voicemails/" in each for each in requests) == 16
    assert "(voicemail unknown)" not in result
    assert "Missed: 16 of 16 incoming calls shown, none with a voicemail." in result


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("name", "person"),
    [
        ("calls_missed_and_given_up", "Rosa Delgado"),
        ("calls_busy_and_answered", "Hank"),
        ("calls_missed_and_forwarded", "Grace Liu"),
        ("calls_never_answered", "Marcus Bell"),
        ("calls_under_way", "Zoë"),
        ("calls_failed", "Sofía Hernández"),
    ],
)
async def test_the_calls_with_somebody_are_listed(phone, snapshot, name, person):
    async with phone() as quo:
        snapshot(
            f"results/{name}.txt", await quo("quo_list_calls", person=person, inbox="Front Desk")
        )


@pytest.mark.anyio
async def test_no_calls_and_a_stretch_of_time_are_said(phone, snapshot):
    async with phone() as quo:
        arguments = {"person": STRANGER, "inbox": "Front Desk", "since": "2026-03-01"}
        snapshot("results/calls_none.txt", await quo("quo_list_calls", **arguments))
        arguments = {"person": "Rosa Delgado", "since": "yesterday"}
        snapshot("results/calls_since.txt", await quo("quo_list_calls", **arguments))


@pytest.mark.anyio
async def test_a_page_of_calls_says_how_to_go_on(phone, snapshot):
    async with phone() as quo:
        arguments = {"person": "Rosa Delgado", "inbox": "Front Desk", "limit": 2}
        first = await quo("quo_list_calls", **arguments)
        snapshot("results/calls_first_page.txt", first)
        token = first.rpartition('page_token="')[2].split('"')[0]
        snapshot(
            "results/calls_last_page.txt",
            await quo("quo_list_calls", **arguments, page_token=token),
        )


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("name", "which"),
    [
        ("call_by_sona", lambda call: call["aiHandled"]),
        ("call_forwarded", lambda call: call["forwardedTo"]),
        ("call_anonymous", lambda call: "Anonymous" in call["participants"]),
        ("call_outgoing", lambda call: call["direction"] == OUTGOING and call["answeredAt"]),
        ("call_ringing", lambda call: call["status"] == "ringing"),
    ],
)
async def test_one_call_is_shown_whole(phone, snapshot, name, which):
    async with phone() as quo:
        call = next(each for each in quo.box.state.calls.values() if which(each))
        snapshot(f"results/{name}.txt", await quo("quo_get_call", call_id=call["id"]))


@pytest.mark.anyio
async def test_a_call_forwarded_from_elsewhere_and_left_by_its_user_is_shown(phone, snapshot):
    async with phone() as quo:
        state = quo.box.state
        call = state.add_call(
            state.numbers[DESK],
            JANE,
            quo.clock(),
            forwardedFrom=BENOIT,
            status="not-heard-of-yet",
            callRoute="phone-menu",
            participants=[],
            phoneNumberId="PNgone",
        )
        snapshot("results/call_odd.txt", await quo("quo_get_call", call_id=call["id"]))


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("name", "tool", "arguments"),
    [
        ("call_unknown", "quo_get_call", {"call_id": "ACnope"}),
        ("call_no_id", "quo_get_call", {"call_id": "CN123"}),
        ("calls_of_several", "quo_list_calls", {"person": [JANE, STRANGER]}),
        ("calls_withheld", "quo_list_calls", {"person": "anonymous"}),
    ],
)
async def test_what_cannot_be_answered_is_refused(phone, snapshot, name, tool, arguments):
    async with phone() as quo:
        snapshot(f"results/{name}.txt", await quo.refused(tool, **arguments))


@pytest.mark.anyio
@pytest.mark.parametrize(
    "tool", ["quo_get_call", "quo_get_call_transcript", "quo_get_call_voicemail"]
)
async def test_a_texts_id_is_said_to_be_one(phone, tool):
    async with phone() as quo:
        text = next(iter(quo.box.state.messages))
        refusal = await quo.refused(tool, call_id=text)
        assert refusal == f"{text} is a message's id: quo_get_message shows it."


@pytest.mark.anyio
async def test_missed_calls_are_counted_as_those_of_the_page(phone):
    async with phone() as quo:
        state = quo.box.state
        for minutes in (1, 2, 3):
            at = quo.clock() - timedelta(minutes=minutes)
            state.add_call(state.numbers[DESK], STRANGER, at, status="missed")
        arguments = {"inbox": "Front Desk", "missed": True, "limit": 2}
        for person in ({"person": STRANGER}, {}):
            result = await quo("quo_list_calls", **arguments, **person)
            assert "\nOn this page: 2 missed calls, none with a voicemail. Texts sent " in result


@pytest.mark.anyio
async def test_missed_calls_of_a_handler_are_refused(phone):
    async with phone() as quo:
        refusal = await quo.refused("quo_list_calls", missed=True, handled_by="Priya")
    assert refusal == (
        "missed and handled_by cannot be combined: no teammate handles a missed call. "
        "Omit one of them."
    )
