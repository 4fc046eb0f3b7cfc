"""More contacts than can be read before each send: refreshed in the background, the one that matters read again."""

import anyio
import pytest

from directory.plane import Plane, contact, settled
from quo_mcp.directory.directory import Directory
from quo_mcp.errors import NotFound, Unavailable
from quo_mcp.gateway.rate_limit import _is_background
from sandbox.play import Clock

pytestmark = pytest.mark.anyio

JANE = 7


def large_plane(size=1_001):
    plane = Plane([contact(number) for number in range(size)])
    plane.lists["contacts"][JANE] = contact(JANE, "Jane")
    return plane


def ids_named(name):
    """Return the two functions of `look_up_for_action` for everyone with this first name."""

    def look_up(book):
        return {person.id for person in book if person.first_name == name}

    return look_up, lambda ids: ids or None


async def test_a_send_by_name_reads_one_contact_not_all_of_them():
    plane, clock = large_plane(), Clock()
    async with Directory(plane, now=clock) as directory:
        await directory.wait_until_loaded(5)
        clock.wait(3600)
        plane.gate = anyio.Event()
        del plane.asked[:]

        async def answer_one(returns, what, *ids, query=None):
            if ids:
                return returns.model_validate({"data": contact(JANE, "Jane")})
            return await type(plane).get(plane, returns, what, query=query)

        plane.get = answer_one
        with anyio.fail_after(5):
            found = await directory.look_up_for_action(*ids_named("Jane"))
        assert found == ({"c7"}, {"c7"})
        await settled()
        assert plane.asked.count("contacts") == 1, "the first page of the refresh in the background"


@pytest.mark.parametrize(
    ("seconds", "size", "is_current"),
    [
        (3600, 1_000, True),
        (3600, 1_001, False),
        (24 * 3600, 1_001, False),
        (24 * 3600 + 1, 1_001, True),
    ],
)
async def test_only_a_large_address_book_may_be_old_and_for_a_day_at_most(
    seconds, size, is_current
):
    plane, clock = large_plane(size), Clock()
    async with Directory(plane, now=clock) as directory:
        await directory.wait_until_loaded(5)
        clock.wait(seconds)
        plane.lists["contacts"].append(contact(9_999, "Jane"))
        found = await directory.look_up_for_action(*ids_named("Jane"))
        assert found[1] == ({"c7", "c9999"} if is_current else {"c7"})


@pytest.mark.parametrize(
    "change",
    [
        lambda contacts: contacts.__setitem__(JANE, contact(JANE, "Joan")),
        lambda contacts: contacts.__delitem__(JANE),
    ],
    ids=["renamed", "deleted"],
)
async def test_a_contact_that_is_no_longer_so_called_is_not_taken_for_the_one(change):
    plane, clock = large_plane(), Clock()
    async with Directory(plane, now=clock) as directory:
        await directory.wait_until_loaded(5)
        clock.wait(3600)
        change(plane.lists["contacts"])
        assert (await directory.look_up_for_action(*ids_named("Jane")))[1] == set()


async def test_a_changed_number_is_seen_before_the_send():
    plane, clock = large_plane(), Clock()

    def look_up(book):
        return {
            number for person in book if person.first_name == "Jane" for _, number in person.numbers
        }

    async with Directory(plane, now=clock) as directory:
        await directory.wait_until_loaded(5)
        clock.wait(3600)
        plane.lists["contacts"][JANE] = contact(JANE, "Jane", "+14155550199")
        found = await directory.look_up_for_action(look_up, lambda _: {"c7"})
        assert found == ({"+14150000007"}, {"+14155550199"})


async def test_a_name_that_is_not_there_is_looked_for_in_a_complete_reading():
    plane, clock = large_plane(), Clock()
    async with Directory(plane, now=clock) as directory:
        await directory.wait_until_loaded(5)
        clock.wait(3600)
        plane.lists["contacts"].append(contact(9_999, "Nora"))
        assert await directory.look_up_for_action(*ids_named("Nora")) == ({"c9999"}, {"c9999"})


async def test_a_contact_that_cannot_be_read_again_is_not_acted_on():
    plane, clock = large_plane(), Clock()
    async with Directory(plane, now=clock) as directory:
        await directory.wait_until_loaded(5)
        clock.wait(3600)
        plane.failing = {"contacts"}
        with pytest.raises(Unavailable):
            await directory.look_up_for_action(*ids_named("Jane"))


@pytest.mark.parametrize(("size", "hours"), [(3, 0), (3, 1), (1_001, 1)])
async def test_a_number_is_a_contacts_only_if_the_contact_still_has_it(size, hours):
    plane, clock = Plane([contact(number) for number in range(size)]), Clock()
    async with Directory(plane, now=clock) as directory:
        assert await directory.has_contact("+14150000001")
        assert not await directory.has_contact("+14155550000")
        clock.wait(3600 * hours + 3)
        plane.lists["contacts"].append(contact(9_999, "Nora", "+14155550000"))
        del plane.lists["contacts"][1]
        assert await directory.has_contact("+14155550000") == bool(hours)
        assert await directory.has_contact("+14150000001") != bool(hours)


async def test_reads_are_background_requests_only_while_no_call_waits_for_them():
    plane, clock = large_plane(200), Clock()
    kinds = []
    get = plane.get

    async def record(returns, what, *ids, query=None):
        if what == "contacts":
            kinds.append(_is_background.get()())
        return await get(returns, what, *ids, query=query)

    plane.get = record
    async with Directory(plane, now=clock) as directory:
        await directory.address_book()
        assert kinds == [False] * 4
        clock.wait(3600)
        await directory.address_book()
        while directory.contacts.is_old:
            await anyio.lowlevel.checkpoint()
        assert kinds[4:] == [True] * 4
        clock.wait(3600)
        await directory.address_book()
        await directory.address_book(fresh=True)
        assert kinds[-1] is False


async def test_a_deleted_contact_is_gone_for_good():
    plane, clock = large_plane(), Clock()
    async with Directory(plane, now=clock) as directory:
        await directory.wait_until_loaded(5)
        del plane.lists["contacts"][JANE]
        await directory.refresh_contact("c7")
        assert directory.contacts.value.by_id("c7") is None
        with pytest.raises(NotFound):
            await plane.get(dict, "contacts", "c7")
