"""Says what to change about a request that Quo rejected, in the caller's own names. Pure.

`argument_names` maps Quo's parameter, or its path in a body, to the name that the caller knows.
"""

import re
from collections.abc import Mapping

from quo_mcp.gateway.error_body import ErrorBody
from quo_mcp.values.untrusted import quote_inline

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
            "Use page_token only with the same other arguments as in the call that returned it, or omit it to start from "
            "the beginning"
        )
    hint = ""
    for path, message in error_body.field_errors:
        item = _describe_field_error(argument_for(path, argument_names), path, message)
        if len(hint) + len(item) > _MAX_HINT:
            break
        hint += f"{'; ' if hint else ''}{item}"
    return f"Correct {hint or 'the arguments'}, then call again"


def _describe_field_error(name: str | None, path: str, message: str) -> str:
    if name is None:
        return quote_inline(": ".join(filter(None, [path, message])), _MAX_HINT)
    return f"{name} ({quote_inline(message, _MAX_HINT)})" if message else name
