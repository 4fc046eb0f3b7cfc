"""What a contact becomes when a change is merged into it. Pure: nothing is asked or sent here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeAlias

from quo_mcp import numbers
from quo_mcp.errors import Misunderstood
from quo_mcp.outside import inline
from quo_mcp.records import Contact, Labelled

Json: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """What a call asks for.

    texts: by Quo's name of the field; "" clears. add_*: {"name": label, "value": …}, remove_*: values.
    custom: {"key": …, "value": …}; a value of None clears.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    add_phones: Sequence[Json] = ()
    remove_phones: Sequence[str] = ()
    add_emails: Sequence[Json] = ()
    remove_emails: Sequence[str] = ()
    custom: Sequence[Json] = ()


def merged(contact: Contact, change: Change) -> Json:
    """The body of a PATCH that makes the change and keeps the rest.

    Raises:
        Misunderstood: something is to be taken off that is not there.
    """
    now = contact.default_fields
    texts = {
        "firstName": now.first_name,
        "lastName": now.last_name,
        "company": now.company,
        "role": now.role,
    } | {name: text.strip() or None for name, text in change.texts.items()}
    phones = joined(now.phone_numbers, change.add_phones, change.remove_phones, "phone number")
    emails = joined(now.emails, change.add_emails, change.remove_emails, "e-mail")
    fields = texts | {"phoneNumbers": phones, "emails": emails}
    return {
        "defaultFields": fields,
        "customFields": custom_after(contact, change.custom),
    }


def joined(
    now: Iterable[Labelled], add: Iterable[Json], remove: Iterable[str], what: str
) -> list[Json]:
    """The list after the change. Adding a value that is there gives it the new label."""
    have = {each.value: item_of(each) for each in now if each.value}
    for value in remove:
        kept = {held: item for held, item in have.items() if not same(held, value)}
        if len(kept) == len(have):
            there = ", ".join(map(as_said, have)) or "none"
            raise Misunderstood(
                f"The contact has no {what} {as_said(value)} to take off. It has: {there}. Nothing was changed."
            )
        have = kept
    for item in add:
        twin = next((held for held in have if same(held, item["value"])), None)
        if twin is None:
            have[item["value"]] = item
        elif item["name"] != DEFAULT_LABEL:
            have[twin] = have[twin] | {"name": item["name"]}
    return list(have.values())


def as_said(value: str) -> str:
    return numbers.pretty(value) if numbers.is_e164(value) else inline(value)


DEFAULT_LABEL = "main"


def item_of(each: Labelled) -> Json:
    item = {"id": each.id, "name": each.name or "", "value": each.value}
    return {name: value for name, value in item.items() if value is not None}


def same(one: str, other: str) -> bool:
    """The same number or address, whatever its spacing and case."""
    return one.strip().casefold() == other.strip().casefold()


def custom_after(contact: Contact, custom: Iterable[Json]) -> list[Json]:
    """All custom items after the change, each by its key (or its id, where Quo gave no key)."""
    have: dict[str, Json] = {}
    for item in contact.custom_fields:
        by = {"key": item.key} if item.key else {"id": item.id}
        have[item.key or item.id or ""] = {**by, "value": item.value}
    for change in custom:
        have[change["key"]] = change
    return list(have.values())


def differences(body: Json, after: Contact) -> list[str]:
    """What of a contact is not as the body said, in words."""
    sent = body["defaultFields"]
    now = after.default_fields
    pairs = [
        ("first name", sent["firstName"], now.first_name),
        ("last name", sent["lastName"], now.last_name),
        ("company", sent["company"], now.company),
        ("role", sent["role"], now.role),
        ("phone numbers", values(sent["phoneNumbers"]), held(now.phone_numbers)),
        ("e-mails", values(sent["emails"]), held(now.emails)),
    ]
    custom = {item.key or item.id: item.value for item in after.custom_fields}
    pairs += [
        ("a custom field", item["value"], custom.get(item.get("key") or item.get("id")))
        for item in body["customFields"]
    ]
    return [
        f"{what}: {shown(found)}, and {shown(wanted)} was sent"
        for what, wanted, found in pairs
        if (None if wanted in EMPTY else wanted) != (None if found in EMPTY else found)
    ]


EMPTY: tuple[Any, ...] = (None, "", [])


def values(items: Iterable[Json]) -> list[str]:
    """In an order of our own: Quo's may be another one."""
    return sorted(item["value"] for item in items)


def held(items: Iterable[Labelled]) -> list[str]:
    return sorted(each.value for each in items if each.value)


def shown(value: Any) -> str:
    if value in EMPTY:
        return "empty"
    return ", ".join(as_said(str(each)) for each in (value if isinstance(value, list) else [value]))


def labelled(text: str) -> tuple[str, str]:
    """`mobile: +1…` as its label and value; the usual label where none is given."""
    label, colon, value = text.rpartition(":")
    return (
        (label.strip() or DEFAULT_LABEL, value.strip()) if colon else (DEFAULT_LABEL, text.strip())
    )


def phones_in(given: Iterable[str] | None, region: str | None) -> list[Json]:
    """Phone items from `mobile: (415) 555-0134` and the like.

    Raises:
        Misunderstood: naming what does not read as a phone number.
    """
    return [
        {"name": label, "value": phone(value, region)}
        for label, value in map(labelled, given or ())
    ]


def phone(value: str, region: str | None) -> str:
    number = numbers.parse(value, region)
    if number is None:
        raise Misunderstood(
            f"“{inline(value)}” does not read as a phone number. Write it with its country code, as +14155550134; a label may "
            "stand before it, as mobile: +14155550134."
        )
    return number


def emails_in(given: Iterable[str] | None) -> list[Json]:
    """E-mail items from `work: jane@example.com` and the like. Raises Misunderstood likewise."""
    items = [{"name": label, "value": value} for label, value in map(labelled, given or ())]
    for item in items:
        before, at, after = item["value"].partition("@")
        if not (before and at and "." in after) or " " in item["value"]:
            raise Misunderstood(f"“{inline(item['value'])}” does not read as an e-mail address.")
    return items


def custom_values(given: Mapping[str, Any], defined: Mapping[str, tuple[str, str]]) -> list[Json]:
    """Values for custom fields, each of the type that its field has.

    defined: name → (key, type).

    Raises:
        Misunderstood: naming an unknown field with those there are, or a value of another type.
    """
    names = {name.casefold(): name for name in defined} | {
        key: name for name, (key, _) in defined.items()
    }
    items = []
    for asked, value in given.items():
        name = names.get(asked) or names.get(asked.strip().casefold())
        if name is None:
            there = (
                ", ".join(inline(each) for each in defined) or "none; they are made in the Quo app"
            )
            raise Misunderstood(f"There is no custom field “{inline(asked)}”. There are: {there}.")
        key, kind = defined[name]
        items.append(
            {"key": key, "value": None if value in (None, "") else typed(value, kind, name)}
        )
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
                f"“{inline(name)}” takes {KINDS[kind]}, not “{inline(str(value))}”."
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
    try:
        return datetime.fromisoformat(text.strip()).date()
    except ValueError:
        return None
