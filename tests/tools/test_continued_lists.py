"""A page token says by itself which list it continues."""

import re

import pytest

from quo_mcp.tools.page_tokens import MAX_VALUE_LENGTH
from sandbox.play import JANE

GRACE = "+14155550133"

pytestmark = pytest.mark.anyio

LISTS = [
    ("quo_list_messages", {"person": "Jane Whitaker", "since": "60d", "limit": 2}),
    ("quo_list_messages", {"person": "Grace Liu", "limit": 1}),
    ("quo_list_messages", {"limit": 3}),
    ("quo_list_messages", {"sent_by": "Marisol Vega", "since": "30d", "limit": 2}),
    ("quo_list_calls", {"person": GRACE, "limit": 1}),
    ("quo_list_calls", {"missed": True, "since": "30d", "inbox": "Front Desk", "limit": 2}),
    ("quo_list_calls", {"direction": "incoming", "since": "30d", "until": "1h", "limit": 2}),
    ("quo_list_voicemails", {"since": "30d", "limit": 1}),
    ("quo_list_conversations", {"inboxes": ["Front Desk", "Marisol direct"], "limit": 3}),
    ("quo_list_conversations", {"state": "done", "person": "Bluebird", "limit": 1}),
    ("quo_list_conversations", {"updated_since": "30d", "created_until": "1h", "limit": 3}),
    ("quo_list_contacts", {"limit": 7}),
    ("quo_list_users", {"limit": 2}),
    ("quo_list_tasks", {"state": "all", "limit": 2}),
    ("quo_get_digest", {"since": "14d", "limit": 2}),
]


def ids_of(text):
    return re.findall(r" · (\S+)$", text, re.MULTILINE)


def token_of(text):
    match = re.search(r'page_token="(\S+)"', text)
    return match[1] if match else None


@pytest.mark.parametrize(("tool", "arguments"), LISTS)
async def test_a_token_given_alone_continues_its_list(tool, arguments, phone):
    async with phone(config={"toolsets": "all"}) as quo:
        text = await quo(tool, **arguments)
        for _ in range(3):
            token = token_of(text)
            if token is None:
                break
            quo.clock.wait(90)
            repeated = await quo(tool, **arguments, page_token=token)
            alone = await quo(tool, page_token=token)
            assert alone == repeated
            text = alone
        else:
            return
        assert "End of" in text or "No " in text
