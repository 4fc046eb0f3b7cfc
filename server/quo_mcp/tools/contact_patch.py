"""Merges a change into a contact, and describes what changed. Pure functions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from quo_mcp.errors import InvalidArguments
from quo_mcp.records.contacts import Contact, CustomFieldValue, LabelledValue, parse_date_value
from quo_mcp.tools.contact_parsing import DEFAULT_LABEL, Json, split_label
from quo_mcp.tools.rendering import list_first
from quo_mcp.values import phone_numbers
from quo_mcp.values.untrusted import inline, inline_number

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
        InvalidArguments: a value to remove is not in the contact, or a value would be lost.
    """
    check_readable(contact)
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
        fields.emails, change.add_emails, change.remove_emails, "email address", normalize_email
    )
    return {
        "defaultFields": texts | {"phoneNumbers": phones, "emails": emails},
        "customFields": merge_custom_fields(contact, change),
    }


def check_readable(contact: Contact) -> None:
    """Check that every field which the update writes back was read.

    Raises:
        InvalidArguments: a field has an unexpected structure, so the update would delete its value.
    """
    lost = [
        name for name in contact.unreadable if name.startswith(("defaultFields", "customFields"))
    ]
    if lost:
        raise InvalidArguments(
            f"Not changed: Quo returned {', '.join(lost)} of this contact in an unexpected form, so this update would delete "
            "values there. A person must make the change in the Quo app."
        )


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
        matches = find_entries(items, value, normalize)
        if not matches:
            texts = [inline_number(item["value"]) for item in items]
            existing = list_first(texts, MAX_LISTED) or "none"
            raise InvalidArguments(
                f"Not changed: the contact does not have the {noun} {inline_number(value)}. It has: {existing}."
            )
        items = [item for item in items if item not in matches]
    for new in add:
        same = [item for item in items if normalize(item["value"]) == normalize(new["value"])]
        if not same:
            items.append(new)
        elif new["name"] not in {DEFAULT_LABEL, *(item["name"] for item in same)}:
            same[0]["name"] = new["name"]
    return items


def find_entries(items: Sequence[Json], text: str, normalize: Callable[[str], str]) -> list[Json]:
    """Return the entries that a text means: a value, or a value after its label (`work: +1 510 555 0191`).

    With a label, only the entries with that label are meant.
    """
    if matches := [item for item in items if normalize(item["value"]) == normalize(text)]:
        return matches
    label, value = split_label(text)
    return [
        item
        for item in items
        if normalize(item["value"]) == normalize(value)
        and label.casefold() in shown_labels(item["name"])
    ]


def shown_labels(name: str) -> set[str]:
    """Return the ways in which results show a label, case-folded. An entry without one has its kind instead."""
    if not name.strip():
        return {"phone", "email"}
    return {name.strip().casefold(), inline(name, max_words=3).casefold()}


def labelled_item(entry: LabelledValue) -> Json:
    """Return a phone number or an email address as it goes into a request body."""
    item = {"id": entry.id, "name": entry.name or "", "value": entry.value}
    return {name: value for name, value in item.items() if value is not None}


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
            name = f"custom field {inline(item.name)}" if item.name else "a custom field"
            raise InvalidArguments(
                f"Not changed: Quo returned {name} without a key or an id, so this update would delete its value. "
                "A person must make the change in the Quo app."
            )
        identity = {"key": key} if key else {"id": item.id}
        items[key or item.id or ""] = {**identity, "value": item.value}
    for new in change.custom_fields:
        items[new["key"]] = new
    return list(items.values())


def describe_changes(before: Contact, after: Contact) -> list[str]:
    """Return one text for each field that changed, such as `Tags: residential, plan → vip`."""
    old, new = (
        field_values(contact, labels_and_values, custom_value) for contact in (before, after)
    )
    absent = ("", None)
    return [
        f"{inline(name)}: {display_value(old_value)} → {display_value(new_value)}"
        for key, (name, _) in (old | new).items()
        for old_value, new_value in [(old.get(key, absent)[1], new.get(key, absent)[1])]
        if not is_same(old_value, new_value)
    ]


def find_mismatches(body: Json, after: Contact) -> list[str]:
    """Return `Role as empty instead of Owner` for each field of `after` that differs from the PATCH body."""
    sent = Contact.model_validate({**body, "id": after.id})
    expected, actual = (
        field_values(contact, values, lambda item: item.value) for contact in (sent, after)
    )
    return [
        f"{inline(name)} as {display_value(actual_value)} instead of {display_value(value)}"
        for key, (sent_name, value) in expected.items()
        for name, actual_value in [actual.get(key, (sent_name, None))]
        if not is_same(value, actual_value)
    ]


def field_values(
    contact: Contact,
    list_entries: Callable[[Iterable[LabelledValue]], Sequence[Any]],
    read_custom: Callable[[CustomFieldValue], Any],
) -> dict[str, tuple[str, Any]]:
    """Return the name and the value of each field, by Quo's key.

    list_entries: turns numbers or addresses into a list to compare. read_custom: returns the value of a
    custom field.
    """
    fields = contact.default_fields
    return {
        "firstName": ("First name", fields.first_name),
        "lastName": ("Last name", fields.last_name),
        "company": ("Company", fields.company),
        "role": ("Role", fields.role),
        "phoneNumbers": ("Phone numbers", list_entries(fields.phone_numbers)),
        "emails": ("Email addresses", list_entries(fields.emails)),
    } | {
        f"custom {item.key or item.id}": (
            item.name or item.key or "Custom field",
            read_custom(item),
        )
        for item in contact.custom_fields
    }


def is_same(value: Any, other: Any) -> bool:
    """Return whether two values are equal; None, "" and [] all mean empty."""
    return bool((None if value in EMPTY else value) == (None if other in EMPTY else other))


def custom_value(item: CustomFieldValue) -> Any:
    """Return a custom field's value; a date as a `date`."""
    if item.type == "date" and (day := parse_date_value(str(item.value))):
        return day
    return item.value


EMPTY: tuple[Any, ...] = (None, "", [])


def values(entries: Iterable[LabelledValue]) -> list[str]:
    """Return the values of numbers or addresses, sorted because Quo may return them in another order."""
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
            return f"{inline(label, max_words=3)} {inline_number(text, 500)}".strip()
        case _:
            return inline_number(str(value), 500)
