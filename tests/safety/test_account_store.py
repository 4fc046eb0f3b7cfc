"""An account is recognized by its phone numbers, whatever key leads to it."""

from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from conftest import skip_waits
from quo_mcp.config.settings import Settings
from quo_mcp.errors import GatewayError, PolicyRefusal
from quo_mcp.safety.account_store import AccountStore
from quo_mcp.safety.journal import Duplicate, Journal, Reservation
from quo_mcp.safety.schema import MIGRATIONS
from quo_mcp.safety.send_limits import UNLIMITED
from quo_mcp.safety.send_record import SendRequest, SendState
from quo_mcp.sandbox import Fault, Sandbox
from quo_mcp.server.account import key_id, open_account, sandbox_transport
from quo_mcp.server.databases import JOURNAL_FILE
from sandbox.play import DESK, JANE, Clock
from store.engines import open_database
from torture.scripted import TEN

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def request(account, text="It's ready", inbox="PNmain"):
    return SendRequest(account, inbox, ("+14155550100",), text)


def send(journal, request, state=SendState.SENT, now=NOW):
    place = journal.reserve(request, now=now, duplicate_window=TEN)
    assert isinstance(place, Reservation), place
    journal.begin(place.send_id, now=now)
    return journal.finish(place.send_id, state, now=now)


@pytest.mark.parametrize(
    "numbers",
    [["PNmain", "PNdesk"], ["PNdesk"], ["PNmain", "PNnew"]],
    ids=["all", "one left", "one new"],
)
def test_a_new_key_finds_the_account_by_any_of_its_numbers(databases, numbers):
    store = AccountStore(databases())
    assert store.identify("old", ["PNmain", "PNdesk"]) == "old"
    assert store.find("new") is None
    assert store.identify("new", numbers) == "old"
    assert store.find("new") == store.find("old") == "old"


@pytest.mark.parametrize("numbers", [["PNother"], []])
def test_a_key_to_other_numbers_is_another_account(databases, numbers):
    store = AccountStore(databases())
    store.identify("old", ["PNmain"])
    assert store.identify("new", numbers) == "new"


def test_a_number_that_is_new_to_a_known_key_is_remembered(databases):
    store = AccountStore(databases())
    store.identify("old", ["PNmain"])
    assert store.find("old", ["PNmain"]) == "old"
    assert store.find("old", ["PNmain", "PNlater"]) is None
    assert store.identify("old", ["PNmain", "PNlater"]) == "old"
    assert store.identify("new", ["PNlater"]) == "old"


@pytest.mark.parametrize("state", [SendState.SENT, SendState.UNKNOWN])
def test_the_sends_of_a_version_that_knew_no_accounts_are_found_by_their_inbox(databases, state):
    database = databases()
    journal = Journal(database)
    first = send(journal, request("old"), state)
    account = AccountStore(database).identify("new", ["PNmain"])
    assert journal.reserve(request(account), now=NOW, duplicate_window=TEN) == Duplicate(first)


def test_two_keys_of_one_account_that_were_taken_for_two_become_one(databases):
    """A key that was rotated while this server did not recognize accounts."""
    database = databases()
    journal = Journal(database)
    send(journal, request("first", "Sent with the first key"))
    send(journal, request("second", "Sent with the second key"))
    lost = send(journal, request("second", "Lost"), SendState.UNKNOWN, NOW - timedelta(days=30))
    account = AccountStore(database).identify("third", ["PNmain"])
    for text in ("Sent with the first key", "Sent with the second key", "Lost"):
        place = journal.reserve(request(account, text), now=NOW, duplicate_window=TEN)
        assert isinstance(place, Duplicate), text
    assert journal.get(lost.send_id, now=NOW).account == account
    limits = replace(UNLIMITED, per_hour=2)
    with pytest.raises(PolicyRefusal, match="at most 2 texts per hour"):
        journal.reserve(request(account, "Else"), now=NOW, duplicate_window=TEN, limits=limits)


# With a server

KEYS = ["the-first-key", "the-second-key", "the-third-key"]


@asynccontextmanager
async def server(tmp_path, key, box, *, setting="api_key"):
    box.set_key(key)
    settings = Settings(**{setting: key}, state_dir=tmp_path, audit=False)
    transport = sandbox_transport(box)
    async with open_account(settings, transport=transport, now=box._now) as account:
        skip_waits(account)
        yield account


@pytest.fixture
def box():
    clock = Clock()
    return Sandbox(seed=7, now=clock, sleep=clock.sleep, enforce_rate=False)


async def text(account, words="Your boat is ready."):
    identified = await account.identity.identify()
    return await account.outbox.send(SendRequest(identified, DESK, (JANE,), words))


def reads_of_numbers(box):
    return [each for each in box.requests if each["path"].endswith("/phone-numbers")]


@pytest.mark.anyio
async def test_a_rotated_key_does_not_send_again(tmp_path, box):
    for key in KEYS:
        async with server(tmp_path, key, box) as account:
            outcome = await text(account)
            assert outcome.is_duplicate == (key != KEYS[0])
    assert len(box.ledger) == 1


@pytest.mark.anyio
@pytest.mark.parametrize("doors", [("api_key", "quo_api_key"), ("quo_api_key", "api_key")])
async def test_the_other_door_leads_to_the_same_account(tmp_path, box, doors):
    """What was sent, and who opted out, is known through Maton and through Quo's own key."""
    for key, setting in zip(KEYS, doors, strict=False):
        async with server(tmp_path, key, box, setting=setting) as account:
            assert (await text(account)).is_duplicate == (key != KEYS[0])
    assert len(box.ledger) == 1


@pytest.mark.anyio
async def test_while_the_account_of_a_new_key_cannot_be_read_nothing_is_sent(tmp_path, box):
    async with server(tmp_path, KEYS[0], box) as account:
        await text(account)
    box.inject(Fault("error_before", path="/quo/v1/phone-numbers", times=None))
    async with server(tmp_path, KEYS[1], box) as account:
        for words in ("Your boat is ready.", "Another text."):
            with pytest.raises(GatewayError) as refused:
                await text(account, words)
            (note,) = refused.value.notes
            assert "this API key is new on this machine" in note
        box.faults.clear()
        account.directory.numbers._failed_at = None
        assert (await text(account)).is_duplicate
    assert len(box.ledger) == 1


@pytest.mark.anyio
async def test_a_known_key_needs_no_read(tmp_path, box):
    async with server(tmp_path, KEYS[0], box) as account:
        await text(account)
    box.inject(Fault("error_before", path="/quo/v1/phone-numbers", times=None))
    before = len(reads_of_numbers(box))
    async with server(tmp_path, KEYS[0], box) as account:
        assert (await text(account)).is_duplicate
    assert len(reads_of_numbers(box)) == before


@pytest.mark.anyio
async def test_the_rows_of_0_1_0_are_found_with_their_own_key_and_with_a_new_one(tmp_path, box):
    own_id = key_id(KEYS[0])
    sent = SendRequest(own_id, DESK, (JANE,), "Your boat is ready.")
    with (
        closing(open_database(tmp_path / JOURNAL_FILE, MIGRATIONS[:1])) as old,
        old.transaction() as connection,
    ):
        connection.execute(
            "INSERT INTO sends (send_id, account, fingerprint, inbox, people, text, cents, again, state, owner,"
            " lease_until, created_at) VALUES ('send_1', ?, ?, ?, ?, ?, 1, 0, 'sent', '', 0, ?)",
            (own_id, sent.fingerprint, DESK, f'["{JANE}"]', sent.text, box._now().timestamp()),
        )
    for key in KEYS[:2]:
        async with server(tmp_path, key, box) as account:
            assert (await text(account)).is_duplicate
    assert box.ledger == []
