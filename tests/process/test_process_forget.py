"""`quo-mcp forget`: a person leaves every byte of the state directory, and what safety requires stays without them."""

from contextlib import closing
from datetime import timedelta

import pytest

from process.test_process_person import run
from quo_mcp.config.environment import load_settings
from quo_mcp.errors import PolicyRefusal
from quo_mcp.safety.audit_chain import verify
from quo_mcp.safety.audit_file import FILE_NAME
from quo_mcp.safety.forgetting import forget_numbers
from quo_mcp.safety.journal import Duplicate, Journal, Reservation
from quo_mcp.safety.opt_out_store import OptOut, OptOutStore
from quo_mcp.safety.schema import MIGRATIONS, WITNESSED
from quo_mcp.safety.send_record import SendRequest, SendState
from quo_mcp.server.databases import JOURNAL_FILE, open_records
from quo_mcp.store.sqlite import SqliteDatabase
from quo_mcp.values.times import utc_now
from sandbox.play import DESK, JANE

pytestmark = pytest.mark.anyio

OTHER = "+14155550155"
DAY = timedelta(days=1)
NO_WINDOW = timedelta(0)
WORDS = (b"XYLOPHONE", b"ZEPHYR", b"QUARTZ", b"OBSIDIAN", b"TANGERINE")
UNKNOWN = SendRequest("account", "PN1", (JANE,), "ZEPHYR?", idempotency_key="jane-QUARTZ")
GROUP = SendRequest("account", "PN1", (JANE, OTHER), "OBSIDIAN for both")
RECENT = SendRequest("account", "PN1", (JANE,), "ZEPHYR today")
KEEPING = {"QUO_MCP_KEEP_CONTACTS": "true"}
OLD = SendRequest("account", "PN1", (JANE,), "TANGERINE of last week")


def open_database(path):
    return SqliteDatabase(path / JOURNAL_FILE, MIGRATIONS, witnessed=WITNESSED)


def send(journal, request, state, at, reason="refused +1 415 555 0111 ZEPHYR"):
    place = journal.reserve(request, now=at, duplicate_window=NO_WINDOW)
    assert isinstance(place, Reservation)
    journal.begin(place.send_id, now=at)
    journal.finish(place.send_id, state, now=at, reason=reason)
    return place.send_id


@pytest.fixture
async def state(phone, tmp_path):
    """A state directory after a day's work: calls by tools, kept contacts, sends of each kind, and an opt-out with words."""
    settings = {"state_dir": tmp_path, "keep_contacts": True, "duplicate_minutes": 1}
    async with phone(config=settings) as quo:
        await quo("quo_send_message", to=JANE, text="XYLOPHONE at noon", inbox=DESK)
        await quo("quo_find_contacts", query="Whitaker")
        await quo("quo_list_users")
    with open_records(load_settings({"QUO_MCP_STATE_DIR": str(tmp_path)})) as (journal, opt_outs):
        now = utc_now()
        send(journal, OLD, SendState.SENT, now - 7 * DAY)
        send(journal, GROUP, SendState.SENT, now - 7 * DAY)
        send(journal, UNKNOWN, SendState.UNKNOWN, now - 2 * DAY)
        send(journal, RECENT, SendState.SENT, now)
        opt_outs.add(OptOut(JANE, now - DAY, "STOP, says QUARTZ", "they wrote it"))
        opt_outs.add(OptOut(OTHER, now - DAY, "STOP", "they wrote it"))
    return tmp_path


def traces(path, *extra):
    """Return which words, names and numbers of the person are in which files."""
    wanted = (*WORDS, b"4155550111", b"555 0111", b"555-0111", b"Whitaker", *extra)
    return {
        (file.name, trace)
        for file in path.rglob("*")
        if file.is_file()
        for trace in wanted
        if trace in file.read_bytes()
    }


@pytest.mark.parametrize("person", ["Jane Whitaker", JANE])
async def test_after_it_no_byte_of_any_file_has_the_persons_words_name_or_number(state, person):
    before = traces(state)
    files = {name for name, _ in before}
    databases = {"contacts.sqlite3", "conversations.sqlite3", JOURNAL_FILE}
    assert {*databases, f"{JOURNAL_FILE}.witness"} <= {name.removesuffix("-wal") for name in files}
    status, shown = await run(state, "forget", person, "--sandbox", answer=b"forget\n", **KEEPING)
    assert status == 0, shown
    assert "Kept contacts removed: 1." in shown
    assert "Texts to them in the journal: 5. 2 of them are of the last day or of unknown" in shown
    assert "The opt-out stays as a hash of the number" in shown
    assert traces(state, b'"0111"') == set()
    audit = state / "sandbox" / FILE_NAME
    report = verify(audit)
    assert (report.problems, report.redacted > 0) == ([], True)


async def test_what_is_needed_for_safety_still_works_without_the_person(state):
    await run(state, "forget", JANE, "--sandbox", answer=b"forget\n")
    now = utc_now()
    with open_records(load_settings({"QUO_MCP_STATE_DIR": str(state)})) as (journal, opt_outs):
        assert opt_outs.get(JANE).source == "they wrote it"
        assert opt_outs.get(JANE).words == ""
        assert JANE in opt_outs.numbers()
        assert "+14155550199" not in opt_outs.numbers()
        assert {listed.number for listed in opt_outs.list_active()} == {"forgotten", OTHER}
        assert isinstance(
            journal.reserve(UNKNOWN, now=now, duplicate_window=NO_WINDOW), Duplicate
        ), "the outcome is still unknown"
        sends = journal.list_recent(10, now=now)
        assert sorted(send.to for send in sends) == [(OTHER,), ("forgotten",), ("forgotten",)]
        assert {send.text for send in sends} == {None}


async def test_an_opt_out_of_a_forgotten_person_is_kept_up_without_their_number(state):
    await run(state, "forget", JANE, "--sandbox", answer=b"forget\n")
    now = utc_now()
    with open_records(load_settings({"QUO_MCP_STATE_DIR": str(state)})) as (_, opt_outs):
        assert opt_outs.add(OptOut(JANE, now, "STOP ZEPHYR", "carrier"))
        assert opt_outs.add(OptOut(JANE, now, "asked QUARTZ", "agent"))
        assert opt_outs.get(JANE).source == "agent"
        assert traces(state) == set()
        opt_outs.allow(JANE, now=now)
        assert opt_outs.get(JANE) is None
        assert not opt_outs.add(OptOut(JANE, now - DAY, "STOP", "they wrote it")), "it was lifted"
        assert traces(state) == set()


async def test_a_text_to_a_forgotten_person_who_opted_out_is_refused(state, phone):
    await run(state, "forget", "Jane Whitaker", "--sandbox", answer=b"forget\n")
    async with phone(config={"state_dir": state}) as quo:
        refusal = await quo.refused("quo_send_message", to=JANE, text="Hello again", inbox=DESK)
    assert "opted out of texts" in refusal


@pytest.mark.parametrize("answer", [b"yes\n", b"\n", b"forget it\n"])
async def test_without_the_typed_word_nothing_is_changed(state, answer):
    before = traces(state)
    status, shown = await run(state, "forget", JANE, "--sandbox", answer=answer)
    assert (status, "nothing was changed" in shown) == (1, True)
    assert traces(state) == before


async def test_without_a_terminal_nothing_is_changed(state):
    before = traces(state)
    status, shown = await run(state, "forget", JANE, "--sandbox", terminal=())
    assert (status, "only a person can do this" in shown) == (1, True)
    assert traces(state) == before


async def test_a_name_that_is_not_one_contacts_full_name_changes_nothing(state):
    before = traces(state)
    status, shown = await run(
        state, "forget", "Nobody Here", "--sandbox", answer=b"forget\n", **KEEPING
    )
    assert (status, "No single contact matches" in shown) == (1, True)
    assert traces(state) == before


async def test_nothing_is_forgotten_while_a_text_to_the_person_is_being_sent(tmp_path):
    with closing(open_database(tmp_path)) as database:
        journal = Journal(database)
        place = journal.reserve(OLD, now=utc_now(), duplicate_window=NO_WINDOW)
        with pytest.raises(PolicyRefusal, match="is being sent right now"):
            forget_numbers(database, [JANE], now=utc_now())
        assert journal.get(place.send_id, now=utc_now()).to == (JANE,)


@pytest.mark.parametrize("witness", ["kept", "lost"])
async def test_another_process_does_not_bring_the_person_back_after_a_loss(tmp_path, witness):
    """Its memory had them, and the file is removed after the person was forgotten."""
    with closing(open_database(tmp_path)) as other, closing(open_database(tmp_path)) as database:
        now = utc_now()
        send(Journal(other), OLD, SendState.SENT, now - 7 * DAY)
        to_other = SendRequest("account", "PN1", (OTHER,), "Another text")
        send(Journal(other), to_other, SendState.UNKNOWN, now, reason="no reply")
        OptOutStore(other).add(OptOut(JANE, now, "STOP", "they wrote it"))
        forget_numbers(database, [JANE], now=now)
        Journal(other).list_recent(1, now=now)  # it notices
        for suffix in ("", "-wal", "-shm"):
            (tmp_path / f"{JOURNAL_FILE}{suffix}").unlink(missing_ok=True)
        if witness == "lost":
            (tmp_path / f"{JOURNAL_FILE}.witness").unlink()
        sends = Journal(other).list_recent(10, now=now)
        assert [send.to for send in sends] == [(OTHER,)], "the rest is restored"
        assert OptOutStore(other).get(JANE) is not None, "by its hash"
        other.overwrite_deleted()
        assert traces(tmp_path) == set()


async def test_a_process_that_stops_between_forgetting_and_the_witness_leaves_it_to_the_next(
    tmp_path, monkeypatch
):
    now = utc_now()
    with closing(open_database(tmp_path)) as database:
        send(Journal(database), OLD, SendState.SENT, now - 7 * DAY)
        monkeypatch.setattr(database, "_forget_erased", lambda *_: None)
        forget_numbers(database, [JANE], now=now)
    assert traces(tmp_path) != set()
    (tmp_path / JOURNAL_FILE).touch()
    with closing(open_database(tmp_path)) as database:
        assert Journal(database).list_recent(10, now=now) == []
    assert traces(tmp_path) == set()
