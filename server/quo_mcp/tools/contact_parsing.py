"""What is said of a contact, as Quo takes it: numbers and e-mails with labels, values of custom fields."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, TypeAlias

from quo_mcp.errors import Misunderstood
from quo_mcp.values import phone_numbers
from quo_mcp.values.untrusted import in_quotes, inline

Json: TypeAlias = dict[str, Any]

DEFAULT_LABEL = "main"
MOST = 5  # faults of one call that are told


def labelled(text: str) -> tuple[str, str]:
    """`mobile: +1…` as its label and value; the usual label where none is given."""
    label, colon, value = text.rpartition(":")
    return (
        (label.strip() or DEFAULT_LABEL, value.strip()) if colon else (DEFAULT_LABEL, text.strip())
    )


class Wrong(list[str]):
    """What does not fit of all that was said, a sentence each: told at once, not a call each."""

    def refuse(self, nothing: str) -> None:
        """nothing: that nothing came of it, as a sentence. Raises Misunderstood where there is anything."""
        if len(self) == 1:
            raise Misunderstood(f"{self[0]} {nothing}")
        if self:
            more = [f"- and {len(self) - MOST} more"] if len(self) > MOST else []
            lines = [f"- {each}" for each in self[:MOST]]
            raise Misunderstood("\n".join(["These do not fit:", *lines, *more, nothing]))


def phones_in(given: Iterable[str] | None, region: str | None, wrong: Wrong) -> list[Json]:
    """Phone items from `mobile: (415) 555-0134` and the like; what does not read as one is told in `wrong`."""
    items, odd = [], []
    for label, value in map(labelled, given or ()):
        if number := phone_numbers.parse(value, region):
            items.append({"name": label, "value": number})
        else:
            odd.append(value)
    if odd:
        wrong.append(
            f"{listed(odd)} does not read as a phone number. Write it with its country code, as +14155550134; a label may "
            "stand before it, as mobile: +14155550134."
        )
    return items


def emails_in(given: Iterable[str] | None, wrong: Wrong) -> list[Json]:
    """E-mail items from `work: jane@example.com` and the like, likewise."""
    items, odd = [], []
    for label, value in map(labelled, given or ()):
        before, at, after = value.partition("@")
        if before and at and "." in after and " " not in value:
            items.append({"name": label, "value": value})
        else:
            odd.append(value)
    if odd:
        wrong.append(f"{listed(odd)} does not read as an e-mail address.")
    return items


def listed(said: Iterable[str]) -> str:
    """The first of what was said, each once: “12” or “13” or 4 more."""
    each = list(dict.fromkeys(said))
    more = [f"{len(each) - MOST} more"] if len(each) > MOST else []
    return " or ".join([*(in_quotes(one, 40) for one in each[:MOST]), *more])


def custom_values(
    given: Mapping[str, Any], defined: Mapping[str, tuple[str, str]], wrong: Wrong
) -> list[Json]:
    """Values for custom fields, each of the type that its field has; what has another is added to `wrong`.

    defined: name → (key, type).
    """
    names = {name.casefold(): name for name in defined} | {
        key: name for name, (key, _) in defined.items()
    }
    items, unknown = [], []
    for asked, value in given.items():
        name = names.get(asked) or names.get(asked.strip().casefold())
        if name is None:
            unknown.append(asked)
            continue
        key, kind = defined[name]
        try:
            typed_value = None if value in (None, "") else typed(value, kind, name)
        except Misunderstood as fault:
            wrong.append(str(fault))
        else:
            items.append({"key": key, "value": typed_value})
    if unknown:
        there = ", ".join(map(inline, defined)) or "none; they are made in the Quo app"
        wrong.append(f"There is no custom field {listed(unknown)}. There are: {there}.")
    return items


def typed(value: Any, kind: str, name: str) -> Any:  # noqa: PLR0911 - a table of types
    """The value as its field's type wants it on the wire; dates as ISO 8601 in UTC."""
    match kind, value:
        case "boolean", bool():
            return value
        case "boolean", str() if value.strip().casefold() in {"true", "yes", "false", "no"}:
            return value.strip().casefold() in {"true", "yes"}
        case "number", int() | float() if not isinstance(value, bool):
            return value
        case "number", str() if (number := as_number(value)) is not None:
            return number
        case "multi-select", list() if all(isinstance(each, str) for each in value):
            return value
        case "multi-select", str():
            return [each.strip() for each in value.split(",") if each.strip()]
        case "date", str() if day := as_day(value):
            return f"{day.isoformat()}T00:00:00.000Z"
        case (("string" | "url" | "address"), str() | int() | float()):
            return str(value)
        case _ if kind not in KINDS:
            return value  # a type that Quo has made since: let Quo judge
        case _:
            raise Misunderstood(
                f"{in_quotes(name)} takes {KINDS[kind]}, not {in_quotes(str(value))}."
            )


KINDS = {
    "boolean": "true or false",
    "number": "a number",
    "multi-select": "a list of texts",
    "date": "a date such as 2026-03-31",
    "string": "a text",
    "url": "a link",
    "address": "a text",
}


def as_number(text: str) -> float | int | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return int(number) if number.is_integer() else number


def as_day(text: str) -> date | None:
    """The day of a date field; Quo keeps days as midnight in UTC."""
    try:
        return datetime.fromisoformat(text.strip()).date()
    except ValueError:
        return None
