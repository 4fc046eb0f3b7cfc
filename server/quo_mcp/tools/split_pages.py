"""Reads one page of results in several requests, where Quo returns fewer items than our limit allows."""

from typing import Any, TypeVar

from quo_mcp.gateway.pages import PageReader
from quo_mcp.records.record import Page, Record, join_pages
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.page_tokens import split_skip

Item = TypeVar("Item", bound=Record)

MAX_PAGE_SIZE = 50  # Quo's maximum for contacts and users
MAX_ITEMS = 2 * MAX_PAGE_SIZE  # of a page of ours


async def fetch_page(
    context: ToolContext,
    page_type: type[Page[Item]],
    resource: str,
    *,
    limit: int,
    page_token: str | None,
    **filters: Any,
) -> Page[Item]:
    """Fetch at most `limit` items, after those that the page token skips. All requests have one page size, because a page token may depend on it.

    Raises:
        Refusal: a request failed.
    """
    start, skip = split_skip(page_token)
    limit = min(skip + limit, MAX_ITEMS)
    request_count = -(-limit // MAX_PAGE_SIZE)

    async def read_page(token: str | None) -> Page[Item]:
        query = filters | {"maxResults": limit // request_count, "pageToken": token or start}
        return await context.account.api.get(page_type, resource, query=query)

    pages = [page async for page in PageReader(read_page, max_pages=request_count)]
    page = join_pages(pages)
    return page.model_copy(update={"data": page.data[skip:]})
