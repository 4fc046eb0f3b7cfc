"""A carrier's refusal because of an opt-out counts as one; another refusal does not."""

from datetime import timedelta

import pytest

from quo_mcp.errors import AccessDenied, RequestRejected
from quo_mcp.safety.carrier_opt_outs import NOTE, is_carrier_opt_out
from quo_mcp.safety.opt_out_store import OptOut, OptOutStore
from quo_mcp.sandbox import Fault
from sandbox.play import DESK, JANE, ROSA, Clock

pytestmark = pytest.mark.anyio

NEVER = {"approval": "never"}
MESSAGES = [
    "The recipient has opted out of receiving messages",
    "Attempt to send to unsubscribed recipient",
    "Error 21610",
    "The recipient replied STOP",
    "The number is on an opt-out list",
]


@pytest.fixture
def clock():
    return Clock()


def refuse_texts(quo, message, status=400):
    quo.box.inject(
        Fault(
            "error_before",
            "POST",
            "/quo/v1/messages",
            status=status,
            style="quo",
            details={"message": message},
        )
    )


@pytest.mark.parametrize("status", [400, 403])
@pytest.mark.parametrize("message", MESSAGES)
async def test_a_refusal_of_the_carrier_is_remembered(phone, message, status, tmp_path):
    config = {**NEVER, "state_dir": tmp_path}
    async with phone(config=config) as quo:
        refuse_texts(quo, message, status)
        await quo.refused("quo_send_message", NOTE, to=ROSA, text="Hello", inbox=DESK)
        why = await quo.refused("quo_send_message", to=ROSA, text="Are you there?", inbox=DESK)
        assert "opted out of texts (Wed 2026-03-04, reported by their carrier)" in why
        await quo("quo_send_message", to=JANE, text="Hello", inbox=DESK)
    async with phone(config=config) as quo:
        await quo.refused(
            "quo_send_message", "reported by their carrier", to=ROSA, text="Hi", inbox=DESK
        )


async def test_a_later_start_ends_it(phone):
    async with phone(config=NEVER) as quo:
        refuse_texts(quo, MESSAGES[0])
        await quo.refused("quo_send_message", NOTE, to=ROSA, text="Hello", inbox=DESK)
        quo.clock.wait(60)
        state = quo.box.state
        state.add_message(state.numbers[DESK], [ROSA], "START", quo.clock(), sender=ROSA)
        await quo("quo_send_message", to=ROSA, text="Welcome back", inbox=DESK)


@pytest.mark.parametrize(
    "message",
    [
        "Invalid number",
        "The number opted for A2P",
        "Too many texts",
        "International messaging is off",
    ],
)
async def test_another_refusal_is_no_opt_out(phone, message):
    async with phone(config=NEVER) as quo:
        refuse_texts(quo, message)
        assert NOTE not in await quo.refused("quo_send_message", to=ROSA, text="Hello", inbox=DESK)
        await quo("quo_send_message", to=ROSA, text="Are you there?", inbox=DESK)


async def test_a_group_s_refusal_names_no_one_and_is_not_remembered(phone):
    async with phone(config=NEVER) as quo:
        refuse_texts(quo, MESSAGES[0])
        group = {"to": [ROSA, JANE], "text": "Hello", "inbox": DESK}
        assert NOTE not in await quo.refused("quo_send_group_message", **group)
        await quo("quo_send_message", to=ROSA, text="Hello", inbox=DESK)


def test_only_quo_s_own_words_count():
    assert is_carrier_opt_out(RequestRejected(MESSAGES[0], status=400))
    assert not is_carrier_opt_out(AccessDenied(MESSAGES[0], status=403, source="network"))


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        ("they wrote it", "carrier", "they wrote it"),
        ("carrier", "they wrote it", "carrier"),
        ("they wrote it", "agent", "agent"),
        ("carrier", "a person set it", "a person set it"),
        ("agent", "they wrote it", "agent"),
        ("agent", "a person set it", "a person set it"),
        ("a person set it", "agent", "a person set it"),
        ("a person set it", "they wrote it", "a person set it"),
    ],
)
def test_a_source_does_not_replace_one_of_a_higher_rank(databases, first, second, kept, clock):
    store = OptOutStore(databases())
    for source in (first, second):
        assert store.add(OptOut(ROSA, clock(), source, source))
        clock.wait(60)
    assert store.get(ROSA).source == kept
    store.opt_in(ROSA, at=clock() + timedelta(days=1))
    assert (store.get(ROSA) is None) is (kept in {"they wrote it", "carrier"})


@pytest.mark.parametrize("source", ["they wrote it", "carrier", "agent", "a person set it"])
def test_what_a_person_allowed_stays_allowed_for_older_evidence_only(databases, source, clock):
    store = OptOutStore(databases())
    store.allow(ROSA, now=clock())
    old = clock() - timedelta(hours=1)
    is_evidence = source in {"they wrote it", "carrier"}
    assert store.add(OptOut(ROSA, old, "", source)) is not is_evidence
    assert store.add(OptOut(ROSA, clock() + timedelta(hours=1), "", source))
