"""Merges a change into a contact, and describes what changed. Pure functions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from quo_mcp.errors import InvalidArguments
from quo_mcp.records.contacts import Contact, CustomFieldValue, LabelledValue, parse_date_value
from quo_mcp.tools.contact_parsing import DEFAULT_LABEL, Json
from quo_mcp.tools.rendering import format_number
from quo_mcp.values import phone_numbers
from quo_mcp.values.untrusted import inline

MAX_LISTED = 10  # numbers or addresses of a contact in one refusal


@dataclass(frozen=True)
class ContactChange:
    """A requested change to a contact.

    text_fields: by Quo's field name; "" clears. add_*: {"name": label, "value": …}; remove_*: values.
    custom_fields: {"key": …, "value": …}; None clears. region: the country of numbers without "+".
    custom_keys: keys by field name, for values that Quo returned without a key.
    """

    text_fields: Mapping[str, str] = field(default_factory=dict)
    add_phones: Sequence[Json] = ()
    remove_phones: Sequence[str] = ()
    add_emails: Sequence[Json] = ()
    remove_emails: Sequence[str] = ()
    custom_fields: Sequence[Json] = ()
    region: str | None = None
    custom_keys: Mapping[str, str] = field(default_factory=dict)


def patch_body(contact: Contact, change: ContactChange) -> Json:
    """Return a PATCH body that makes the change and repeats everything else.

    Raises:
        InvalidArguments: a value to remove is not in the contact, or a custom field would be lost.
    """
    fields = contact.default_fields
    texts = {
        "firstName": fields.first_name,
        "lastName": fields.last_name,
        "company": fields.company,
        "role": fields.role,
    } | {name: text.strip() or None for name, text in change.text_fields.items()}

    def normalize_phone(value: str) -> str:
        return phone_numbers.parse(value, change.region) or normalize_email(value)

    phones = merge_list(
        fields.phone_numbers,
        change.add_phones,
        change.remove_phones,
        "phone number",
        normalize_phone,
    )
    emails = merge_list(
        fields.emails, change.add_emails, change.remove_emails, "e-mail", normalize_email
    )
    return {
        "defaultFields": texts | {"phoneNumbers": phones, "emails": emails},
        "customFields": merge_custom_fields(contact, change),
    }


def merge_list(
    current: Iterable[LabelledValue],
    add: Iterable[Json],
    remove: Iterable[str],
    noun: str,
    normalize: Callable[[str], str],
) -> list[Json]:
    """Return the list after the change. Adding a value that exists gives it the new label.

    A value may exist twice, under two labels. noun: what the values are, for the error message.
    normalize: maps every spelling of a value to one key.

    Raises:
        InvalidArguments: a value to remove is not in the list.
    """
    items = [labelled_item(entry) for entry in current if entry.value]
    for value in remove:
        remaining = [item for item in items if normalize(item["value"]) != normalize(value)]
        if len(remaining) == len(items):
            existing = first_few(item["value"] for item in items)
            raise InvalidArguments(
                f"The contact has no {noun} {format_number(value)} to take off. It has: {existing}. Nothing was changed."
            )
        items = remaining
    for new in add:
        same = [item for item in items if normalize(item["value"]) == normalize(new["value"])]
        if not same:
            items.append(new)
        elif new["name"] not in {DEFAULT_LABEL, *(item["name"] for item in same)}:
            same[0]["name"] = new["name"]
    return items


def labelled_item(entry: LabelledValue) -> Json:
    """Return a phone number or an e-mail address as it goes into a request body."""
    item = {"id": entry.id, "name": entry.name or "", "value": entry.value}
    return {name: value for name, value in item.items() if value is not None}


def first_few(values: Iterable[str]) -> str:
    """Return the first values as text, so that the sentence around them stays short."""
    texts = [format_number(value) for value in values]
    more = [f"{len(texts) - MAX_LISTED} more"] if len(texts) > MAX_LISTED else []
    return ", ".join(texts[:MAX_LISTED] + more) or "none"


def normalize_email(value: str) -> str:
    """Return the address without regard to case and surrounding space."""
    return value.strip().casefold()


def merge_custom_fields(contact: Contact, change: ContactChange) -> list[Json]:
    """Return all custom fields after the change, each by its key, or by its id if it has no key.

    Raises:
        InvalidArguments: Quo returned a field with neither, so the PATCH would delete it.
    """
    items: dict[str, Json] = {}
    for item in contact.custom_fields:
        key = item.key or change.custom_keys.get(item.name or "")
        if not (key or item.id):
            raise InvalidArguments(
                f"Nothing was changed: Quo tells neither the key nor the id of this contact's {inline(item.name or 'custom field')}, "
                "so it would be lost. A person has to make the change in the Quo app."
            )
        identity = {"key": key} if key else {"id": item.id}
        items[key or item.id or ""] = {**identity, "value": item.value}
    for new in change.custom_fields:
        items[new["key"]] = new
    return list(items.values())


def describe_changes(before: Contact, after: Contact) -> list[str]:
    """Return one text for each field that changed, such as `Tags: residential, plan → vip`."""
    old, new = before.default_fields, after.default_fields
    fields: list[tuple[str, Any, Any]] = [
        ("First name", old.first_name, new.first_name),
        ("Last name", old.last_name, new.last_name),
        ("Company", old.company, new.company),
        ("Role", old.role, new.role),
        (
            "Phone numbers",
            labels_and_values(old.phone_numbers),
            labels_and_values(new.phone_numbers),
        ),
        ("E-mails", labels_and_values(old.emails), labels_and_values(new.emails)),
    ]
    old_custom, new_custom = (
        {item.key or item.id: item for item in contact.custom_fields} for contact in (before, after)
    )
    fields += [
        (
            item.name or item.key or "custom field",
            field_value(old_custom.get(key)),
            field_value(new_custom.get(key)),
        )
        for key, item in (old_custom | new_custom).items()
    ]
    return [
        f"{inline(name)}: {display_value(old_value)} → {display_value(new_value)}"
        for name, old_value, new_value in fields
        if not is_same(old_value, new_value)
    ]


def is_same(value: Any, other: Any) -> bool:
    """Return whether two values are equal; None, "" and [] all mean empty."""
    return bool((None if value in EMPTY else value) == (None if other in EMPTY else other))


def field_value(item: CustomFieldValue | None) -> Any:
    """Return a custom field's value; a date as a `date`."""
    if item and item.type == "date" and (day := parse_date_value(str(item.value))):
        return day
    return item.value if item else None


def find_mismatches(body: Json, after: Contact) -> list[str]:
    """Return one text for each field of `after` whose value is not the one in the PATCH body."""
    sent = body["defaultFields"]
    fields = after.default_fields
    pairs = [
        ("first name", sent["firstName"], fields.first_name),
        ("last name", sent["lastName"], fields.last_name),
        ("company", sent["company"], fields.company),
        ("role", sent["role"], fields.role),
        ("phone numbers", sent_values(sent["phoneNumbers"]), values(fields.phone_numbers)),
        ("e-mails", sent_values(sent["emails"]), values(fields.emails)),
    ]
    custom = {item.key or item.id: item.value for item in after.custom_fields}
    pairs += [
        ("a custom field", item["value"], custom.get(item.get("key") or item.get("id")))
        for item in body["customFields"]
    ]
    return [
        f"{name}: {display_value(actual)}, and {display_value(expected)} was sent"
        for name, expected, actual in pairs
        if not is_same(expected, actual)
    ]


EMPTY: tuple[Any, ...] = (None, "", [])


def sent_values(items: Iterable[Json]) -> list[str]:
    """Return the values of a request body, sorted because Quo may return them in another order."""
    return sorted(item["value"] for item in items)


def values(entries: Iterable[LabelledValue]) -> list[str]:
    """Return the values of a contact's numbers or addresses, sorted."""
    return sorted(entry.value for entry in entries if entry.value)


def labels_and_values(entries: Iterable[LabelledValue]) -> list[tuple[str, str]]:
    """Return (label, value) of a contact's numbers or addresses, sorted."""
    return sorted((entry.name or "", entry.value) for entry in entries if entry.value)


def display_value(value: Any) -> str:
    """Return a field's value as text that is safe to show."""
    match value:
        case None | "" | []:
            return "empty"
        case bool():
            return "yes" if value else "no"
        case date():
            return value.isoformat()
        case list():
            return ", ".join(map(display_value, value))
        case (str(label), str(text)):
            return f"{inline(label, max_words=3)} {format_number(text, 500)}".strip()
        case _:
            return format_number(str(value), 500)
