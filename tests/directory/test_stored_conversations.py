"""The index of conversations on disk: a restart reads only what changed, and nothing is missed by it."""

from contextlib import closing

import anyio
import pytest

from directory.test_conversation_index import Conversations, conversation, ids, us
from quo_mcp.directory import conversation_scan
from quo_mcp.directory.conversation_index import ConversationIndex
from quo_mcp.directory.stored_conversations import StoredConversations
from quo_mcp.store import record_store
from quo_mcp.store.record_store import RecordStore
from sandbox.play import JANE, ROSA, STRANGER, Clock
from store.engines import open_database

pytestmark = pytest.mark.anyio


@pytest.fixture
def clock():
    clock = Clock()
    clock.wait(3600)
    return clock


@pytest.fixture
def start(path, clock):
    """Start a process with an index, and end it: `async with start(api) as index`."""

    class Process:
        def __init__(self, api, form="form", account="shop"):
            self.api, self.form, self.account = api, form, account

        async def _form(self):
            return self.form

        async def __aenter__(self):
            self.api.queries.clear()
            self.database = open_database(path, record_store.MIGRATIONS, busy_timeout=0)
            self.group = anyio.create_task_group()
            await self.group.__aenter__()
            stored = StoredConversations(RecordStore(self.database, self.account))
            return ConversationIndex(
                self.api,
                region=us,
                now=clock,
                task_group=lambda: self.group,
                form=self._form,
                stored=stored,
            )

        async def __aexit__(self, *_):
            await self.group.__aexit__(None, None, None)  # what it stores is stored
            self.database.close()

    return Process


def asked(api):
    return [query["updatedAfter"] for query in api.queries]


@pytest.fixture
def api():
    return Conversations(*(conversation(i, JANE, minutes=i) for i in range(30)))


async def test_after_a_restart_only_what_changed_is_read(start, api):
    async with start(api) as index:
        await index.refresh()
        before = index.with_person(JANE)
    api.all[3] = conversation(3, JANE, ROSA, minutes=40)
    async with start(api) as index:
        await index.refresh()
        assert asked(api) == ["2026-03-04T18:57:00.000Z"]
        assert index.complete
        assert ids(index.with_person(ROSA)) == ["CN3"]
        after = {item.id: item for item in index.with_person(JANE)}
        assert {item.id for item in before if after[item.id] != item} == {"CN3"}
    async with start(api) as index:
        await index.refresh()
        assert asked(api) == ["2026-03-04T19:08:00.000Z"]
        assert ids(index.with_person(ROSA)) == ["CN3"]


async def test_participants_and_versions_survive_as_they_are(start, api):
    api.all = [
        conversation(1, "(415) 555-0111", "12345"),
        conversation(2, JANE) | {"updatedAt": None, "lastActivityAt": None, "lastActivityId": None},
        conversation(3, JANE, minutes=2) | {"deletedAt": "2026-03-04T18:31:00.000Z"},
    ]
    async with start(api) as index:
        await index.refresh()
        before = index.with_person(JANE)
    api.all = []
    async with start(api) as index:
        await index.refresh()
        assert index.with_person(JANE) == before
        assert len(before) == 3


@pytest.mark.parametrize("other", [{"form": "another inbox"}, {"account": "another shop"}], ids=str)
async def test_the_index_of_another_account_or_other_inboxes_is_not_used(start, api, other):
    async with start(api) as index:
        await index.refresh()
    async with start(api, **other) as index:
        await index.refresh()
        assert asked(api) == [None]


async def test_a_new_inbox_makes_a_running_server_read_everything_again(start, api):
    process = start(api)
    async with process as index:
        await index.refresh()
        process.form = "one inbox more"
        api.all.append(conversation(99, STRANGER, minutes=-9000))
        await index.refresh()
        assert asked(api) == [None, None]
        assert ids(index.with_person(STRANGER)) == ["CN99"]


@pytest.mark.parametrize(
    ("seconds", "is_used"),
    [(0, True), (6.9 * 86_400, True), (7.1 * 86_400, False), (-3600, False), (400 * 86_400, False)],
)
async def test_an_index_that_is_old_or_of_a_later_time_is_not_used(
    start, api, clock, seconds, is_used
):
    async with start(api) as index:
        await index.refresh()
    clock.wait(seconds)
    async with start(api) as index:
        await index.refresh()
        assert (asked(api) == [None]) is not is_used
        assert len(index.with_person(JANE)) == 30


async def test_after_many_changes_the_rest_is_read_in_the_background(start, api, monkeypatch):
    monkeypatch.setattr(conversation_scan, "PAGE_SIZE", 2)
    async with start(api) as index:
        await index.refresh()
        await anyio.wait_all_tasks_blocked()
    api.all = [conversation(i, ROSA, minutes=50 + i) for i in range(30)]
    async with start(api) as index:
        await index.refresh(first_pages=3)
        assert len(index.with_person(ROSA)) == 6
        assert not index.complete
        await anyio.wait_all_tasks_blocked()
        assert index.complete
        assert (len(index.with_person(ROSA)), index.with_person(JANE)) == (30, [])


async def test_two_processes_miss_no_change_of_each_other(start, api, clock):
    """The later one stores an older reading; the changes of the first one are not put on top of it."""
    async with start(api) as index:
        await index.refresh()
    slow, fast = start(api), start(api)
    async with slow as one, fast as two:
        await one.refresh()
        await two.refresh()
        api.all[0] = conversation(0, JANE, STRANGER, minutes=45)
        clock.wait(3600)
        await two.refresh()
        one._store()  # all that it knows: the change of the other one is not among it
        await anyio.wait_all_tasks_blocked()
        api.all[1] = conversation(1, JANE, ROSA, minutes=70)
        await two.refresh()
    async with start(api) as index:
        await index.refresh()
        assert ids(index.with_person(STRANGER)) == ["CN0"]
        assert ids(index.with_person(ROSA)) == ["CN1"]


@pytest.mark.parametrize("damage", ["locked", "no database", "odd records"])
async def test_a_file_that_cannot_be_used_costs_only_the_storing(start, api, path, damage, caplog):
    async with start(api) as index:
        await index.refresh()
    with closing(open_database(path, record_store.MIGRATIONS)) as database:
        if damage == "locked":
            with database.transaction():
                async with start(api) as index:
                    await index.refresh()
        if damage == "odd records":
            with database.transaction() as connection:
                connection.execute("UPDATE records SET record = '[1, 2'")
    if damage == "no database":
        for file in path.parent.glob(f"{path.name}*"):
            if file.is_file():
                file.write_bytes(b"no database at all" * 100)
    async with start(api) as index:
        await index.refresh()
        assert len(index.with_person(JANE)) == 30
    assert "cannot be used" in caplog.text or damage == "locked"


async def test_neither_names_nor_texts_are_stored(start, api, path):
    api.all = [conversation(1, JANE) | {"name": "Plumbing emergency", "assignedTo": "USx1"}]
    async with start(api) as index:
        await index.refresh()
    with (
        closing(open_database(path, record_store.MIGRATIONS)) as database,
        database.reader() as found,
    ):
        [row] = found.execute("SELECT record FROM records").fetchall()
    assert "Plumbing" not in row["record"]
    assert "USx1" not in row["record"]
    assert JANE in row["record"]


async def test_more_conversations_than_the_bound_are_not_stored(start, api, monkeypatch):
    monkeypatch.setattr("quo_mcp.directory.stored_conversations.MAX_STORED", 29)
    async with start(api) as index:
        await index.refresh()
    async with start(api) as index:
        await index.refresh()
        assert asked(api) == [None]
