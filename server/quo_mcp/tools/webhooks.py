"""Webhooks: where Quo posts what happens. Off unless a person switches them on: they carry texts and calls elsewhere.

A webhook's key signs what Quo posts. Every reply holds it, so it is kept out of every text but the one
that asks for it when the webhook is made.
"""

import re
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from quo_mcp.errors import Misunderstood
from quo_mcp.records.base import One, Page
from quo_mcp.records.webhooks import Webhook
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import Quo
from quo_mcp.tools.fields import Inboxes, Teammate
from quo_mcp.tools.rendering import View, block, heading, listing, token
from quo_mcp.values.untrusted import inline

Event: TypeAlias = Literal[
    "message.received",
    "message.delivered",
    "call.ringing",
    "call.completed",
    "call.recording.completed",
    "call.summary.completed",
    "call.transcript.completed",
]
# Quo has an address for each of these, and a webhook is of one of them.
FAMILIES: dict[str, tuple[Event, ...]] = {
    "messages": ("message.received", "message.delivered"),
    "calls": ("call.ringing", "call.completed", "call.recording.completed"),
    "call-summaries": ("call.summary.completed",),
    "call-transcripts": ("call.transcript.completed",),
}


def https_url(text: str) -> str:
    """The URL, where Quo can post to it and nothing of it is secret by form.

    Raises:
        ValueError: it is not https, names no host, or holds a name and password.
    """
    parts = urlsplit(text)
    if parts.scheme != "https" or not parts.hostname or not re.fullmatch(r"[!-~]+", text):
        raise ValueError("must be an https:// URL of plain ASCII, with a host and without blanks")
    if "@" in parts.netloc:
        raise ValueError("must not hold a user name or password")
    return text


WebhookId = Annotated[str, Field(pattern="^WH[A-Za-z0-9]+$", description="WH…")]
Url = Annotated[str, AfterValidator(https_url), Field(max_length=2000, description="https://…")]


def webhook_block(webhook: Webhook, view: View) -> str:
    numbers = [view.inbox_name(each) for each in webhook.resource_ids if each != "*"]
    return block(
        heading(
            inline(webhook.label or "Unnamed"),
            inline(webhook.status) if webhook.status not in {"enabled", ""} else None,
            ", ".join(inline(each) for each in webhook.events),
            f"on {', '.join(numbers)}" if numbers else "on all numbers",
            f"of {view.teammate(webhook.user_id)}" if webhook.user_id else None,
            f"since {view.when(webhook.created_at)}" if webhook.created_at else None,
            webhook.id,
        ),
        f"  Posts to {token(webhook.url)}",
    )


class ListWebhooks(Tool[Page[Webhook]]):
    """List one user's webhooks (the owner's by default). Those made in the Quo app are not among them."""

    effect = Effect.READ

    user_id: Teammate = None

    async def run(self, quo: Quo) -> Page[Webhook]:
        return await quo.api.get(Page[Webhook], "webhooks", query={"userId": self.user_id})

    def render(self, result: Page[Webhook], view: View) -> str:
        whose = view.teammate(self.user_id) if self.user_id else "the account's owner"
        return listing(
            result,
            lambda each: webhook_block(each, view),
            title=f"Webhooks of {whose}:",
            empty=f"No webhooks of {whose}. Other users may have some: name one as user_id.",
        )


class GetWebhook(Tool[One[Webhook]]):
    """Show one webhook, without its key."""

    effect = Effect.READ

    webhook_id: WebhookId

    async def run(self, quo: Quo) -> One[Webhook]:
        return await quo.api.get(One[Webhook], "webhooks", self.webhook_id)

    def render(self, result: One[Webhook], view: View) -> str:
        return webhook_block(result.data, view)


class CreateWebhook(Tool[One[Webhook]]):
    """Have Quo post events to a URL from now on, with what was written or said. It cannot be changed, only deleted."""

    effect = Effect.CREATE

    url: Url
    events: Annotated[list[Event], Field(min_length=1, description="Of one family")]
    inboxes: Inboxes = None
    label: Annotated[str | None, Field(description="A name for it")] = None
    enabled: Annotated[bool, Field(description="false: make it switched off")] = True
    user_id: Teammate = None
    show_key: Annotated[bool, Field(description="Show the signing key, a secret, once")] = False

    async def question(self, _quo: Quo, view: View) -> str:
        family(self.events)  # nobody is asked about what cannot be made
        where = (
            ", ".join(view.inbox(each) for each in self.inboxes) if self.inboxes else "all numbers"
        )
        shown = " Its signing key will be shown to the agent." if self.show_key else ""
        return (
            f"Have Quo post {', '.join(self.events)} of {where} to this address from now on? "
            f"Whoever runs it gets what is written or said.{shown}\n\n{self.url}"
        )

    async def run(self, quo: Quo) -> One[Webhook]:
        body = {
            "url": self.url,
            "events": list(dict.fromkeys(self.events)),
            "resourceIds": self.inboxes or ["*"],
            "label": self.label,
            "status": "enabled" if self.enabled else "disabled",
            "userId": self.user_id,
        }
        body = {name: value for name, value in body.items() if value is not None}
        return await quo.api.post(One[Webhook], "webhooks", family(self.events), body=body)

    def render(self, result: One[Webhook], view: View) -> str:
        key = result.data.key
        return block(
            "Made:",
            webhook_block(result.data, view),
            f"Its signing key, which is a secret: {token(key.get_secret_value())}"
            if self.show_key and key
            else "Quo sent no signing key."
            if self.show_key
            else "Its signing key is not shown. To get one that is: delete this, make it anew with show_key.",
        )


class DeleteWebhook(Tool[Webhook]):
    """Delete a webhook: Quo posts nothing to its URL any more."""

    effect = Effect.DELETE

    webhook_id: WebhookId

    async def question(self, quo: Quo, view: View) -> str:
        found = await quo.api.get(One[Webhook], "webhooks", self.webhook_id)
        return f"Delete this webhook for good?\n\n{webhook_block(found.data, view)}"

    async def run(self, quo: Quo) -> Webhook:
        found = await quo.api.get(One[Webhook], "webhooks", self.webhook_id)
        await quo.api.delete("webhooks", self.webhook_id)
        return found.data

    def render(self, result: Webhook, view: View) -> str:
        return block(
            "Deleted. This is what was there; made again, it would have another key:",
            webhook_block(result, view),
        )


def family(events: list[Event]) -> str:
    """The family that all of these events are of.

    Raises:
        Misunderstood: they are of several.
    """
    found = [name for name, members in FAMILIES.items() if set(members) & set(events)]
    if len(found) == 1:
        return found[0]
    apart = "; ".join(
        ", ".join(each for each in members if each in events)
        for name, members in FAMILIES.items()
        if name in found
    )
    raise Misunderstood(
        f"One webhook takes events of one family, and these are of {len(found)}. "
        f"Make one webhook for each: {apart}. Nothing was made."
    )
