"""What every answer shares, a tool's and a resource's: names are waited for a moment; a sandbox says that it is one."""

from quo_mcp.config.settings import Config
from quo_mcp.values.untrusted import scrub

# About 12,000 tokens. Hosts cap results at 25,000 and warn at 10,000.
LONGEST = 48_000

SANDBOX = "SANDBOX: a pretend account; no phone is reached and nobody is real. Set MATON_API_KEY for the real one."


def worded(text: str, config: Config) -> str:
    """The text as it leaves. The sandbox says each time that it is one."""
    whole = f"{SANDBOX}\n{text}" if config.is_sandbox else text
    return scrub(whole if len(whole) <= LONGEST else cut(whole))


def cut(text: str) -> str:
    """As many lines as there is room for, and how to get the rest: what is left out is never silent."""
    end = text.rfind("\n", 0, LONGEST)
    shown = text[: end if end > 0 else LONGEST]
    left = text[len(shown) :].count("\n") + (end <= 0)
    return (
        f"{shown}\nCut here, since it is too long: {left} more lines. Call again with a smaller limit (and the "
        "same page_token, if one was given) or a shorter span of time."
    )
