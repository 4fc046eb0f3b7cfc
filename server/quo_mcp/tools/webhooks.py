"""Tools for webhooks: list, get, create, delete.

They are disabled by default because a webhook sends texts and calls to another server.
A webhook's key signs the requests that Quo posts. Quo returns it with every webhook, so only
quo_create_webhook shows it, and only with `show_key`.
"""

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from quo_mcp.errors import InvalidArguments
from quo_mcp.records.record import Envelope, Page
from quo_mcp.records.webhooks import Webhook
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.fields import InboxRefs, TeammateRef, printed_id
from quo_mcp.tools.rendering import (
    Presenter,
    bare_token,
    block,
    heading,
    render_page,
    unreadable_note,
)
from quo_mcp.values.untrusted import inline

WebhookEvent: TypeAlias = Literal[
    "message.received",
    "message.delivered",
    "call.ringing",
    "call.completed",
    "call.recording.completed",
    "call.summary.completed",
    "call.transcript.completed",
]
# Quo has one endpoint for each family, and the events of a webhook belong to one family.
URL = re.compile(r"https?://[!-~]+", re.IGNORECASE)
_CLOSING = r"[\"'`*>)\].,;:]*"
_URL_AT_END = re.compile(rf"(?P<url>https://[^\s\"'`*<>()\[\]]+){_CLOSING}[ \t]*$", re.MULTILINE)
EVENT_FAMILIES: dict[str, tuple[WebhookEvent, ...]] = {
    "messages": ("message.received", "message.delivered"),
    "calls": ("call.ringing", "call.completed", "call.recording.completed"),
    "call-summaries": ("call.summary.completed",),
    "call-transcripts": ("call.transcript.completed",),
}


def read_url(value: object) -> object:
    """Return the one https URL that ends a line of a text; other values unchanged.

    If words follow the URL on its line, they may be a part of it, and Quo would post to another URL.
    """
    if not isinstance(value, str) or URL.fullmatch(value):
        return value
    urls = dict.fromkeys(match["url"].rstrip(".,;:") for match in _URL_AT_END.finditer(value))
    is_only_one = len(urls) == 1 and value.count("https://") == 1
    return next(iter(urls)) if is_only_one else value


def validate_https_url(text: str) -> str:
    """Return the URL if Quo can post to it.

    Raises:
        ValueError: the URL is not https, has no host, or has a user name or password.
    """
    parts = urlsplit(text)
    if parts.scheme != "https" or not parts.hostname or not re.fullmatch(r"[!-~]+", text):
        raise ValueError("must be an https:// URL with a host, in ASCII and without spaces")
    if "@" in parts.netloc:
        raise ValueError("must not contain a user name or password")
    return text


WEBHOOK_ID = "^WH[A-Za-z0-9]+$"
WebhookId = Annotated[
    str,
    Field(pattern=WEBHOOK_ID, description="Webhook id (WH…), from quo_list_webhooks."),
    printed_id(WEBHOOK_ID),
]
WebhookUrl = Annotated[
    str,
    BeforeValidator(read_url),
    AfterValidator(validate_https_url),
    Field(
        max_length=2000,
        description="URL that Quo posts to, beginning with https://. At most 2,000 characters.",
    ),
]


def render_webhook(webhook: Webhook, presenter: Presenter) -> str:
    """Return a webhook as text, without its key."""
    inboxes = [
        presenter.inbox_name(resource) for resource in webhook.resource_ids if resource != "*"
    ]
    return block(
        heading(
            inline(webhook.label or "Unnamed"),
            inline(webhook.status) if webhook.status not in {"enabled", ""} else None,
            ", ".join(inline(event) for event in webhook.events),
            f"on {', '.join(inboxes)}" if inboxes else "on all inboxes",
            f"owner: {presenter.teammate(webhook.user_id)}" if webhook.user_id else None,
            f"created {presenter.time(webhook.created_at)}" if webhook.created_at else None,
            unreadable_note(webhook),
            webhook.id,
        ),
        f"  Posts to {bare_token(webhook.url)}",
    )


class ListWebhooks(Tool[Page[Webhook]]):
    """List the webhooks of one teammate: their events, inboxes, URL and id.

    Webhooks created in the Quo app are not included. For one by its id, call quo_get_webhook.
    """

    effect = Effect.READ
    old_names: ClassVar[Mapping[str, str]] = {"user_id": "owner"}

    owner: Annotated[
        TeammateRef,
        Field(
            description="Teammate whose webhooks to list: name, email address or id. Default: the account's owner."
        ),
    ] = None

    async def run(self, context: ToolContext) -> Page[Webhook]:
        return await context.account.api.get(
            Page[Webhook], "webhooks", query={"userId": self.owner}
        )

    def render(self, result: Page[Webhook], presenter: Presenter) -> str:
        owner = presenter.teammate(self.owner) if self.owner else "the account's owner"
        return render_page(
            result,
            lambda webhook: render_webhook(webhook, presenter),
            title=f"Webhooks of {owner}:",
            empty_text=f"No webhooks found for {owner}. To list another teammate's webhooks, specify owner.",
        )


class GetWebhook(Tool[Envelope[Webhook]]):
    """Show one webhook: its events, inboxes, URL and status, without the signing key.

    To find its id, call quo_list_webhooks.
    """

    effect = Effect.READ

    webhook_id: WebhookId

    async def run(self, context: ToolContext) -> Envelope[Webhook]:
        return await context.account.api.get(Envelope[Webhook], "webhooks", self.webhook_id)

    def render(self, result: Envelope[Webhook], presenter: Presenter) -> str:
        return block("Webhook:", render_webhook(result.data, presenter))


class CreateWebhook(Tool[Envelope[Webhook]]):
    """Have Quo POST events, including message and call content, to a URL.

    A webhook cannot be changed: delete it and create a new one. Returns the webhook with its id.
    """

    effect = Effect.CREATE
    old_names: ClassVar[Mapping[str, str]] = {"user_id": "owner"}

    url: WebhookUrl
    events: Annotated[
        list[Annotated[WebhookEvent, Field(description="Name of an event.")]],
        Field(
            min_length=1,
            description="Events to post, all of one family: message.*, call.* (ringing, completed, recording), call.summary.* or call.transcript.*.",
        ),
    ]
    inboxes: InboxRefs = None
    label: Annotated[str | None, Field(description="Name of the webhook.")] = None
    enabled: Annotated[bool, Field(description="false: create it disabled. Default: enabled.")] = (
        True
    )
    owner: Annotated[
        TeammateRef,
        Field(
            description="Owner of the webhook: a teammate's name, email address or id. Default: the account's owner."
        ),
    ] = None
    show_key: Annotated[
        bool, Field(description="true: show the signing key, a secret, in the result.")
    ] = False

    async def approval_prompt(self, _context: ToolContext, presenter: Presenter) -> str:
        family_of(self.events)  # raises before the person is asked about an invalid webhook
        inboxes = (
            ", ".join(presenter.inbox(inbox) for inbox in self.inboxes)
            if self.inboxes
            else "all inboxes"
        )
        key_note = " The agent will see its signing key." if self.show_key else ""
        return (
            f"Create this webhook? Quo will post these events from {inboxes} to the URL below: {', '.join(self.events)}. "
            f"The operator of that server can read their content.{key_note}\n\n{self.url}"
        )

    async def run(self, context: ToolContext) -> Envelope[Webhook]:
        body = {
            "url": self.url,
            "events": list(dict.fromkeys(self.events)),
            "resourceIds": self.inboxes or ["*"],
            "label": self.label,
            "status": "enabled" if self.enabled else "disabled",
            "userId": self.owner,
        }
        body = {name: value for name, value in body.items() if value is not None}
        return await context.account.api.post(
            Envelope[Webhook], "webhooks", family_of(self.events), body=body
        )

    def render(self, result: Envelope[Webhook], presenter: Presenter) -> str:
        key = result.data.key
        return block(
            "Webhook created:",
            render_webhook(result.data, presenter),
            f"Signing key (keep it secret): {bare_token(key.get_secret_value())}"
            if self.show_key and key
            else "Quo returned no signing key."
            if self.show_key
            else "Its signing key is not shown. To see one, delete this webhook and create a new one with show_key.",
        )


class DeleteWebhook(Tool[Webhook]):
    """Delete a webhook permanently: Quo stops posting to its URL.

    Returns the deleted webhook's content. A new one would have another signing key.
    """

    effect = Effect.DELETE

    webhook_id: WebhookId

    async def approval_prompt(self, context: ToolContext, presenter: Presenter) -> str:
        reply = await context.account.api.get(Envelope[Webhook], "webhooks", self.webhook_id)
        return f"Delete this webhook permanently?\n\n{render_webhook(reply.data, presenter)}"

    async def run(self, context: ToolContext) -> Webhook:
        reply = await context.account.api.get(Envelope[Webhook], "webhooks", self.webhook_id)
        await context.account.api.delete("webhooks", self.webhook_id)
        return reply.data

    def render(self, result: Webhook, presenter: Presenter) -> str:
        return block(
            "Webhook deleted. If you create it again, its signing key will be different. Previous content:",
            render_webhook(result, presenter),
        )


def family_of(events: list[WebhookEvent]) -> str:
    """Return the family that all of the events belong to.

    Raises:
        InvalidArguments: the events belong to several families.
    """
    families = [name for name, members in EVENT_FAMILIES.items() if set(members) & set(events)]
    if len(families) == 1:
        return families[0]
    groups = "; ".join(
        ", ".join(event for event in EVENT_FAMILIES[name] if event in events) for name in families
    )
    raise InvalidArguments(
        f"Not created: a webhook can have events of only one family, and these belong to {len(families)}. "
        f"Create one webhook for each group: {groups}."
    )
