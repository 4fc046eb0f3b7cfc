"""Every list is read by one reader: page by page, never in a loop, never beyond its maximum."""

from types import SimpleNamespace

import anyio
import pytest

from quo_mcp.gateway.pages import PageReader
from torture.virtual import VirtualLoop

pytestmark = pytest.mark.anyio


class PagedList:
    """A list whose pages carry `tokens`, one each. requested: the tokens of the pages that were read."""

    def __init__(self, *tokens):
        self.tokens = tokens
        self.requested = []

    async def read_page(self, token):
        self.requested.append(token)
        return SimpleNamespace(
            next_page_token=self.tokens[len(self.requested) - 1], has_unknown_end=False
        )


@pytest.mark.parametrize(
    ("tokens", "requested", "ended", "repeats"),
    [
        ([None], [None], True, False),
        ([""], [None], True, False),
        (["a", "b", None], [None, "a", "b"], True, False),
        (["a", "a"], [None, "a"], False, True),
        (["a", "b", "a"], [None, "a", "b"], False, True),
        (["a", "b", "c", "d"], [None, "a", "b"], False, False),
        (["a", "b", "c", None], [None, "a", "b"], False, False),
    ],
)
async def test_a_list_is_read_to_its_end_a_repeated_token_or_the_maximum(
    tokens, requested, ended, repeats
):
    paged = PagedList(*tokens)
    pages = PageReader(paged.read_page, max_pages=3)
    assert len([page async for page in pages]) == len(requested)
    assert paged.requested == requested
    assert (pages.ended, pages.repeats) == (ended, repeats)


async def test_pages_are_read_on_demand():
    paged = PagedList("a", "b", None)
    pages = PageReader(paged.read_page, max_pages=3)
    async for _ in pages:
        break
    assert paged.requested == [None]
    assert not pages.ended


class SlowList:
    """An endless list; each page takes three seconds."""

    pages = 0

    async def read_page(self, _token):
        await anyio.sleep(3)
        self.pages += 1
        return SimpleNamespace(next_page_token=str(self.pages), has_unknown_end=False)


@pytest.mark.parametrize("anyio_backend", [("asyncio", {"loop_factory": VirtualLoop})])
async def test_an_endless_list_ends_a_second_before_the_callers_deadline():
    pages = PageReader(SlowList().read_page, max_pages=1000)
    with anyio.fail_after(20):
        assert len([page async for page in pages]) == 6
        assert anyio.current_time() == pytest.approx(19)
    assert (pages.ended, pages.repeats) == (False, False)


@pytest.mark.parametrize("anyio_backend", [("asyncio", {"loop_factory": VirtualLoop})])
async def test_without_a_deadline_a_slow_list_is_read_to_its_maximum():
    pages = PageReader(SlowList().read_page, max_pages=30)
    assert len([page async for page in pages]) == 30


@pytest.mark.parametrize("anyio_backend", [("asyncio", {"loop_factory": VirtualLoop})])
async def test_a_first_page_that_is_not_read_in_time_is_the_callers_timeout():
    pages = PageReader(SlowList().read_page, max_pages=30)
    with pytest.raises(TimeoutError), anyio.fail_after(2):
        [page async for page in pages]
