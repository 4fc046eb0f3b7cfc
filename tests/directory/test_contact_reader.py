"""A reading of all contacts that stops is continued, not begun again."""

import pytest

from directory.plane import Plane, contact
from quo_mcp.directory.directory import Directory
from quo_mcp.errors import AccessDenied, RateLimited, RequestRejected, Unavailable
from sandbox.play import Clock

pytestmark = pytest.mark.anyio


def plane_that_fails(*failures):
    """Return 500 contacts in ten pages. failures: what the page at 250 raises, in turn."""
    plane = Plane([contact(number) for number in range(500)])
    plane.failing_at = {250: failures[0]} if failures else {}
    return plane


@pytest.mark.parametrize(
    "failure",
    [
        Unavailable("No complete reply arrived within 20 s"),
        RateLimited("Too many requests", status=429),
        AccessDenied("credits"),
    ],
)
async def test_pages_read_before_a_failure_are_not_read_again(failure):
    plane, clock = plane_that_fails(failure), Clock()
    async with Directory(plane, now=clock) as directory:
        with pytest.raises(type(failure)):
            await directory.address_book()
        began_at = clock()
        clock.wait(120)
        book = await directory.address_book()
        assert [person.id for person in book] == [f"c{number}" for number in range(500)]
        assert plane.asked.count("contacts") == 11, "ten pages, one of them twice"
        assert directory.contacts.read_at == began_at, "as old as its oldest page"


async def test_several_failures_in_one_reading_cost_a_page_each():
    plane, clock = plane_that_fails(Unavailable("down")), Clock()
    plane.failing_at |= {50: Unavailable("down"), 450: Unavailable("down")}
    async with Directory(plane, now=clock) as directory:
        for _ in range(3):
            with pytest.raises(Unavailable):
                await directory.address_book()
        assert len(await directory.address_book()) == 500
        assert plane.asked.count("contacts") == 13


@pytest.mark.parametrize(
    ("change", "requests"),
    [
        (lambda _directory, clock: clock.wait(601), 6 + 10),
        (lambda directory, _clock: directory.invalidate(), 6 + 10),
        (lambda directory, _clock: directory.contacts.invalidate(), 6 + 10),
    ],
    ids=["too old", "another account", "a write in doubt"],
)
async def test_pages_that_may_be_wrong_by_now_are_read_again(change, requests):
    plane, clock = plane_that_fails(Unavailable("down")), Clock()
    async with Directory(plane, now=clock) as directory:
        with pytest.raises(Unavailable):
            await directory.address_book()
        change(directory, clock)
        assert len(await directory.address_book()) == 500
        assert plane.asked.count("contacts") == requests


async def test_a_page_token_that_is_no_longer_valid_begins_the_list_again():
    plane, clock = plane_that_fails(Unavailable("down")), Clock()
    async with Directory(plane, now=clock) as directory:
        with pytest.raises(Unavailable):
            await directory.address_book()
        plane.failing_at = {250: RequestRejected("invalid pageToken", status=400)}
        assert len(await directory.address_book()) == 500
        assert plane.asked.count("contacts") == 6 + 1 + 10


async def test_a_contact_written_after_the_first_half_was_read_is_in_the_whole():
    plane, clock = plane_that_fails(Unavailable("down")), Clock()
    async with Directory(plane, now=clock) as directory:
        with pytest.raises(Unavailable):
            await directory.address_book()
        clock.wait(60)
        plane.lists["contacts"][3] = contact(3, "Nora")
        await directory.refresh_contact("c3")
        directory.remove_contact("c4")
        clock.wait(60)
        book = await directory.address_book()
        assert book.by_id("c3").first_name == "Nora"
        assert book.by_id("c4") is None


async def test_a_crash_of_ours_leaves_nothing_to_continue(caplog):
    plane, clock = plane_that_fails(ZeroDivisionError("a slip")), Clock()
    async with Directory(plane, now=clock) as directory:
        with pytest.raises(Unavailable, match="internal error"):
            await directory.address_book()
        assert len(await directory.address_book()) == 500
        assert plane.asked.count("contacts") == 6 + 10
    assert "crashed" in caplog.text
