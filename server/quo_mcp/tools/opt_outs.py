"""The tool that records an opt-out. No tool lifts one."""

from typing import Annotated

from pydantic import Field, field_validator

from quo_mcp.safety.opt_out_store import OptOut
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.fields import PersonRef
from quo_mcp.tools.rendering import Presenter
from quo_mcp.values.untrusted import clean, quote_inline


class AddOptOut(Tool[OptOut]):
    """Record that a person must not be texted. This server then blocks texts to them on every inbox.

    Use it when they ask for that, e.g. on a call. No tool can lift it: only a person can.
    """

    effect = Effect.CREATE

    person: PersonRef
    reason: Annotated[
        str,
        Field(
            min_length=1,
            max_length=200,
            description='The reason, in a few words, e.g. "asked on a call on Nov 25". At most 200 characters.',
        ),
    ]

    @field_validator("reason")
    @classmethod
    def _clean_reason(cls, reason: str) -> str:
        reason = clean(reason).text.strip()
        if not reason:
            raise ValueError("must contain visible characters")
        return reason

    async def run(self, context: ToolContext) -> OptOut:
        return await context.account.recipient_rules.add_opt_out(self.person, self.reason)

    def render(self, result: OptOut, presenter: Presenter) -> str:
        person = presenter.person(result.number)
        if result.source == "a person set it":
            return f"{person} is already on the do-not-text list, added by a person on {presenter.day(result.since)}."
        reason = f" (reason: {quote_inline(result.words)})" if result.words else ""
        return f"{person} is on the do-not-text list{reason}. Texts to them are blocked until a person lifts it."
