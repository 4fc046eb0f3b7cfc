"""Explain invalid arguments to the model."""

import difflib
import re
from collections.abc import Collection, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from quo_mcp.tools.base import Tool, name_of
from quo_mcp.values.untrusted import inline

MAX_ERRORS = 5  # explained in one result
MIN_SIMILARITY = 0.8  # of 1: "persn" suggests person, but "name" does not suggest last_name


def explain_errors(tool_class: type[Tool[Any]], validation_error: ValidationError) -> str:
    """Return one line for each invalid argument, and the arguments that the tool takes."""
    errors = validation_error.errors(include_url=False, include_input=False)
    lines = ["The arguments do not fit:"]
    for error in errors[:MAX_ERRORS]:
        location = ".".join(inline(str(part)) for part in error["loc"]) or "arguments"
        lines.append(f"- {location}: {explain_error(tool_class, location, error)}")
    if len(errors) > MAX_ERRORS:
        lines.append(f"- and {len(errors) - MAX_ERRORS} more")
    lines.append(
        f"{name_of(tool_class)} takes: {', '.join(tool_class.model_fields) or 'no arguments'}."
    )
    return "\n".join(lines)


def explain_error(tool_class: type[Tool[Any]], location: str, error: ErrorDetails) -> str:
    """Return pydantic's error as a phrase for the model that says what is accepted.

    location: the argument's name, with the index of an item in a list ("person.0").
    """
    bounds = error.get("ctx", {})
    match error["type"]:
        case "extra_forbidden":
            suggestion = suggest_argument(location, tool_class.model_fields)
            return "is not an argument of this tool" + (
                f"; did you mean {suggestion}?" if suggestion else ""
            )
        case "value_error":
            return error["msg"].removeprefix("Value error, ")  # raised by a validator of ours
        case "string_pattern_mismatch":
            prefix = bounds["pattern"].removeprefix("^").partition("[")[0]
            example = f" ({prefix}…)" if prefix else ""
            return f"is not such an id{example}: take it from {ID_SOURCES[location]}"
        case kind if message := MESSAGES.get(kind):
            return message.format(**bounds)
    message = error["msg"].partition(", unable to")[0].replace("Input should be", "should be")
    return inline(message, 300)


ID_SOURCES = {
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
"""Where a model gets the id that an argument takes."""

MESSAGES = {
    "missing": "is needed",
    "string_type": "takes one text, not a list or anything else",
    "string_too_short": "is empty",  # every min_length of a text is 1
    "string_too_long": "is too long: {max_length} characters at most",
    "list_type": "takes a list",
    "too_short": "needs at least {min_length}",
    "too_long": "takes at most {max_length}",
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
"""Phrases for pydantic's error types; the placeholders come from the error's `ctx`."""


def suggest_argument(name: str, fields: Collection[str]) -> str | None:
    """Return the field that an unknown argument name most likely stands for; None if there is none."""
    normalized = re.sub(r"(?<=[a-z])(?=[A-Z])|[^A-Za-z]+", "_", name).strip("_").casefold()
    for field in (
        normalized,
        *SYNONYMS.get(normalized, ()),
        *SYNONYMS.get(normalized.removesuffix("s"), ()),
    ):
        if field in fields:
            return field
    close_matches = difflib.get_close_matches(normalized, fields, n=1, cutoff=MIN_SIMILARITY)
    return close_matches[0] if close_matches else None


PERSON_ARGUMENTS = ("to", "person", "contact_id", "conversation_id", "query")
NUMBER_ARGUMENTS = (
    "phone_numbers",
    "add_phone_numbers",
    "to",
    "person",
    "contact_id",
    "inbox",
    "query",
)
TEXT_ARGUMENTS = ("text", "message_id", "description", "find", "query")
START_ARGUMENTS, END_ARGUMENTS = ("since", "updated_since"), ("until", "updated_until")
TEAMMATE_ARGUMENTS = ("assignee", "user_id")
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
    "name": ("first_name", "title", *PERSON_ARGUMENTS, "label"),
    "first": ("first_name",),
    "given_name": ("first_name",),
    "surname": ("last_name",),
    "family_name": ("last_name",),
    "organization": ("company",),
    "organisation": ("company",),
    "job_title": ("role",),
    "position": ("role",),
    "recipient": PERSON_ARGUMENTS,
    "participant": PERSON_ARGUMENTS,
    "people": PERSON_ARGUMENTS,
    "customer": PERSON_ARGUMENTS,
    "who": PERSON_ARGUMENTS,
    "with": PERSON_ARGUMENTS,
    "contact": ("contact_id", *PERSON_ARGUMENTS),
    "phone": NUMBER_ARGUMENTS,
    "number": NUMBER_ARGUMENTS,
    "phone_number": NUMBER_ARGUMENTS,
    "mobile": NUMBER_ARGUMENTS,
    "email": ("emails", "add_emails", *PERSON_ARGUMENTS),
    "mail": ("emails", "add_emails", *PERSON_ARGUMENTS),
    "custom": ("custom_fields",),
    "from": ("inbox", "inboxes", "since"),
    "line": ("inbox", "inboxes"),
    "inbox": ("inbox", "inboxes"),
    "phone_number_id": ("inbox", "inboxes"),
    "message": TEXT_ARGUMENTS,
    "body": TEXT_ARGUMENTS,
    "content": TEXT_ARGUMENTS,
    "sms": TEXT_ARGUMENTS,
    "note": ("description", "custom_fields", "text"),
    "detail": ("description",),
    "search": ("query", "find", "person"),
    "keyword": ("query", "find", "person"),
    "since": START_ARGUMENTS,
    "after": START_ARGUMENTS,
    "start": START_ARGUMENTS,
    "created_after": ("since", "created_since"),
    "updated_after": START_ARGUMENTS,
    "until": END_ARGUMENTS,
    "before": END_ARGUMENTS,
    "end": END_ARGUMENTS,
    "created_before": ("until", "created_until"),
    "updated_before": END_ARGUMENTS,
    "due_date": ("due",),
    "deadline": ("due",),
    "status": ("state", "done", "missed"),
    "completed": ("done", "state"),
    "user": TEAMMATE_ARGUMENTS,
    "teammate": TEAMMATE_ARGUMENTS,
    "owner": TEAMMATE_ARGUMENTS,
    "assigned_to": TEAMMATE_ARGUMENTS,
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
"""Other names for fields, each with the fields it may stand for, the likeliest first."""
