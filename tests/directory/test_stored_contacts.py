"""Contacts on disk: known right after a restart, and never taken for those of another workspace."""

import os
import stat
from contextlib import closing
from datetime import timedelta

import anyio
import anyio.lowlevel
import pytest

from directory.plane import OURS, Plane, contact
from quo_mcp.directory.directory import Directory
from quo_mcp.directory.stored_contacts import StoredContacts
from quo_mcp.records.contacts import Contact
from quo_mcp.store import record_store
from quo_mcp.store.record_store import RecordStore
from sandbox.play import Clock
from store.engines import open_database

pytestmark = pytest.mark.anyio


@pytest.fixture
def stored(path):
    """Open the stored contacts of an account, as each process does."""
    databases = []

    def open_stored(account="shop"):
        databases.append(open_database(path, record_store.MIGRATIONS, busy_timeout=0))
        return StoredContacts(RecordStore(databases[-1], account))

    yield open_stored
    for database in databases:
        database.close()


def full_contact(number):
    fields = contact(number, "Zoë")["defaultFields"] | {
        "lastName": "O'Neil",
        "company": "Acme",
        "role": "Owner",
        "emails": [{"name": "work", "value": "zoe@example.com"}],
    }
    custom = [{"key": "k", "name": "City", "type": "string", "value": "Oslo"}]
    return {
        "id": f"c{number}",
        "source": "hubspot",
        "defaultFields": fields,
        "customFields": custom,
    }


async def test_after_a_restart_names_are_known_without_reading_them(stored):
    plane, clock = Plane([full_contact(1), contact(2), {"id": "c3"}]), Clock()
    async with Directory(plane, now=clock, stored_contacts=stored()) as directory:
        before = list(await directory.address_book())
    plane.asked.clear()
    clock.wait(300)
    async with Directory(plane, now=clock, stored_contacts=stored()) as directory:
        assert list(await directory.address_book()) == before
        assert directory.contacts.age == timedelta(minutes=5)
    assert "contacts" not in plane.asked


@pytest.mark.parametrize(
    ("hours", "is_used"), [(0.5, True), (23.9, True), (24, False), (240, False)]
)
async def test_contacts_of_more_than_a_day_ago_are_not_used(stored, hours, is_used):
    plane, clock = Plane([contact(number) for number in range(2_000)]), Clock()
    async with Directory(plane, now=clock, stored_contacts=stored()) as directory:
        await directory.address_book()
    clock.wait(hours * 3600)
    plane.asked.clear()
    plane.gate = anyio.Event()
    async with Directory(plane, now=clock, stored_contacts=stored()) as directory:
        await directory.wait_until_loaded(5 if is_used else 0.2)
        assert (directory.contacts.value is not None) == is_used
        if is_used:
            await directory.address_book()
        while "contacts" not in plane.asked:  # they are read again in any case
            await anyio.lowlevel.checkpoint()


@pytest.mark.parametrize(
    ("account", "inboxes"),
    [
        ("bakery", [OURS]),
        ("shop", [OURS | {"id": "PN2"}]),
        ("shop", [OURS | {"number": "+442079460000"}]),
    ],
    ids=["another key", "another workspace", "another country"],
)
async def test_contacts_of_another_workspace_are_not_used(stored, account, inboxes):
    clock = Clock()
    async with Directory(Plane([contact(1)]), now=clock, stored_contacts=stored()) as directory:
        await directory.address_book()
    plane = Plane([contact(2)], numbers=inboxes)
    async with Directory(plane, now=clock, stored_contacts=stored(account)) as directory:
        assert [person.id for person in await directory.address_book()] == ["c2"]


async def test_our_own_writes_are_stored_at_once(stored):
    plane, clock = Plane([contact(1), contact(2)]), Clock()
    async with Directory(plane, now=clock, stored_contacts=stored()) as directory:
        await directory.address_book()
        directory.put_contact(Contact.model_validate(contact(3, "Nora")))
        directory.remove_contact("c1")
    async with Directory(plane, now=clock, stored_contacts=stored()) as directory:
        assert [person.id for person in await directory.address_book()] == ["c2", "c3"]


async def test_a_refresh_takes_what_another_process_has_just_read(stored):
    plane, clock = Plane([contact(1)]), Clock()
    async with (
        Directory(plane, now=clock, stored_contacts=stored()) as first,
        Directory(plane, now=clock, stored_contacts=stored()) as second,
    ):
        await first.address_book()
        await second.address_book()
        clock.wait(3600)
        plane.lists["contacts"].append(contact(2))
        assert len(await first.address_book(fresh=True)) == 2
        plane.asked.clear()
        assert len(await second.address_book(fresh=True)) == 2
        assert "contacts" not in plane.asked


async def test_what_was_stored_before_an_invalidation_is_not_used(stored):
    plane, clock = Plane([contact(1)]), Clock()
    async with Directory(plane, now=clock, stored_contacts=stored()) as directory:
        await directory.address_book()
        directory.contacts.invalidate()
        plane.lists["contacts"] = [contact(2)]
        assert [person.id for person in await directory.address_book()] == ["c2"]


@pytest.mark.sqlite
@pytest.mark.parametrize("obstacle", ["a file for a folder", "no database", "locked"])
async def test_a_file_that_cannot_be_used_costs_only_the_storing(stored, path, obstacle, caplog):
    if obstacle == "a file for a folder":
        path.parent.write_text("")
    elif obstacle == "no database":
        path.parent.mkdir()
        path.write_bytes(b"not a database, and long enough to be looked at " * 100)
    plane = Plane([contact(1)])
    with closing(open_database(path, record_store.MIGRATIONS)) as blocker:
        async with Directory(plane, now=Clock(), stored_contacts=stored()) as directory:
            if obstacle == "locked":
                with blocker.transaction():
                    assert len(await directory.address_book()) == 1
                    directory.remove_contact("c1")
                    await anyio.wait_all_tasks_blocked()
            else:
                assert len(await directory.address_book()) == 1
                directory.remove_contact("c1")
    assert caplog.text.count("Contacts are not kept") == 1
    assert "+1415" not in caplog.text


@pytest.mark.skipif(os.name == "nt", reason="other permissions")
@pytest.mark.sqlite
async def test_only_its_owner_can_read_the_file(stored, path):
    async with Directory(Plane([contact(1)]), now=Clock(), stored_contacts=stored()) as directory:
        await directory.address_book()
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
