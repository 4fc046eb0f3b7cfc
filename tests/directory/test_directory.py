"""Who is who: read in pages, kept in memory, our own writes known at once."""

import anyio
import pytest

from directory.plane import Plane, contact, settled
from quo_mcp.directory import contact_reader
from quo_mcp.directory import directory as directories
from quo_mcp.directory.contact_reader import person_from_contact
from quo_mcp.directory.directory import Directory
from quo_mcp.errors import Unavailable
from quo_mcp.records.contacts import Contact
from sandbox.play import Clock

pytestmark = pytest.mark.anyio


async def test_names_come_from_memory_alone():
    plane = Plane([contact(1, "Jane", "(415) 555-0111")])
    async with Directory(plane, now=Clock()) as directory:
        assert directory.contact_name("+14155550111") is None
        assert directory.find_inbox("PN1") is None
        assert directory.teammate_name("US1") is None
        assert directory.teammate_name("SYU1") == "Sona (Quo's AI agent)"
        assert plane.asked == []
        await directory.wait_until_loaded(5)
        assert directory.contact_name("+14155550111") == "Jane"
        assert directory.contact_name("+14155550112") is None
        assert directory.find_inbox("PN1") == directory.find_inbox("+14155550100")
        assert directory.find_inbox("PN1")[1] == "+14155550100"
        assert "\n" not in directory.find_inbox("PN1")[0]
        assert directory.teammate_name("US1") == "Tom"
        asked = len(plane.asked)
        await directory.wait_until_loaded(5)
        assert len(plane.asked) == asked


async def test_a_directory_that_cannot_be_read_holds_up_nothing():
    plane = Plane([contact(1)])
    plane.failing = {"contacts", "users"}
    async with Directory(plane, now=Clock()) as directory:
        await directory.wait_until_loaded(5)
        assert directory.find_inbox("PN1")
        with pytest.raises(Unavailable):
            await directory.address_book()


async def test_names_that_take_long_are_waited_for_no_longer_than_said():
    plane = Plane([contact(1, "Jane")])
    plane.gate = anyio.Event()
    async with Directory(plane, now=Clock()) as directory:
        await directory.wait_until_loaded(0)
        assert directory.contact_name("+14150000001") is None
        plane.gate.set()
        await directory.address_book()
        assert directory.contact_name("+14150000001") == "Jane"


@pytest.mark.parametrize("what", ["contacts", "users"])
async def test_a_page_token_that_comes_again_ends_the_list(what):
    people = [contact(i) for i in range(200)]
    users = [{"id": f"US{i}", "firstName": f"U{i}"} for i in range(200)]
    plane = Plane(people, users)
    plane.tokens = lambda start: "50" if start >= 100 else str(start)
    async with Directory(plane, now=Clock()) as directory:
        found = await (directory.address_book() if what == "contacts" else directory.users.get())
        assert len(found) == 100
        assert plane.asked.count(what) == 2


@pytest.mark.parametrize("what", ["contacts", "users"])
async def test_a_list_that_never_ends_is_given_up(what, monkeypatch):
    for module in (directories, contact_reader):
        monkeypatch.setattr(module, "MAX_PAGES", 3)
    plane = Plane([contact(i) for i in range(500)], [{"id": f"US{i}"} for i in range(500)])
    async with Directory(plane, now=Clock()) as directory:
        with pytest.raises(Unavailable, match=f"list of {what} did not end"):
            await (directory.address_book() if what == "contacts" else directory.users.get())
        assert plane.asked.count(what) == 3


async def test_twenty_thousand_contacts_are_read_and_it_is_told_how_far():
    plane = Plane([contact(i) for i in range(20_000)])
    heard = []

    async def progress(_done, _total, message):
        heard.append(message)

    async with Directory(plane, now=Clock()) as directory:
        book = await directory.address_book(progress)
    assert len(book) == 20_000
    assert plane.asked.count("contacts") == 400
    assert len(heard) > 100
    assert "contacts" in heard[0]


async def test_our_own_writes_are_known_at_once():
    plane = Plane([contact(1, "Jane")])
    async with Directory(plane, now=Clock()) as directory:
        await directory.wait_until_loaded(5)
        directory.put_contact(Contact.model_validate(contact(2, "Nora")))
        assert directory.contact_name("+14150000002") == "Nora"
        directory.put_contact(Contact.model_validate(contact(2, "Nora B.", "+14150000003")))
        assert directory.contact_name("+14150000002") is None
        assert directory.contact_name("+14150000003") == "Nora B."
        directory.remove_contact("c1")
        assert directory.contact_name("+14150000001") is None
        assert plane.asked.count("contacts") == 1


async def test_our_own_writes_survive_a_load_that_is_under_way():
    plane, clock = Plane([contact(1, "Jane"), contact(2, "Rosa")]), Clock()
    async with Directory(plane, now=clock) as directory:
        await directory.wait_until_loaded(5)
        clock.wait(3600)
        plane.gate = anyio.Event()
        await directory.address_book()
        await settled()
        directory.put_contact(Contact.model_validate(contact(3, "Nora")))
        directory.remove_contact("c2")
        assert directory.contact_name("+14150000003") == "Nora"
        plane.gate.set()
        await settled()
        assert plane.asked.count("contacts") == 2
        assert directory.contacts.age.total_seconds() == 0
        assert directory.contact_name("+14150000003") == "Nora"
        assert directory.contact_name("+14150000002") is None


async def test_a_slow_refresh_is_waited_for_and_shared(monkeypatch):
    monkeypatch.setattr("quo_mcp.directory.keyed_lock.MAX_WAIT_SECONDS", 0)
    plane = Plane([contact(1, "Jane")])
    plane.gate = anyio.Event()
    async with Directory(plane, now=Clock()) as directory:
        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(directory.refresh_contact, "c1")
            await settled()
            assert plane.asked == ["contacts/c1"]
            plane.gate.set()
        assert plane.asked == ["contacts/c1"]
        assert not directory._refresh_locks


async def test_after_a_failed_refresh_the_next_call_reads_again():
    plane = Plane([contact(1, "Jane")])
    plane.failing = {"contacts"}
    async with Directory(plane, now=Clock()) as directory:
        for _ in range(2):
            with pytest.raises(Unavailable, match="down"):
                await directory.refresh_contact("c1")
        assert plane.asked == ["contacts/c1"] * 2


async def test_outside_its_context_it_says_so():
    with pytest.raises(RuntimeError, match="outside its context"):
        await Directory(Plane(), now=Clock()).address_book()


def test_a_contact_is_kept_by_what_it_can_be_found_by():
    kept = person_from_contact(
        Contact.model_validate(
            {
                "id": "c1",
                "source": "hubspot",
                "defaultFields": {
                    "company": "Acme",
                    "phoneNumbers": [
                        {"name": None, "value": "(415) 555-0111"},
                        {"name": "odd", "value": "ask Jo"},
                        {"name": "none", "value": None},
                    ],
                    "emails": [{"name": "work", "value": "a@example.com"}, {"value": ""}],
                },
                "customFields": [
                    {"name": "Tags", "value": ["a", "b"]},
                    {"key": "gate", "value": 12},
                    {"name": "Empty", "value": []},
                ],
            }
        ),
        "US",
    )
    assert kept.numbers == (("", "+14155550111"), ("odd", "ask Jo"))
    assert kept.emails == (("work", "a@example.com"),)
    assert kept.custom_fields == (("Tags", "a, b"), ("gate", "12"))
    assert (kept.first_name, kept.company, kept.source) == ("", "Acme", "hubspot")
