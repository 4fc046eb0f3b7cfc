"""Rendering of contacts and their fields."""

from quo_mcp.records.contacts import Contact, CustomFieldValue, parse_date_value
from quo_mcp.tools.rendering import Presenter, bare_url, block, heading, unreadable_note
from quo_mcp.values.person_names import full_name
from quo_mcp.values.phone_numbers import parse
from quo_mcp.values.untrusted import inline


def contact_name(contact: Contact) -> str:
    """Return the contact's full name, else its company, else "Unnamed contact"; safe to show."""
    fields = contact.default_fields
    name = full_name(fields.first_name, fields.last_name)
    return inline(name or fields.company or "Unnamed contact")


def render_contact(contact: Contact, presenter: Presenter, *, full: bool = False) -> str:
    """Return a contact as text. With `full`, add its source and its dates."""
    fields = contact.default_fields
    return block(
        heading(
            contact_name(contact),
            inline(fields.company) if fields.company else None,
            inline(fields.role) if fields.role else None,
            unreadable_note(contact),
            contact.id,
        ),
        *(
            heading(
                f"  {field_label(phone.name, 'phone')}: {presenter.number(phone.value)}",
                presenter.opt_out_label(parse(phone.value, None) or phone.value),
            )
            for phone in fields.phone_numbers
            if phone.value
        ),
        *(
            f"  {field_label(email.name, 'email')}: {inline(email.value, max_words=1)}"
            for email in fields.emails
            if email.value
        ),
        *(
            render_custom_field(item)
            for item in contact.custom_fields
            if item.value not in (None, "", [])
        ),
        f"  External id: {inline(contact.external_id, max_words=1)}"
        if contact.external_id
        else None,
        *(source_lines(contact, presenter) if full else ()),
    )


def field_label(name: str | None, default: str) -> str:
    """Return the label of a number, an address or a custom field, safe to show."""
    return inline(name or default, max_words=3)


def render_custom_field(item: CustomFieldValue) -> str:
    """Return one line for a custom field. Longer text is quoted."""
    value = item.value
    if isinstance(value, bool):
        text = "yes" if value else "no"
    elif item.type == "date" and (day := parse_date_value(str(value))):
        text = day.isoformat()
    elif isinstance(value, dict):
        text = inline(flatten_object(value), 500, max_words=4)
    elif isinstance(value, list):
        text = ", ".join(inline(flatten_object(option), max_words=3) for option in value)
    else:
        text = bare_url(str(value)) if item.type == "url" else inline(str(value), 500, max_words=4)
    return f"  {field_label(item.name or item.key, 'custom field')}: {text}"


def flatten_object(value: object) -> str:
    """Return the texts and numbers of a structured value, such as an address, joined by commas."""
    if isinstance(value, dict | list):
        parts = value.values() if isinstance(value, dict) else value
        return ", ".join(filter(None, map(flatten_object, parts)))
    return "" if value is None else str(value)


def source_lines(contact: Contact, presenter: Presenter) -> list[str]:
    """Return the contact's source and dates, one line each.

    Quo rejects changes to contacts that another system syncs, so the source matters to a reader.
    """
    lines = []
    if contact.source:
        lines.append(f"  Source: {inline(contact.source, max_words=3)}")
    if contact.source_url:
        lines.append(f"  Source link: {bare_url(contact.source_url)}")
    if contact.created_at:
        by = (
            f" by {presenter.teammate(contact.created_by_user_id)}"
            if contact.created_by_user_id
            else ""
        )
        lines.append(f"  Created {presenter.time(contact.created_at)}{by}")
    if contact.updated_at:
        lines.append(f"  Updated {presenter.time(contact.updated_at)}")
    return lines
