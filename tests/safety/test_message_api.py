"""The read of a conversation in which a text is looked for."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from quo_mcp.gateway import ApiClient
from quo_mcp.gateway.transport import Reply
from quo_mcp.safety.message_api import MessageApi
from quo_mcp.safety.reconciliation import OutgoingMessage
from torture.scripted import RECORD

pytestmark = pytest.mark.anyio

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)
OURS = {
    "id": "AC1",
    "text": "It's ready",
    "to": ["+14155550100"],
    "direction": "outgoing",
    "status": "sent",
    "createdAt": "2026-11-23T09:02:00Z",
}


async def test_only_what_went_out_at_a_known_time_is_read_by_our_clock():
    queries = []
    theirs = OURS | {"id": "AC2", "direction": "incoming"}
    undated = OURS | {"id": "AC3", "createdAt": None}

    async def answer(_method, _segments, query, _body):
        queries.append(query)
        return Reply(200, body=json.dumps({"data": [OURS, theirs, undated]}).encode())

    messages = MessageApi(ApiClient(answer), lambda: timedelta(minutes=2))
    message = OutgoingMessage("AC1", "It's ready", NINE, ("+14155550100",), "sent")
    assert await messages.read_sent(RECORD, NINE) == ([message], True)
    assert queries == [
        {
            "phoneNumberId": "PNmain",
            "participants": ["+14155550100"],
            "createdAfter": "2026-11-23T09:01:00.000Z",  # a minute earlier, by Quo's clock
            "maxResults": 100,
        }
    ]
