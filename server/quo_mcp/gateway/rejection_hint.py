"""Says what to change about a request that Quo rejected, in the caller's own names. Pure.

`argument_names` maps Quo's parameter, or its path in a body, to the name that the caller knows.
"""

import re
from collections.abc import Mapping

from quo_mcp.gateway.error_body import ErrorBody

_MAX_HINT = 160  # characters for the list of field errors


def argument_for(path: str, argument_names: Mapping[str, str]) -> str | None:
    """Return the caller's argument for a path in Quo's request: `person` for `/participants/0`; None if unknown."""
    steps = [step for step in re.split("[/.]", path) if step and not step.isdigit()]
    prefixes = (".".join(steps[:end]) for end in range(len(steps), 0, -1))
    return next((argument_names[prefix] for prefix in prefixes if prefix in argument_names), None)


def hint_for(error_body: ErrorBody, argument_names: Mapping[str, str]) -> str:
    """Return what to change about a request that Quo rejected: a sentence without its full stop."""
    if error_body.matches("page.?token") or any(
        path.strip("/") == "pageToken" for path, _ in error_body.field_errors
    ):
        return (
            "page_token belongs to a call with exactly the same other arguments; leave it out to start from the "
            "beginning"
        )
    hint = ""
    for path, message in error_body.field_errors:
        item = _describe_field_error(argument_for(path, argument_names), path, message)
        if len(hint) + len(item) > _MAX_HINT:
            break
        hint += f"{'; ' if hint else ''}{item}"
    return f"Change {hint or 'what it complains of'}, then call again"


def _describe_field_error(name: str | None, path: str, message: str) -> str:
    quote = ": ".join(filter(None, [path if name is None else "", message]))
    return " ".join(filter(None, [name and f"“{name}”", quote and f"«{quote}»"]))
