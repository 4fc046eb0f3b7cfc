"""Parses a contact's phone numbers, e-mail addresses and custom field values into Quo's format."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from quo_mcp.errors import InvalidArguments
from quo_mcp.records.contacts import parse_date_value
from quo_mcp.values import phone_numbers
from quo_mcp.values.untrusted import inline, quote_inline

Json: TypeAlias = dict[str, Any]

DEFAULT_LABEL = "main"
MAX_LISTED = 5  # errors in one refusal, and values in one error


def split_label(text: str) -> tuple[str, str]:
    """Split `mobile: +1…` into its label and value. The default label is "main"."""
    label, colon, value = text.rpartition(":")
    return (
        (label.strip() or DEFAULT_LABEL, value.strip()) if colon else (DEFAULT_LABEL, text.strip())
    )


class ValidationErrors(list[str]):
    """Errors in one call's arguments, a sentence each, so that one refusal reports all of them."""

    def raise_if_any(self, outcome: str) -> None:
        """Raise the collected errors.

        Args:
            outcome: a sentence saying that nothing was written.

        Raises:
            InvalidArguments: there is at least one error.
        """
        if len(self) == 1:
            raise InvalidArguments(f"{self[0]} {outcome}")
        if self:
            more = [f"- and {len(self) - MAX_LISTED} more"] if len(self) > MAX_LISTED else []
            lines = [f"- {error}" for error in self[:MAX_LISTED]]
            raise InvalidArguments("\n".join(["These do not fit:", *lines, *more, outcome]))


def parse_phones(
    texts: Iterable[str] | None, region: str | None, errors: ValidationErrors
) -> list[Json]:
    """Return `phoneNumbers` items from texts such as `mobile: (415) 555-0134`.

    Invalid numbers go to `errors`. region: the country of numbers without a country code.
    """
    items, invalid = [], []
    for label, value in map(split_label, texts or ()):
        if number := phone_numbers.parse(value, region):
            items.append({"name": label, "value": number})
        else:
            invalid.append(value)
    if invalid:
        errors.append(
            f"{join_quoted(invalid)} does not read as a phone number. Write it with its country code, as +14155550134; a label may "
            "stand before it, as mobile: +14155550134."
        )
    return items


def parse_emails(texts: Iterable[str] | None, errors: ValidationErrors) -> list[Json]:
    """Return `emails` items from texts such as `work: jane@example.com`.

    Invalid addresses go to `errors`.
    """
    items, invalid = [], []
    for label, value in map(split_label, texts or ()):
        local, at, domain = value.partition("@")
        if local and at and "." in domain and " " not in value:
            items.append({"name": label, "value": value})
        else:
            invalid.append(value)
    if invalid:
        errors.append(f"{join_quoted(invalid)} does not read as an e-mail address.")
    return items


def join_quoted(values: Iterable[str]) -> str:
    """Return the first distinct values as text: “12” or “13” or 4 more."""
    distinct = list(dict.fromkeys(values))
    more = [f"{len(distinct) - MAX_LISTED} more"] if len(distinct) > MAX_LISTED else []
    return " or ".join([*(quote_inline(value, 40) for value in distinct[:MAX_LISTED]), *more])


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
    unknown: list[str] = []

    def find_name(field: str) -> str | None:
        name = names.get(field) or names.get(field.strip().casefold())
        if name is None:
            unknown.append(field)
        return name

    values_by_name: dict[str, list[Any]] = {}
    for field, value in values:
        if name := find_name(field):
            values_by_name.setdefault(name, []).append(value)
    cleared = list(dict.fromkeys(filter(None, map(find_name, clear))))
    errors += [
        f"Either set {inline(name)} or clear it, not both."
        for name in cleared
        if name in values_by_name
    ]
    items: list[Json] = [{"key": definitions[name][0], "value": None} for name in cleared]
    for name, field_values in values_by_name.items():
        key, field_type = definitions[name]
        value = field_values[0] if len(field_values) == 1 else field_values
        try:
            items.append({"key": key, "value": convert_value(value, field_type, name)})
        except InvalidArguments as error:
            errors.append(str(error))
    if unknown:
        available = ", ".join(map(inline, definitions)) or "none; they are made in the Quo app"
        errors.append(f"There is no custom field {join_quoted(unknown)}. There are: {available}.")
    return items


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
        case "date", str() if day := parse_date_value(value):
            return f"{day.isoformat()}T00:00:00.000Z"
        case (("string" | "url" | "address"), str() | int() | float()):
            return str(value)
        case _ if field_type not in TYPE_DESCRIPTIONS:
            return value  # Quo may have added a type: Quo validates it
        case _:
            raise InvalidArguments(
                f"{quote_inline(name)} takes {TYPE_DESCRIPTIONS[field_type]}, not {quote_inline(str(value))}."
            )


TYPE_DESCRIPTIONS = {
    "boolean": "true or false",
    "number": "a number",
    "multi-select": "a list of texts",
    "date": "a date such as 2026-03-31",
    "string": "a text",
    "url": "a link",
    "address": "a text",
}


def parse_number(text: str) -> float | int | None:
    """Return the number, an int if it is whole; None if the text is not a number."""
    try:
        number = float(text)
    except ValueError:
        return None
    return int(number) if number.is_integer() else number
