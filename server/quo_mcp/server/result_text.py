"""The final form of result texts of tools and resources: the sandbox notice and the maximum length."""

from typing import Any

import mcp_types as types

from quo_mcp.config.settings import Settings
from quo_mcp.values.untrusted import strip_control_characters

# About 12,000 tokens. Hosts cap results at 25,000 and warn at 10,000.
MAX_CHARS = 48_000

SANDBOX_NOTICE = "SANDBOX: test data; no real phone is reached. To use a real account, a person must set MATON_API_KEY or QUO_API_KEY."


def text_result(
    text: str, settings: Settings, *, is_error: bool = False, meta: dict[str, Any] | None = None
) -> types.CallToolResult:
    """Return a tool result of one text block. meta: data for programs only."""
    content = types.TextContent(text=finalize(text, settings))
    return types.CallToolResult(content=[content], is_error=is_error, meta=meta)


def finalize(text: str, settings: Settings) -> str:
    """Return the text as sent to the client: with the sandbox notice, scrubbed and within MAX_CHARS."""
    full_text = f"{SANDBOX_NOTICE}\n{text}" if settings.is_sandbox else text
    return strip_control_characters(
        full_text if len(full_text) <= MAX_CHARS else truncate(full_text)
    )


def truncate(text: str) -> str:
    """Cut the text after the last line within MAX_CHARS, and say how to get the rest."""
    end = text.rfind("\n", 0, MAX_CHARS)
    kept_text = text[: end if end > 0 else MAX_CHARS]
    omitted_lines = text[len(kept_text) :].count("\n") + (end <= 0)
    return (
        f"{kept_text}\nTruncated: {omitted_lines:,} more line{'' if omitted_lines == 1 else 's'}. Call again with a smaller limit (and "
        "the same page_token, if you gave one) or a shorter time range."
    )
