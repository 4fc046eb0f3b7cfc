"""Every list that the server gives is one page, and a cursor that it never gave is refused."""

import mcp_types as types
import pytest
from mcp.shared.exceptions import MCPError

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "listed", ["list_tools", "list_prompts", "list_resources", "list_resource_templates"]
)
async def test_a_cursor_that_is_not_ours_is_refused(listed, phone):
    async with phone() as quo:
        ask = getattr(quo.client.session, listed)
        assert (await ask(params=types.PaginatedRequestParams())).next_cursor is None
        assert (await ask(params=types.PaginatedRequestParams(cursor=""))).next_cursor is None
        with pytest.raises(MCPError, match="Invalid cursor: this list has ") as caught:
            await ask(params=types.PaginatedRequestParams(cursor="made-up"))
        assert caught.value.code == types.INVALID_PARAMS
