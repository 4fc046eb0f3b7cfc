"""How long the journal keeps sends: the retention of the settings, and what stays longer for safety."""

import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from quo_mcp.safety.journal import Duplicate, Journal, Reservation
from quo_mcp.safety.schema import MIGRATIONS, WITNESSED
from quo_mcp.safety.send_record import SendRequest, SendState
from store.engines import open_database
from torture.scripted import TEN

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
DAY = timedelta(days=1)
HELLO = SendRequest("shop", "PNmain", ("+14155550100",), "It's ready")
WAITING = replace(HELLO, text="Are you there?", idempotency_key="for Jane")


@pytest.fixture
def journal_after(path):
    """Return a journal, with a retention, that is opened days after a sent and an unknown text."""
    opened = []

    def open_at(days, now, **settings):
        database = open_database(path, MIGRATIONS, witnessed=WITNESSED)
        opened.append(database)
        journal = Journal(database, certain_now=lambda: now, **settings)
        journal.recover(now=now)
        return journal, database

    with closing(open_database(path, MIGRATIONS, witnessed=WITNESSED)) as database:
        journal = Journal(database)
        for request, state in ((HELLO, SendState.SENT), (WAITING, SendState.UNKNOWN)):
            place = journal.reserve(request, now=NOW, duplicate_window=TEN)
            assert isinstance(place, Reservation)
            journal.begin(place.send_id, now=NOW)
            journal.finish(place.send_id, state, now=NOW)
        journal.consume_approval("an approval", now=NOW)
    yield lambda days, **settings: open_at(days, NOW + days * DAY, **settings)
    for database in opened:
        database.close()


def rows(database, table):
    with database.reader() as connection:
        return connection.execute(f"SELECT * FROM {table}").fetchall()


def test_by_default_sends_are_kept_for_90_days(journal_after):
    _, database = journal_after(89)
    assert (len(rows(database, "sends")), len(rows(database, "approvals"))) == (2, 1)
    _, database = journal_after(91)
    assert (len(rows(database, "sends")), len(rows(database, "approvals"))) == (0, 0)


@pytest.mark.parametrize("days", [7, 30])
def test_with_a_retention_sends_are_deleted_after_it(journal_after, days):
    _, database = journal_after(days - 1, keep_rows=days * DAY)
    assert len(rows(database, "sends")) == 2
    _, database = journal_after(days + 1, keep_rows=days * DAY)
    (unknown,) = rows(database, "sends")
    assert unknown["state"] == "unknown"
    assert rows(database, "approvals") == []


def test_a_longer_retention_keeps_sends_longer(journal_after):
    _, database = journal_after(300, keep_rows=365 * DAY)
    assert len(rows(database, "sends")) == 2
    _, database = journal_after(366, keep_rows=365 * DAY)
    assert rows(database, "sends") == []


def test_an_unknown_text_stays_blocked_for_90_days_without_words_and_number(journal_after):
    journal, database = journal_after(8, keep_rows=7 * DAY)
    (unknown,) = rows(database, "sends")
    assert (unknown["text"], unknown["key"], json.loads(unknown["people"])) == (
        None,
        None,
        ["forgotten"],
    )
    place = journal.reserve(WAITING, now=NOW + 8 * DAY, duplicate_window=TEN)
    assert isinstance(place, Duplicate)
    assert place.record.is_forgotten
    _, database = journal_after(91, keep_rows=7 * DAY)
    assert rows(database, "sends") == []


@pytest.mark.sqlite
def test_what_was_deleted_is_not_in_the_witness(journal_after, path):
    witness = path.with_name(path.name + ".witness")
    assert b"+14155550100" in witness.read_bytes()
    journal_after(8, keep_rows=7 * DAY)
    assert b"+14155550100" not in witness.read_bytes()
    assert b"for Jane" not in witness.read_bytes()
