"""The index of conversations: by person, brought up to date by what has changed."""

from datetime import datetime, timedelta

import anyio
import pytest

from quo_mcp.directory import conversation_scan
from quo_mcp.directory.conversation_index import ConversationIndex
from quo_mcp.errors import AccessDenied, Unavailable
from sandbox.play import START, Clock

pytestmark = pytest.mark.anyio

JANE, ROSA, STRANGER = "+14155550111", "+15105550153", "+12025550143"


def conversation(number, *people, minutes=0, **more):
    at = (START + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")
    return {
        "id": f"CN{number}",
        "phoneNumberId": "PN1",
        "participants": list(people),
        "lastActivityAt": at,
        "updatedAt": at,
    } | more


class Conversations:
    """Quo's list of conversations, newest first, with each query counted."""

    def __init__(self, *conversations):
        self.all = list(conversations)
        self.queries = []
        self.error = None

    async def get(self, returns, _resource, *, query):
        self.queries.append(query)
        await anyio.lowlevel.checkpoint()
        if self.error:
            raise self.error
        after = query["updatedAfter"]
        matches = [
            item
            for item in self.all
            if not after
            or (
                item["updatedAt"]
                and datetime.fromisoformat(item["updatedAt"]) > datetime.fromisoformat(after)
            )
        ]
        matches.sort(key=lambda item: item["lastActivityAt"] or "", reverse=True)
        start = int(query["pageToken"] or 0)
        end = start + query["maxResults"]
        token = str(end) if end < len(matches) else None
        return returns.model_validate({"data": matches[start:end], "nextPageToken": token})


async def us():
    return "US"


async def form():
    return "form"


@pytest.fixture
def clock():
    clock = Clock()
    clock.wait(3600)
    return clock


@pytest.fixture
async def task_group():
    async with anyio.create_task_group() as group:
        yield group
        group.cancel_scope.cancel()


@pytest.fixture
def index_of(clock, task_group):
    def create(api, **options):
        options = {"form": form} | options
        return ConversationIndex(
            api, region=us, now=clock, task_group=lambda: task_group, **options
        )

    return create


def ids(conversations):
    return [item.id for item in conversations]


async def test_it_finds_a_person_alone_and_in_groups_latest_first(index_of):
    api = Conversations(
        conversation(1, JANE, minutes=1),
        conversation(2, JANE, ROSA, minutes=3),
        conversation(3, "(415) 555-0111", minutes=2),
        conversation(4, ROSA),
    )
    index = index_of(api)
    await index.refresh()
    assert ids(index.with_person(JANE)) == ["CN2", "CN3", "CN1"]
    assert ids(index.with_people([JANE])) == ["CN3", "CN1"]
    assert ids(index.with_people([ROSA, JANE])) == ["CN2"]
    assert index.with_person(STRANGER) == index.with_people([]) == []
    assert index.complete


async def test_a_refresh_reads_only_what_changed_since_the_last_one(index_of):
    api = Conversations(*(conversation(i, JANE, minutes=i) for i in range(30)))
    index = index_of(api)
    await index.refresh()
    before = index.with_person(JANE)
    api.all[3] = conversation(3, JANE, minutes=40)
    api.all.append(conversation(99, JANE, minutes=41))
    await index.refresh()
    assert [query["updatedAfter"] for query in api.queries] == [None, "2026-03-04T18:57:00.000Z"]
    after = {item.id: item.version for item in index.with_person(JANE)}
    changed = {item.id for item in before if after[item.id] != item.version}
    assert changed == {"CN3"}
    assert "CN99" in after


@pytest.mark.parametrize("change", ["updatedAt", "lastActivityAt", "lastActivityId"])
async def test_each_sign_of_a_change_makes_a_new_version(index_of, change):
    api = Conversations(conversation(1, JANE))
    index = index_of(api)
    await index.refresh()
    [before] = index.with_person(JANE)
    api.all[0][change] = (
        "AC2" if change == "lastActivityId" else conversation(1, minutes=1)["updatedAt"]
    )
    await index.refresh()
    assert index.with_person(JANE)[0].version != before.version


async def test_a_changed_group_is_found_by_its_present_members(index_of):
    api = Conversations(conversation(1, JANE, ROSA))
    index = index_of(api)
    await index.refresh()
    api.all[0] = conversation(1, JANE, STRANGER, minutes=1)
    await index.refresh()
    assert ids(index.with_person(ROSA)) == []
    assert ids(index.with_person(STRANGER)) == ["CN1"]


async def test_the_rest_is_read_in_the_background(index_of, monkeypatch):
    monkeypatch.setattr(conversation_scan, "PAGE_SIZE", 2)
    api = Conversations(*(conversation(i, JANE, minutes=i) for i in range(20)))
    index = index_of(api)
    await index.refresh(first_pages=3)
    assert len(index.with_person(JANE)) == 6
    assert not index.complete
    await anyio.wait_all_tasks_blocked()
    assert len(index.with_person(JANE)) == 20
    assert index.complete


@pytest.mark.parametrize("error", [Unavailable("down"), AccessDenied("no", status=403)])
async def test_a_failed_reading_is_an_error_and_the_next_one_starts_again(index_of, error):
    api = Conversations(conversation(1, JANE))
    index = index_of(api)
    api.error = error
    with pytest.raises(type(error)):
        await index.refresh()
    api.error = None
    await index.refresh()
    api.error = error
    with pytest.raises(type(error)):
        await index.refresh()
    api.error = None
    api.all.append(conversation(2, JANE, minutes=5))
    await index.refresh()
    assert ids(index.with_person(JANE)) == ["CN2", "CN1"]


async def test_callers_at_the_same_time_share_a_reading_that_began_after_they_called(index_of):
    api = Conversations(conversation(1, JANE))
    index = index_of(api)
    async with anyio.create_task_group() as group:
        group.start_soon(index.refresh)
        while not api.queries:
            await anyio.lowlevel.checkpoint()
        for _ in range(9):
            group.start_soon(index.refresh)
    assert len(api.queries) == 2  # the first caller's, and one for all that came during it


async def test_a_reading_since_the_call_began_suffices(index_of):
    api = Conversations(conversation(1, JANE))
    index = index_of(api)
    began = index.reads_begun
    await index.refresh()
    await index.refresh(since=began)
    assert len(api.queries) == 1
    await index.refresh()
    assert len(api.queries) == 2


async def test_after_the_clock_went_back_everything_is_read_again(index_of, clock):
    api = Conversations(conversation(1, JANE, minutes=59))
    index = index_of(api)
    await index.refresh()
    api.all.append(conversation(2, JANE, minutes=-300))
    clock.wait(-60)
    await index.refresh()
    assert ids(index.with_person(JANE)) == ["CN1", "CN2"]


async def test_a_change_in_the_future_hides_no_later_one(index_of):
    api = Conversations(conversation(1, ROSA, minutes=60 * 24 * 91))
    index = index_of(api)
    await index.refresh()
    api.all.append(conversation(2, JANE, minutes=61))
    await index.refresh()
    assert ids(index.with_person(JANE)) == ["CN2"]


async def test_it_knows_the_countries_of_all_people(index_of):
    people = [JANE, "+442079460018", "+33639980142", "+14165550123", "22395", "Anonymous"]
    index = index_of(Conversations(*(conversation(i, who) for i, who in enumerate(people))))
    await index.refresh()
    assert index.regions() == {"US", "GB", "FR", "CA"}


async def test_another_account_starts_empty(index_of):
    index = index_of(Conversations(conversation(1, JANE)))
    await index.refresh()
    index.invalidate()
    assert index.with_person(JANE) == []
    assert not index.complete
    await index.refresh()
    assert ids(index.with_person(JANE)) == ["CN1"]
