"""Parses a contact's phone numbers, email addresses and custom field values into Quo's format."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, TypeAlias

from quo_mcp.errors import InvalidArguments
from quo_mcp.records.contacts import parse_date_value
from quo_mcp.values import phone_numbers
from quo_mcp.values.references import SEPARATOR
from quo_mcp.values.untrusted import inline, quote_inline
from quo_mcp.values.wrapping import readings

Json: TypeAlias = dict[str, Any]

DEFAULT_LABEL = "main"
_SCHEME = re.compile(
    r"(^|: ?)(?:mailto|tel|sms|callto):(?://)?", re.IGNORECASE
)  # of a link, no label
TEXT_FIELDS = {
    "first_name": "firstName",
    "last_name": "lastName",
    "company": "company",
    "role": "role",
}
"""The arguments that set a text, and Quo's names of their fields."""
MAX_LISTED = 5  # errors in one refusal, and values in one error


def split_label(text: str) -> tuple[str, str]:
    """Split `mobile: +1…` into its label and value. The default label is "main"."""
    text = _SCHEME.sub(r"\1", text.strip())
    label, colon, value = text.rpartition(":")
    return (
        (label.strip() or DEFAULT_LABEL, value.strip()) if colon else (DEFAULT_LABEL, text.strip())
    )


class ValidationErrors(list[str]):
    """Errors in one call's arguments, so that one refusal reports all of them.

    Each begins with the name of the argument.
    """

    def raise_if_any(self, outcome: str) -> None:
        """Raise the collected errors.

        Args:
            outcome: what did not happen, e.g. "Not created".

        Raises:
            InvalidArguments: there is at least one error.
        """
        if self:
            lines = [f"- {error}" for error in self[:MAX_LISTED]]
            if len(self) > MAX_LISTED:
                lines.append(f"- {len(self) - MAX_LISTED} more invalid arguments")
            raise InvalidArguments("\n".join([f"{outcome}. Invalid arguments:", *lines]))


def parse_phones(
    texts: Iterable[str] | None,
    region: str | None,
    errors: ValidationErrors,
    *,
    argument: str = "phone_numbers",
) -> list[Json]:
    """Return `phoneNumbers` items from texts such as `mobile: (415) 555-0134`.

    Invalid numbers go to `errors`. region: the country of numbers without a country code.
    argument: the name of the argument, for the error.
    """
    items, invalid = [], []
    for label, value in map(split_label, texts or ()):
        if parsed := phone_numbers.parse_with_extension(value, region):
            items.append({"name": label_with_extension(label, parsed), "value": parsed.number})
        else:
            invalid.append(value)
    if invalid:
        errors.append(
            f"{argument}: {name_values('invalid phone number', invalid)}. "
            'Include the country code, e.g. "+14155550134" or, with a label, "mobile: +14155550134".'
        )
    return items


def label_with_extension(label: str, parsed: phone_numbers.ParsedNumber) -> str:
    """Return the label of a number, with its extension: Quo has no other field for it."""
    if not parsed.extension:
        return label
    name = "" if label == DEFAULT_LABEL else f"{label} "
    return f"{name}ext {parsed.extension}"


def parse_emails(
    texts: Iterable[str] | None, errors: ValidationErrors, *, argument: str = "emails"
) -> list[Json]:
    """Return `emails` items from texts such as `work: jane@example.com`.

    Invalid addresses go to `errors`. argument: the name of the argument, for the error.
    """
    items, invalid = [], []
    for label, value in map(split_label, texts or ()):
        local, at, domain = value.partition("@")
        if local and at and "." in domain and " " not in value:
            items.append({"name": label, "value": value})
        else:
            invalid.append(value)
    if invalid:
        errors.append(
            f"{argument}: {name_values('invalid email address', invalid)}. "
            'Example: "jane@example.com" or, with a label, "work: jane@example.com".'
        )
    return items


def name_values(noun: str, values: Iterable[str]) -> str:
    """Return the noun and the first distinct values: `unknown custom fields "Shoes", "Hats" and 4 more`."""
    distinct = list(dict.fromkeys(values))
    more = f" and {len(distinct) - MAX_LISTED} more" if len(distinct) > MAX_LISTED else ""
    plural = ("es" if noun.endswith("s") else "s") if len(distinct) > 1 else ""
    return f"{noun}{plural} {', '.join(quote_inline(value, 40) for value in distinct[:MAX_LISTED])}{more}"


def parse_custom_values(
    values: Iterable[tuple[str, Any]],
    definitions: Mapping[str, tuple[str, str]],
    errors: ValidationErrors,
    *,
    clear: Iterable[str] = (),
) -> list[Json]:
    """Return `customFields` items with each value converted to its field's type.

    Unknown fields and invalid values go to `errors`. Several values of one field make a list.
    values: each with its field's name, in any case, or key. definitions: (key, type) by name.
    clear: names or keys of the fields to empty.
    """
    names = {name.casefold(): name for name in definitions} | {
        key: name for name, (key, _) in definitions.items()
    }

    def find_name(field: str, unknown: list[str]) -> str | None:
        name = (
            names.get(field)
            or names.get(field.strip().casefold())
            or find_printed_field(field, definitions)
        )
        if name is None:
            unknown.append(field)
        return name

    unknown: list[str] = []
    values_by_name: dict[str, list[Any]] = {}
    for field, value in values:
        if name := find_name(field, unknown):
            values_by_name.setdefault(name, []).append(value)
    unknown_to_clear: list[str] = []
    names_to_clear = [find_name(field, unknown_to_clear) for field in clear]
    cleared = list(dict.fromkeys(filter(None, names_to_clear)))
    errors += [set_and_cleared(name) for name in cleared if name in values_by_name]
    items: list[Json] = [{"key": definitions[name][0], "value": None} for name in cleared]
    for name, field_values in values_by_name.items():
        key, field_type = definitions[name]
        value = field_values[0] if len(field_values) == 1 else field_values
        try:
            items.append({"key": key, "value": convert_value(value, field_type, name)})
        except InvalidArguments as error:
            errors.append(str(error))
    custom_names = ", ".join(map(inline, definitions))
    if unknown:
        available = (
            f"Available: {custom_names}."
            if definitions
            else "This workspace has none. Custom fields are created in the Quo app."
        )
        errors.append(f"custom_fields: {name_values('unknown custom field', unknown)}. {available}")
    if unknown_to_clear:
        available = ", ".join(filter(None, [*TEXT_FIELDS, custom_names]))
        errors.append(
            f"clear: {name_values('unknown field', unknown_to_clear)}. Available: {available}."
        )
    return items


def find_printed_field(text: str, definitions: Mapping[str, tuple[str, str]]) -> str | None:
    """Return the name of the field that a text means as printed; None if it is not a printed form.

    The forms are a line of quo_list_contact_custom_fields, `Heating system · string · key system`, a line of a
    contact, `Heating system: Boiler`, and the name as results show it. The parts of a line must belong together.
    """
    label, colon, _ = text.strip().partition(": ")
    texts = [text.strip(), *readings(text), *((label, *readings(label)) if colon else ())]
    for name, (key, field_type) in definitions.items():
        shown_name = inline(name, max_words=3)
        line = SEPARATOR.join([shown_name, inline(field_type), f"key {inline(key, max_words=1)}"])
        forms = {form.casefold() for form in (name, key, shown_name, line)}
        if any(form.casefold() in forms for form in texts):
            return name
    return None


def set_and_cleared(field: str) -> str:
    """Return the error for a field that a call both sets and clears."""
    return f"clear: {quote_inline(field)} is also set. Set it or clear it, not both."


def convert_value(value: Any, field_type: str, name: str) -> Any:  # noqa: PLR0911 - a table of types
    """Return the value in its field type's wire format; dates are ISO 8601 in UTC.

    Raises:
        InvalidArguments: the value does not match the type.
    """
    match field_type, value:
        case "boolean", bool():
            return value
        case "boolean", str() if value.strip().casefold() in {"true", "yes", "false", "no"}:
            return value.strip().casefold() in {"true", "yes"}
        case "number", int() | float() if not isinstance(value, bool):
            return value
        case "number", str() if (number := parse_number(value)) is not None:
            return number
        case "multi-select", list() if all(isinstance(option, str) for option in value):
            return value
        case "multi-select", str():
            return [option.strip() for option in value.split(",") if option.strip()]
        case "date", str() if day := parse_printed_date(value):
            return f"{day.isoformat()}T00:00:00.000Z"
        case (("string" | "url" | "address"), str() | int() | float()):
            return str(value)
        case _ if field_type not in TYPE_DESCRIPTIONS:
            return value  # Quo may have added a type: Quo validates it
        case _:
            raise InvalidArguments(
                f"custom_fields: {quote_inline(name)} must be {TYPE_DESCRIPTIONS[field_type]}, not {quote_inline(str(value))}."
            )


def parse_printed_date(text: str) -> date | None:
    """Return the date of a date field's value, with or without its weekday; None if invalid.

    The weekday of "Mon 2026-11-23" must be right.
    """
    if day := parse_date_value(text):
        return day
    weekday, _, rest = text.strip().partition(" ")
    day = parse_date_value(rest)
    return day if day and WEEKDAYS[day.weekday()] == weekday.casefold() else None


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TYPE_DESCRIPTIONS = {
    "boolean": "true or false",
    "number": "a number",
    "multi-select": "a list of strings",
    "date": "a date, e.g. 2026-03-31",
    "string": "a string",
    "url": "a URL",
    "address": "a string",
}


def parse_number(text: str) -> float | int | None:
    """Return the number, an int if it is whole; None if the text is not a number."""
    try:
        number = float(text)
    except ValueError:
        return None
    return int(number) if number.is_integer() else number
