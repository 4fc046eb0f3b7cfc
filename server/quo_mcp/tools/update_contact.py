"""Changing and deleting contacts.

Quo's PATCH deletes every phone, e-mail and custom field that its body leaves out. So a change here
reads the contact, merges what was asked into all that is there, and sends the whole.
"""

from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import Field

from quo_mcp.errors import Misunderstood
from quo_mcp.records.base import One
from quo_mcp.records.contacts import Contact
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.contact_fields import (
    Company,
    CustomValues,
    Emails,
    FirstName,
    LastName,
    Phones,
    Role,
    custom_items,
    defined,
    unsure,
)
from quo_mcp.tools.contact_parsing import Wrong, emails_in, phones_in
from quo_mcp.tools.contact_patch import Change, changes, differences, merged
from quo_mcp.tools.contacts import contact_block, contact_name
from quo_mcp.tools.context import Quo
from quo_mcp.tools.fields import OneContact
from quo_mcp.tools.rendering import View, block


@dataclass(frozen=True)
class Changed:
    """before: as it was read right before. meanwhile: what differs from what was sent, or others did."""

    before: Contact
    contact: Contact
    meanwhile: tuple[str, ...] = ()


class UpdateContact(Tool[Changed]):
    """Change a contact. What you leave out stays; '' clears a text, null a custom field."""

    effect = Effect.UPDATE

    contact_id: OneContact
    first_name: FirstName = None
    last_name: LastName = None
    company: Company = None
    role: Role = None
    add_phone_numbers: Phones = None
    remove_phone_numbers: Annotated[list[str] | None, Field(description="Numbers")] = None
    add_emails: Emails = None
    remove_emails: Annotated[list[str] | None, Field(description="Addresses")] = None
    custom_fields: CustomValues = None

    async def run(self, quo: Quo) -> Changed:
        if not self.model_fields_set - {"contact_id"}:
            raise Misunderstood("Nothing to change: name at least one thing to set, add or remove.")
        change = await self._change(quo)
        meanwhile: list[str] = []
        seen = await read(quo, self.contact_id)
        if any(item.key is None for item in seen.custom_fields):
            change = replace(change, keys={each.name: each.key for each in await defined(quo)})
        body = merged(seen, change)
        # Read again right before writing: what others changed since is merged in, not overwritten.
        now = await read(quo, self.contact_id)
        if now != seen:
            meanwhile.append(
                "Somebody else changed this contact at the same moment; their change was kept."
            )
            body = merged(now, change)
        with unsure(quo):
            after = (await quo.api.patch(One[Contact], "contacts", self.contact_id, body=body)).data
        quo.directory.put(after)
        meanwhile += [f"Not as it was sent: {each}." for each in differences(body, after)]
        return Changed(now, after, tuple(meanwhile))

    async def _change(self, quo: Quo) -> Change:
        region = await quo.directory.region()
        texts = {
            "firstName": self.first_name,
            "lastName": self.last_name,
            "company": self.company,
            "role": self.role,
        }
        wrong = Wrong()
        change = Change(
            texts={name: text for name, text in texts.items() if text is not None},
            add_phones=phones_in(self.add_phone_numbers, region, wrong),
            remove_phones=self.remove_phone_numbers or (),
            add_emails=emails_in(self.add_emails, wrong),
            remove_emails=self.remove_emails or (),
            custom=await custom_items(quo, self.custom_fields, wrong),
            region=region,
        )
        wrong.refuse("Nothing was changed.")
        return change

    def render(self, result: Changed, view: View) -> str:
        what = "; ".join(changes(result.before, result.contact))
        return block(
            f"Changed: {what}." if what else "Nothing changed: it was so already.",
            "The contact is now:",
            contact_block(result.contact, view),
            *result.meanwhile,
        )


class DeleteContact(Tool[Contact]):
    """Delete a contact for good; texts and calls stay."""

    effect = Effect.DELETE

    contact_id: OneContact

    async def question(self, quo: Quo, view: View) -> str:
        contact = await read(quo, self.contact_id)
        return f"Delete this contact for good?\n\n{contact_block(contact, view)}"

    async def run(self, quo: Quo) -> Contact:
        contact = await read(quo, self.contact_id)
        with unsure(quo):
            await quo.api.delete("contacts", self.contact_id)
        quo.directory.drop(self.contact_id)
        return contact

    def render(self, result: Contact, view: View) -> str:
        return block(
            f"Deleted {contact_name(result)}. This is what was there, should it have to be made again:",
            contact_block(result, view, whole=True),
        )


async def read(quo: Quo, contact_id: str) -> Contact:
    return (await quo.api.get(One[Contact], "contacts", contact_id)).data
