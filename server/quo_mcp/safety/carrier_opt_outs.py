"""A carrier's refusal of a text because its recipient opted out, remembered as an opt-out."""

import re
from collections.abc import Callable
from datetime import datetime

import anyio.to_thread

from quo_mcp.errors import AccessDenied, DatabaseUnavailable, GatewayError, RequestRejected
from quo_mcp.gateway import ApiClient
from quo_mcp.gateway.request import Query
from quo_mcp.gateway.transport import Reply
from quo_mcp.safety.opt_out_store import OptOut, OptOutStore

# The number of Twilio's error, and the words of several carriers. Quo documents neither.
CARRIER_OPT_OUT = re.compile(
    r"\bopted[\s_-]?out\b|\bunsubscribed\b|\b21610\b|\b(?:replied|texted|sent)\s+(?:with\s+)?[\"'\u201c\u2018]?stop\b"
    r"|\b(?:on|in)\b.{0,30}\b(?:opt[\s_-]?out|do[\s-]not[\s-](?:text|contact)|suppression)\s+list\b",
    re.IGNORECASE,
)
NOTE = "The carrier reports that the recipient opted out. This server remembers it and sends them no more texts."


class CarrierOptOuts(ApiClient):
    """Quo's API, with a look at each refused text.

    A group's text names no one, so its refusal is not remembered.

    quo_now: the time of Quo's clock, aware, because a later START counts by that clock.
    """

    def __init__(
        self, api: ApiClient, opt_outs: OptOutStore, *, quo_now: Callable[[], datetime]
    ) -> None:
        super().__init__(self._send_and_remember)
        self._send_unchecked = api.send
        self._opt_outs = opt_outs
        self._quo_now = quo_now

    async def _send_and_remember(
        self, method: str, segments: tuple[str, ...], query: Query | None, body: object
    ) -> Reply:
        try:
            return await self._send_unchecked(method, segments, query, body)
        except (RequestRejected, AccessDenied) as error:
            recipients = body.get("to") if isinstance(body, dict) else None
            if (method, segments) != ("POST", ("messages",)) or not isinstance(recipients, list):
                raise
            if len(recipients) != 1 or not is_carrier_opt_out(error):
                raise
            opt_out = OptOut(str(recipients[0]), self._quo_now(), str(error), "carrier")
            try:
                await anyio.to_thread.run_sync(self._opt_outs.add, opt_out)
            except DatabaseUnavailable:
                raise error from None
            raise error.with_notes([NOTE]) from None


def is_carrier_opt_out(error: GatewayError) -> bool:
    """Return whether Quo refused a text because its recipient opted out."""
    return error.source == "quo" and bool(CARRIER_OPT_OUT.search(str(error)))
