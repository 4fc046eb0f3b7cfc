"""Pages of a list: page tokens, and Quo's inaccurate total."""

import base64
import hashlib
import json
from collections.abc import Sequence

from quo_mcp.sandbox.http import Json, Request
from quo_mcp.sandbox.request_validation import QueryReader


def build_page(
    items: Sequence[Json],
    request: Request,
    query: QueryReader,
    *,
    size: int,
    token: str | None,
    key: str = "id",
) -> Json:
    """Return one page of `items`, which are all the items that match the request, in order.

    A token is valid only with the filters of its first page. Quo documents `totalItems` as
    inaccurate. Here it counts this page's items, plus one if there are more.
    """
    filters = sorted(
        pair for pair in request.query_pairs() if pair[0] not in {"pageToken", "maxResults"}
    )
    fingerprint = hashlib.sha256(json.dumps([request.path, filters]).encode()).hexdigest()[:12]
    start = 0 if token is None else _start_index(items, query, token, fingerprint, key)
    page_items = list(items[start : start + size])
    has_more = start + size < len(items)
    next_token = _encode_token(start + size, page_items[-1][key], fingerprint) if has_more else None
    return {
        "data": page_items,
        "totalItems": len(page_items) + has_more,
        "nextPageToken": next_token,
    }


def _encode_token(index: int, last_id: str, fingerprint: str) -> str:
    payload = json.dumps({"index": index, "last": last_id, "mark": fingerprint}).encode()
    return base64.urlsafe_b64encode(payload).decode().rstrip("=")


def _start_index(
    items: Sequence[Json], query: QueryReader, token: str, fingerprint: str, key: str
) -> int:
    """Return the index after the previous page's last item; its former index if it was deleted.

    Raises RejectedRequest (400) if the token is invalid or belongs to other filters.
    """
    try:
        payload = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        index, last_id, token_fingerprint = int(payload["index"]), payload["last"], payload["mark"]
    except (ValueError, KeyError, TypeError):
        index, last_id, token_fingerprint = 0, None, None
    if token_fingerprint != fingerprint:
        query.add_error("pageToken", "Invalid page token", token, type="string")
        query.reject_invalid()
    for i, item in enumerate(items):
        if item[key] == last_id:
            return i + 1
    return index
