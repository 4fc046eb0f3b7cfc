"""Pages: one order, tokens that say where to go on, and a total that is not to be trusted."""

import base64
import hashlib
import json
from collections.abc import Sequence

from quo_mcp.sandbox.http import Json, Request
from quo_mcp.sandbox.request_validation import Query


def page(
    items: Sequence[Json],
    request: Request,
    query: Query,
    *,
    size: int,
    token: str | None,
    key: str = "id",
) -> Json:
    """One page of `items`, which are all that the request asks for, in order.

    A token belongs to one set of filters and is refused with others. Quo calls its own
    `totalItems` inaccurate, so it is so here: it counts this page, and one more if there is one.
    """
    filters = sorted(pair for pair in request.pairs() if pair[0] not in {"pageToken", "maxResults"})
    mark = hashlib.sha256(json.dumps([request.path, filters]).encode()).hexdigest()[:12]
    start = 0 if token is None else _start(items, query, token, mark, key)
    shown = list(items[start : start + size])
    more = start + size < len(items)
    following = _token(start + size, shown[-1][key], mark) if more else None
    return {"data": shown, "totalItems": len(shown) + more, "nextPageToken": following}


def _token(index: int, last: str, mark: str) -> str:
    written = json.dumps({"index": index, "last": last, "mark": mark}).encode()
    return base64.urlsafe_b64encode(written).decode().rstrip("=")


def _start(items: Sequence[Json], query: Query, token: str, mark: str, key: str) -> int:
    """Behind the last item shown, wherever that is by now; behind where it was, if it is gone."""
    try:
        place = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        index, last, given = int(place["index"]), place["last"], place["mark"]
    except (ValueError, KeyError, TypeError):
        index, last, given = 0, None, None
    if given != mark:
        query.complain("pageToken", "Invalid page token", token, type="string")
        query.settled()
    for i, item in enumerate(items):
        if item[key] == last:
            return i + 1
    return index
