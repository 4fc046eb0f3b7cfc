"""Reads one page of results in several requests, where Quo returns fewer items than our limit allows."""

from typing import Any, TypeVar

from quo_mcp.gateway.pages import PageReader
from quo_mcp.records.record import Page, Record
from quo_mcp.tools.context import ToolContext

Item = TypeVar("Item", bound=Record)

MAX_PAGE_SIZE = 50  # Quo's maximum for contacts and users


async def fetch_page(
    context: ToolContext,
    page_type: type[Page[Item]],
    resource: str,
    *,
    limit: int,
    page_token: str | None,
    **filters: Any,
) -> Page[Item]:
    """Fetch at most `limit` items. All requests have one page size, because a page token may depend on it.

    Raises:
        Refusal: a request failed.
    """
    request_count = -(-limit // MAX_PAGE_SIZE)

    async def read_page(token: str | None) -> Page[Item]:
        query = filters | {"maxResults": limit // request_count, "pageToken": token or page_token}
        return await context.account.api.get(page_type, resource, query=query)

    pages = [page async for page in PageReader(read_page, max_pages=request_count)]
    return pages[-1].model_copy(update={"data": [item for page in pages for item in page.data]})
