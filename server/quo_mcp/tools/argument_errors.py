"""The arguments of a call: the tool that they make, or what does not fit and what would."""

import difflib
import re
from collections.abc import Collection, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from quo_mcp.errors import Misunderstood
from quo_mcp.tools.base import Tool, name_of
from quo_mcp.values.untrusted import inline

COMPLAINTS = 5  # of one call that are said at once
ALIKE = 0.8  # of 1: "persn" is person, and "name" is not last_name


def parse(tool: type[Tool[Any]], arguments: Mapping[str, Any]) -> Tool[Any]:
    """The call that the arguments make.

    Raises:
        Misunderstood: naming each argument that does not fit.
    """
    try:
        return tool.model_validate(arguments)
    except ValidationError as error:
        raise Misunderstood(complaints(tool, error)) from None


def complaints(tool: type[Tool[Any]], error: ValidationError) -> str:
    """What does not fit, a line each, and what the tool takes."""
    faults = error.errors(include_url=False, include_input=False)
    lines = ["The arguments do not fit:"]
    for each in faults[:COMPLAINTS]:
        where = ".".join(inline(str(part)) for part in each["loc"]) or "arguments"
        lines.append(f"- {where}: {in_words(tool, where, each)}")
    if len(faults) > COMPLAINTS:
        lines.append(f"- and {len(faults) - COMPLAINTS} more")
    lines.append(f"{name_of(tool)} takes: {', '.join(tool.model_fields) or 'no arguments'}.")
    return "\n".join(lines)


def in_words(tool: type[Tool[Any]], where: str, fault: ErrorDetails) -> str:
    """The validator's complaint as a sentence for the model, with what would do."""
    bounds = fault.get("ctx", {})
    match fault["type"]:
        case "extra_forbidden":
            meant = meant_by(where, tool.model_fields)
            return "is not an argument of this tool" + (f"; did you mean {meant}?" if meant else "")
        case "value_error":
            return fault["msg"].removeprefix("Value error, ")  # our own sentence
        case "string_pattern_mismatch":
            field = tool.model_fields[where]
            like = f" ({field.description})" if "…" in (field.description or "") else ""
            return f"is not such an id{like}: take it from {WHENCE[where]}"
        case kind if plain := PLAINLY.get(kind):
            return plain.format(**bounds)
    plain = fault["msg"].partition(", unable to")[0].replace("Input should be", "should be")
    return inline(plain, 300)


WHENCE = {
    "activity_id": "quo_list_messages or quo_list_calls",
    "call_id": "quo_list_calls",
    "connection_id": "quo_list_connections",
    "conversation_id": "quo_list_conversations",
    "message_id": "quo_list_messages",
    "send_id": (
        "the answer to a send whose outcome is unknown. Of a text (AC…), quo_get_message tells whether it was "
        "delivered"
    ),
    "task_id": "quo_list_tasks",
    "webhook_id": "quo_list_webhooks",
}
"""Where to get the id that an argument takes."""

PLAINLY = {
    "missing": "is needed",
    "string_type": "takes one text, not a list or anything else",
    "string_too_short": "is empty",  # no text has to be longer than that
    "string_too_long": "is too long: {max_length} characters at most",
    "list_type": "takes a list",
    "too_short": "needs at least {min_length}",
    "too_long": "takes at most {max_length}",
    "dict_type": "takes names with their values, as a JSON object",
    "int_type": "takes a whole number",
    "int_parsing": "takes a whole number",
    "int_parsing_size": "takes a whole number",
    "int_from_float": "takes a whole number",
    "bool_type": "takes true or false",
    "bool_parsing": "takes true or false",
    "greater_than_equal": "is at least {ge}",
    "less_than_equal": "is at most {le}",
    "literal_error": "takes {expected}",
}
"""Complaints of the validator by their kind, with the bounds that it names."""


def meant_by(asked: str, fields: Collection[str]) -> str | None:
    """The field that somebody means who calls it so; None where there is none like it."""
    word = re.sub(r"(?<=[a-z])(?=[A-Z])|[^A-Za-z]+", "_", asked).strip("_").casefold()
    for field in (word, *SYNONYMS.get(word, ()), *SYNONYMS.get(word.removesuffix("s"), ())):
        if field in fields:
            return field
    close = difflib.get_close_matches(word, fields, n=1, cutoff=ALIKE)
    return close[0] if close else None


PEOPLE = ("to", "person", "contact_id", "conversation_id", "query")
NUMBERS = ("phone_numbers", "add_phone_numbers", "to", "person", "contact_id", "inbox", "query")
WORDS = ("text", "message_id", "description", "find", "query")
BEGIN, END = ("since", "updated_since"), ("until", "updated_until")
TEAMMATES = ("assignee", "user_id")
SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "id": (
        "contact_id",
        "task_id",
        "message_id",
        "call_id",
        "send_id",
        "connection_id",
        "webhook_id",
        "conversation_id",
        "user_id",
    ),
    "name": ("first_name", "title", *PEOPLE, "label"),
    "first": ("first_name",),
    "given_name": ("first_name",),
    "surname": ("last_name",),
    "family_name": ("last_name",),
    "organization": ("company",),
    "organisation": ("company",),
    "job_title": ("role",),
    "position": ("role",),
    "recipient": PEOPLE,
    "participant": PEOPLE,
    "people": PEOPLE,
    "customer": PEOPLE,
    "who": PEOPLE,
    "with": PEOPLE,
    "contact": ("contact_id", *PEOPLE),
    "phone": NUMBERS,
    "number": NUMBERS,
    "phone_number": NUMBERS,
    "mobile": NUMBERS,
    "email": ("emails", "add_emails", *PEOPLE),
    "mail": ("emails", "add_emails", *PEOPLE),
    "custom": ("custom_fields",),
    "from": ("inbox", "inboxes", "since"),
    "line": ("inbox", "inboxes"),
    "inbox": ("inbox", "inboxes"),
    "phone_number_id": ("inbox", "inboxes"),
    "message": WORDS,
    "body": WORDS,
    "content": WORDS,
    "sms": WORDS,
    "note": ("description", "custom_fields", "text"),
    "detail": ("description",),
    "search": ("query", "find", "person"),
    "keyword": ("query", "find", "person"),
    "since": BEGIN,
    "after": BEGIN,
    "start": BEGIN,
    "created_after": ("since", "created_since"),
    "updated_after": BEGIN,
    "until": END,
    "before": END,
    "end": END,
    "created_before": ("until", "created_until"),
    "updated_before": END,
    "due_date": ("due",),
    "deadline": ("due",),
    "status": ("state", "done", "missed"),
    "completed": ("done", "state"),
    "user": TEAMMATES,
    "teammate": TEAMMATES,
    "owner": TEAMMATES,
    "assigned_to": TEAMMATES,
    "thread": ("conversation_id", "person"),
    "conversation": ("conversation_id", "person"),
    "call": ("call_id",),
    "task": ("task_id", "title"),
    "max": ("limit",),
    "max_result": ("limit",),
    "count": ("limit",),
    "page_size": ("limit",),
    "cursor": ("page_token",),
    "next_page_token": ("page_token",),
    "preview": ("dry_run",),
    "idempotency_key": ("key",),
    "force": ("again",),
}
"""What else fields are called: each with those that may be meant, the likeliest first."""
