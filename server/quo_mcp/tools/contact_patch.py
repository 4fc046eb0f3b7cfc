"""What a contact becomes when a change is merged into it. Pure: nothing is asked or sent here."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from quo_mcp.errors import Misunderstood
from quo_mcp.records.contacts import Contact, CustomItem, LabelledValue
from quo_mcp.tools.contact_parsing import DEFAULT_LABEL, Json, as_day
from quo_mcp.tools.rendering import dialled
from quo_mcp.values import phone_numbers
from quo_mcp.values.untrusted import inline

NAMED = 10  # numbers or addresses of a contact that a refusal names


@dataclass(frozen=True)
class Change:
    """What a call asks for.

    texts: by Quo's name of the field; "" clears. add_*: {"name": label, "value": …}, remove_*: values.
    custom: {"key": …, "value": …}; a value of None clears. region: how numbers without "+" are read.
    keys: of custom fields by name, for items that Quo gave no key of.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    add_phones: Sequence[Json] = ()
    remove_phones: Sequence[str] = ()
    add_emails: Sequence[Json] = ()
    remove_emails: Sequence[str] = ()
    custom: Sequence[Json] = ()
    region: str | None = None
    keys: Mapping[str, str] = field(default_factory=dict)


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

    def number(value: str) -> str:
        return phone_numbers.parse(value, change.region) or folded(value)

    phones = joined(
        now.phone_numbers, change.add_phones, change.remove_phones, "phone number", number
    )
    emails = joined(now.emails, change.add_emails, change.remove_emails, "e-mail", folded)
    fields = texts | {"phoneNumbers": phones, "emails": emails}
    return {
        "defaultFields": fields,
        "customFields": custom_after(contact, change),
    }


def joined(
    now: Iterable[LabelledValue],
    add: Iterable[Json],
    remove: Iterable[str],
    what: str,
    same: Callable[[str], str],
) -> list[Json]:
    """The list after the change. Adding a value that is there gives it the new label.

    same: what two spellings of one value have in common. A value may be there twice, under two labels.
    """
    have = [item_of(each) for each in now if each.value]
    for value in remove:
        kept = [item for item in have if same(item["value"]) != same(value)]
        if len(kept) == len(have):
            there = few(item["value"] for item in have)
            raise Misunderstood(
                f"The contact has no {what} {dialled(value)} to take off. It has: {there}. Nothing was changed."
            )
        have = kept
    for item in add:
        twins = [held for held in have if same(held["value"]) == same(item["value"])]
        if not twins:
            have.append(item)
        elif item["name"] not in {DEFAULT_LABEL, *(twin["name"] for twin in twins)}:
            twins[0]["name"] = item["name"]
    return have


def item_of(each: LabelledValue) -> Json:
    item = {"id": each.id, "name": each.name or "", "value": each.value}
    return {name: value for name, value in item.items() if value is not None}


def few(held: Iterable[str]) -> str:
    """The first of them, for a sentence that has to stay one."""
    there = [dialled(each) for each in held]
    more = [f"{len(there) - NAMED} more"] if len(there) > NAMED else []
    return ", ".join(there[:NAMED] + more) or "none"


def as_said(value: str) -> str:
    return dialled(value, 500)


def folded(value: str) -> str:
    """An address, whatever its case and the space around it."""
    return value.strip().casefold()


def custom_after(contact: Contact, change: Change) -> list[Json]:
    """All custom items after the change, each by its key (or its id, where Quo gave no key).

    Raises:
        Misunderstood: there is one that Quo gives neither of, and it would be lost.
    """
    have: dict[str, Json] = {}
    for item in contact.custom_fields:
        key = item.key or change.keys.get(item.name or "")
        if not (key or item.id):
            raise Misunderstood(
                f"Nothing was changed: Quo tells neither the key nor the id of this contact's {inline(item.name or 'custom field')}, "
                "so it would be lost. A person has to make the change in the Quo app."
            )
        by = {"key": key} if key else {"id": item.id}
        have[key or item.id or ""] = {**by, "value": item.value}
    for each in change.custom:
        have[each["key"]] = each
    return list(have.values())


def changes(before: Contact, after: Contact) -> list[str]:
    """What is other than it was, each as `Tags: residential, plan → vip`."""
    was, now = before.default_fields, after.default_fields
    pairs: list[tuple[str, Any, Any]] = [
        ("First name", was.first_name, now.first_name),
        ("Last name", was.last_name, now.last_name),
        ("Company", was.company, now.company),
        ("Role", was.role, now.role),
        ("Phone numbers", with_labels(was.phone_numbers), with_labels(now.phone_numbers)),
        ("E-mails", with_labels(was.emails), with_labels(now.emails)),
    ]
    old, new = (
        {item.key or item.id: item for item in each.custom_fields} for each in (before, after)
    )
    pairs += [
        (item.name or item.key or "custom field", told(old.get(key)), told(new.get(key)))
        for key, item in (old | new).items()
    ]
    return [
        f"{inline(what)}: {shown(one)} → {shown(other)}"
        for what, one, other in pairs
        if (None if one in EMPTY else one) != (None if other in EMPTY else other)
    ]


def told(item: CustomItem | None) -> Any:
    """What a custom field holds; a date as its day."""
    if item and item.type == "date" and (day := as_day(str(item.value))):
        return day
    return item.value if item else None


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


def held(items: Iterable[LabelledValue]) -> list[str]:
    return sorted(each.value for each in items if each.value)


def with_labels(items: Iterable[LabelledValue]) -> list[tuple[str, str]]:
    return sorted((each.name or "", each.value) for each in items if each.value)


def shown(value: Any) -> str:
    match value:
        case None | "" | []:
            return "empty"
        case bool():
            return "yes" if value else "no"
        case date():
            return value.isoformat()
        case list():
            return ", ".join(map(shown, value))
        case (str(label), str(held)):
            return f"{inline(label, words=3)} {as_said(held)}".strip()
        case _:
            return as_said(str(value))
