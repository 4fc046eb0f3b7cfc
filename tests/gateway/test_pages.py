"""Every list is read by one reader: page by page, never in a loop, never beyond its maximum."""

from types import SimpleNamespace

import pytest

from quo_mcp.gateway.pages import PageReader

pytestmark = pytest.mark.anyio


class PagedList:
    """A list whose pages carry `tokens`, one each. requested: the tokens of the pages that were read."""

    def __init__(self, *tokens):
        self.tokens = tokens
        self.requested = []

    async def read_page(self, token):
        self.requested.append(token)
        return SimpleNamespace(next_page_token=self.tokens[len(self.requested) - 1])


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
