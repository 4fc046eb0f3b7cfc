"""Reads a list page by page. It is the only reader of a list, so no list can loop forever."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Generic, Protocol, TypeVar

import anyio

RESERVE = 1.0  # seconds of a call's time that remain for what was read


def reading_time() -> anyio.CancelScope:
    """Return a scope that ends shortly before the caller's deadline, so that what was read can be returned."""
    return anyio.CancelScope(deadline=anyio.current_effective_deadline() - RESERVE)


def is_time_up() -> bool:
    """Whether `reading_time` has passed."""
    return anyio.current_time() >= anyio.current_effective_deadline() - RESERVE


class HasNextPage(Protocol):
    """A page of a list.

    next_page_token: leads to the next page; None or "" on the last one.
    has_unknown_end: whether there was a token that could not be read.
    """

    @property
    def next_page_token(self) -> str | None: ...

    @property
    def has_unknown_end(self) -> bool: ...


PageT = TypeVar("PageT", bound=HasNextPage)


class PageReader(Generic[PageT]):
    """An async iterable of the pages of one list, which are read on demand.

    read_page: reads the page of a token; the first page has none.
    max_pages: the most pages to read.

    A later iteration, or `next_page`, continues where the last one stopped. `ended` is true once the
    last page was read. `repeats` is true once a token came twice or could not be read. Reading stops there, because the
    list would loop forever. It also stops, after the first page, shortly before the caller's deadline.
    """

    def __init__(
        self, read_page: Callable[[str | None], Awaitable[PageT]], *, max_pages: int
    ) -> None:
        self._read_page = read_page
        self._pages_left = max_pages
        self._token: str | None = None
        self._seen_tokens: set[str] = set()
        self.ended = False
        self.repeats = False

    async def __aiter__(self) -> AsyncIterator[PageT]:
        while (page := await self.next_page()) is not None:
            yield page

    async def next_page(self) -> PageT | None:
        """Read one more page; None if there is none to read, or no time left."""
        if self.ended or self.repeats or not self._pages_left:
            return None
        token = self._token
        page = await (self._read_in_time(token) if token else self._read_page(None))
        if page is None:
            return None
        self._pages_left -= 1
        self._token = page.next_page_token
        if not self._token and not page.has_unknown_end:
            self.ended = True
        elif not self._token or self._token in self._seen_tokens:
            self.repeats = True
        else:
            self._seen_tokens.add(self._token)
        return page

    async def _read_in_time(self, token: str) -> PageT | None:
        with reading_time():
            return await self._read_page(token)
        return None
