"""The final form of result texts of tools and resources: the sandbox notice and the maximum length.

A result has at most 8,000 tokens, so that no host cuts or refuses it. Tokens are estimated from the bytes in
UTF-8, which is safe for every script. A result that is too long is shortened in this order:

1. to fewer items, with the way to the rest (`render_within`)
2. by lines, with a notice (`truncate`)

A single line that is too long is cut, too (`cut_long_lines`).
"""

from itertools import takewhile
from typing import Any

import mcp_types as types

from quo_mcp.config.settings import Settings
from quo_mcp.tools.base import Tool
from quo_mcp.tools.rendering import Presenter
from quo_mcp.values.untrusted import byte_count, strip_control_characters

MAX_TOKENS = 8_000
MAX_BYTES = MAX_TOKENS * 7 // 2  # at least 3.5 bytes a token
RESERVED_BYTES = 1_500  # for notes, the footer, the sandbox notice and the notice of a cut
MAX_ITEM_LINE_BYTES = (
    6_000  # of a line in a list; the longest message of 1,600 characters is shorter
)
TAIL_LINES = 4
MAX_TAIL_LINE_BYTES = 500

SANDBOX_NOTICE = "SANDBOX: test data; no real phone is reached. To use a real account, a person must set MATON_API_KEY or QUO_API_KEY."


def text_result(
    text: str, settings: Settings, *, is_error: bool = False, meta: dict[str, Any] | None = None
) -> types.CallToolResult:
    """Return a tool result of one text block. meta: data for programs only."""
    content = types.TextContent(text=finalize(text, settings))
    return types.CallToolResult(content=[content], is_error=is_error, meta=meta)


def finalize(text: str, settings: Settings) -> str:
    """Return the text as sent to the client: with the sandbox notice, scrubbed and within MAX_TOKENS."""
    full_text = f"{SANDBOX_NOTICE}\n{text}" if settings.is_sandbox else text
    scrubbed = strip_control_characters(full_text)
    return scrubbed if byte_count(scrubbed) <= MAX_BYTES else truncate(scrubbed)


def render_within(tool: Tool[Any], result: object, presenter: Presenter, max_bytes: int) -> str:
    """Render a result with as many of its items as `max_bytes` allows, or at least with its first one.

    In a list, a line that alone would leave no room for others is cut.
    """
    text = tool.render(result, presenter)
    if byte_count(text) <= max_bytes:
        return text
    most = tool.max_items(result)
    max_line = MAX_ITEM_LINE_BYTES if most else max_bytes
    text = cut_long_lines(text, max_line)
    best = text if byte_count(text) <= max_bytes else None
    low, high = 1, most - 1 if best is None else 0
    while low <= high:
        count = (low + high) // 2
        shortened = tool.render_first(result, presenter, count)
        if shortened is None:  # the list cannot be divided before this item
            low = count + 1
            continue
        text = cut_long_lines(shortened, max_line)
        if byte_count(text) <= max_bytes:
            best, low = text, count + 1
        else:
            high = count - 1
    return best or truncate(text, max_bytes)


def truncate(text: str, max_bytes: int = MAX_BYTES - RESERVED_BYTES) -> str:
    """Cut lines out of a text that is too long, and say how to get the rest.

    Its last lines stay, because they say how a list goes on.
    """
    lines = cut_long_lines(text, max_bytes // 2).split("\n")
    tail_length = sum(1 for _ in takewhile(is_closing_line, reversed(lines[-TAIL_LINES:])))
    lines, tail = lines[: len(lines) - tail_length], lines[len(lines) - tail_length :]
    room = max_bytes - byte_count("\n".join(tail))
    kept_count = 0
    for line in lines:
        room -= byte_count(line) + 1
        if room < 0:
            break
        kept_count += 1
    omitted_count = len(lines) - kept_count
    notice = (
        f"Truncated: {omitted_count:,} more line{'' if omitted_count == 1 else 's'} not shown here. To read less at once, call "
        "again with a smaller limit (and the same page_token, if you gave one), a shorter time range or a later start."
    )
    return "\n".join([*lines[:kept_count], *([notice] if omitted_count else ()), *tail])


def is_closing_line(line: str) -> bool:
    """Whether a line may be one of the last of a result, and not a part of an item."""
    return not line.startswith((">", " ")) and byte_count(line) <= MAX_TAIL_LINE_BYTES


def cut_long_lines(text: str, max_bytes: int) -> str:
    """Cut every line to `max_bytes`, and say below it how much is missing."""
    return "\n".join(
        line if byte_count(line) <= max_bytes else cut_line(line, max_bytes)
        for line in text.split("\n")
    )


def cut_line(line: str, max_bytes: int) -> str:
    """Return the start of a line with an ellipsis, and a line that says how much is missing."""
    start = line.encode("utf-8", "surrogatepass")[: max_bytes - 3].decode(errors="ignore")
    return (
        f"{start}…\n(This line goes on: {len(line) - len(start):,} more characters are not shown.)"
    )
