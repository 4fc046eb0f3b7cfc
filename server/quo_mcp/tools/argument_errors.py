"""Explain invalid arguments to the model."""

import difflib
import re
from collections.abc import Collection, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from quo_mcp.tools.base import Tool
from quo_mcp.values.untrusted import bare, inline, quote_inline

MAX_ERRORS = 5  # explained in one result
MIN_SIMILARITY = 0.8  # of 1: "persn" suggests person, but "name" does not suggest last_name


def explain_errors(tool_class: type[Tool[Any]], validation_error: ValidationError) -> str:
    """Return one line for each invalid argument, and the names of all arguments."""
    errors = validation_error.errors(include_url=False)
    lines = ["Invalid arguments:"]
    lines += [f"- {explain_error(tool_class, error)}" for error in errors[:MAX_ERRORS]]
    if len(errors) > MAX_ERRORS:
        lines.append(f"- {len(errors) - MAX_ERRORS} more invalid arguments")
    lines.append(f"Arguments: {', '.join(tool_class.model_fields) or 'none'}.")
    return "\n".join(lines)


def explain_error(tool_class: type[Tool[Any]], error: ErrorDetails) -> str:
    """Return pydantic's error as a sentence for the model, with the argument and what it accepts."""
    location = ".".join(inline(str(part)) for part in error["loc"]) or "arguments"
    if error["type"] == "extra_forbidden":
        suggestion = suggest_argument(location, tool_class.model_fields)
        return f"unknown argument {quote_inline(location)}" + (
            f"; did you mean {quote_inline(suggestion)}?" if suggestion else "."
        )
    phrase = explain_value(location, error)
    return f"{location}: {phrase}{'' if phrase.endswith(('.', '?')) else '.'}"


def explain_value(location: str, error: ErrorDetails) -> str:
    """Return why a value is invalid, as the part of a sentence that follows the argument's name.

    location: the argument's name, with the index of an item in a list ("person.0").
    """
    context = error.get("ctx", {})
    value = error["input"]
    match error["type"]:
        case "value_error":
            return error["msg"].removeprefix("Value error, ")  # raised by a validator of ours
        case "string_pattern_mismatch":
            prefix = context["pattern"].removeprefix("^").partition("[")[0]
            expected = f" (expected {prefix}…)" if prefix else ""
            name = location.partition(".")[0]  # without the index of an item in a list
            kind = f"{name.removesuffix('_id')} id"
            return f"{quote_inline(str(value))} is not a {kind}{expected}. {ID_SOURCES[name]}"
        case "literal_error":
            accepted = context["expected"].replace("'", '"')
            return f"{quote_inline(str(value))} is invalid; use {accepted}"
        case "too_short" | "too_long" as kind:
            limit = context["min_length" if kind == "too_short" else "max_length"]
            bound = "minimum" if kind == "too_short" else "maximum"
            count = context["actual_length"]
            return f"{count} item{'' if count == 1 else 's'} given; the {bound} is {limit}"
        case kind if message := MESSAGES.get(kind):
            return message.format(**context, value=bare(str(value), "-?[0-9.]{1,20}", 40))
    message = error["msg"].partition(", unable to")[0].replace("Input should be", "must be")
    return inline(message, 300)


ID_SOURCES = {
    "activity_id": "Get it from quo_list_messages or quo_list_calls.",
    "call_id": "Get it from quo_list_calls.",
    "connection_id": "Get it from quo_list_connections.",
    "conversation": "Get it from quo_list_conversations.",
    "message_id": "Get it from quo_list_messages.",
    "send_id": (
        "Get it from the result of a send with an unknown outcome. For the delivery status of a message (AC…), call "
        "quo_get_message."
    ),
    "webhook_id": "Get it from quo_list_webhooks.",
}
"""Where a model gets the id that an argument takes."""

MESSAGES = {
    "missing": "required",
    "string_type": "must be one string, not a list or another type",
    "string_too_short": "must not be empty",  # every min_length of a text is 1
    "string_too_long": "too long; the maximum is {max_length} characters",
    "list_type": "must be a list",
    "int_type": "must be an integer",
    "int_parsing": "must be an integer",
    "int_parsing_size": "must be an integer",
    "int_from_float": "must be an integer",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "greater_than_equal": "{value} is below the minimum of {ge}",
    "less_than_equal": "{value} is above the maximum of {le}",
}
"""Phrases for pydantic's error types; the placeholders are the value, and the entries of the error's `ctx`."""


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


PERSON_ARGUMENTS = ("to", "person", "contact_id", "conversation", "query")
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
TEAMMATE_ARGUMENTS = ("assignee", "as_user", "owner", "teammate")
SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "id": (
        "contact_id",
        "task_id",
        "message_id",
        "call_id",
        "send_id",
        "connection_id",
        "webhook_id",
        "conversation",
        "as_user",
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
    "thread": ("conversation", "person"),
    "conversation": ("conversation", "person"),
    "call": ("call_id",),
    "task": ("task_id", "title"),
    "max": ("limit",),
    "max_result": ("limit",),
    "count": ("limit",),
    "page_size": ("limit",),
    "cursor": ("page_token",),
    "next_page_token": ("page_token",),
    "preview": ("dry_run",),
    "key": ("idempotency_key",),
    "force": ("allow_duplicate",),
    "again": ("allow_duplicate",),
    "user_id": ("as_user", "assignee", "owner", "teammate"),
    "conversation_id": ("conversation", "person"),
}
"""Other names for fields, each with the fields it may stand for, the likeliest first."""
