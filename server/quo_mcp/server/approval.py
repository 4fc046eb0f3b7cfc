"""Asking the person before a call that reaches someone or takes something away.

No argument of a tool counts as a person's consent: the question goes to the client, which puts it
to its user. The answer holds for exactly these arguments, for a few minutes, and once: clients may
repeat a request that carries an accepted answer, and a repeated yes must not send twice. Nor does
a yes count after a no to the same question.

On handshake revisions the server asks while the call waits. On 2026-07-28 a result carries the
question, and the client calls again with the answer and with our sealed state.
"""

import hashlib
import hmac
import json
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable
from typing import Any, Literal, TypeAlias

import anyio
import mcp_types as types
from mcp.server import ServerRequestContext
from mcp.shared.exceptions import MCPError, NoBackChannelError
from pydantic import ValidationError

from quo_mcp.errors import Forbidden
from quo_mcp.server.approval_prompt import Question
from quo_mcp.tools.base import Effect, Tool, name_of

Rule: TypeAlias = Literal["auto", "required", "never"]

GOOD_FOR = 600  # seconds that an answer may take
MODERN = "2026-07-28"
ASKED = "approval"
DONE = {
    Effect.READ: "read",
    Effect.CREATE: "made",
    Effect.UPDATE: "changed",
    Effect.DELETE: "deleted",
    Effect.SEND: "sent",
}
"""What each kind of call would have done."""
NOTHING_TO_FILL_IN: dict[str, Any] = {"type": "object", "properties": {}}


class Approvals:
    """Who may say yes, and what a yes is good for. Each process takes only the answers to its own questions."""

    def __init__(self, rule: Rule, *, clock: Callable[[], float] = time.time) -> None:
        self._rule = rule
        self._key = secrets.token_bytes(32)  # seals the state that a client carries back
        self._clock = clock
        self._refused: dict[str, float] = {}  # questions that got a no, and until when they live

    def asks(self, ctx: ServerRequestContext[Any]) -> bool:
        """Whether there is somebody to ask, or there has to be."""
        may = can_ask(ctx.session.client_capabilities)
        return self._rule == "required" or (self._rule == "auto" and may)

    async def ask(
        self,
        asked: Tool[Any],
        question: Question,
        ctx: ServerRequestContext[Any],
        params: types.CallToolRequestParams,
    ) -> str | types.InputRequiredResult | None:
        """The id of the approval that was given; the question to send back; None where nobody is asked.

        Raises:
            Forbidden: the person said no, or nobody can be asked and somebody must be.
        """
        if not can_ask(ctx.session.client_capabilities):
            self._refuse_if_required()
            return None
        if ctx.protocol_version < MODERN:
            return await self._while_it_waits(asked, str(question), ctx)
        bound = self._bound_to(asked, question)
        answer = (params.input_responses or {}).get(ASKED)
        if answer is None or not params.request_state:
            return self._send_back(str(question), bound)
        nonce = self._unseal(params.request_state, bound)
        if nonce is None:
            return self._send_back(
                str(question), bound
            )  # expired, or about something else: ask anew
        return self._agreed(asked, nonce, answer)

    async def once(self, approval: str, use_up: Callable[[str], Awaitable[bool]]) -> None:
        """Uses up an approval of anything but a send, which uses up its own.

        Raises:
            Forbidden: it was used before.
        """
        if not await use_up(approval):
            raise Forbidden(
                "Nothing was done: that approval has been used already, and each is good for one call. Look whether "
                "the earlier call did it, and ask the person anew if it is to be done again."
            )

    def _refuse_if_required(self) -> None:
        if self._rule == "required":
            raise Forbidden(
                "Not done: a person has to approve this, and this client cannot ask one. Use a client that can "
                "(one with elicitation), or have a person change QUO_MCP_APPROVAL."
            )

    async def _while_it_waits(
        self, asked: Tool[Any], question: str, ctx: ServerRequestContext[Any]
    ) -> str | None:
        try:
            with anyio.fail_after(GOOD_FOR):
                answer = await ctx.session.elicit_form(
                    question, NOTHING_TO_FILL_IN, related_request_id=ctx.request_id
                )
        except NoBackChannelError:  # stateless HTTP has no way back to the client
            self._refuse_if_required()
            return None
        except TimeoutError:
            raise Forbidden(
                f"Not done: the person did not answer in time. Nothing was {DONE[asked.effect]}; ask them before "
                "trying again."
            ) from None
        except (MCPError, ValidationError) as failure:  # some say that they can ask, and cannot
            raise Forbidden(
                "Not done: this client says that it can ask its user, but no answer came of it. Nothing was "
                f"{DONE[asked.effect]}. If it stays so, a person can set QUO_MCP_APPROVAL=never and approve calls in the client."
            ) from failure
        return self._agreed(asked, secrets.token_hex(16), answer)

    def _agreed(self, asked: Tool[Any], nonce: str, answer: object) -> str:
        said_yes = isinstance(answer, types.ElicitResult) and answer.action == "accept"
        if said_yes and nonce not in self._refused:
            return nonce
        now = self._clock()
        self._refused = {each: until for each, until in self._refused.items() if until >= now}
        self._refused[nonce] = now + GOOD_FOR + 1
        raise Forbidden(
            f"The person said no, and nothing was {DONE[asked.effect]}. Do not try again unless they ask for it."
        )

    def _send_back(self, question: str, bound: str) -> types.InputRequiredResult:
        form = types.ElicitRequestFormParams(message=question, requested_schema=NOTHING_TO_FILL_IN)
        return types.InputRequiredResult(
            input_requests={ASKED: types.ElicitRequest(params=form)},
            request_state=self._seal(secrets.token_hex(16), bound),
        )

    def _bound_to(self, asked: Tool[Any], question: Question) -> str:
        """This tool, these settled arguments, and what the question was about.

        A send is about whom and what it shows; names may come in later. Anything else is about every
        word: the arguments that delete a contact are its id, and say nothing of what it holds.
        """
        about = [*question.about] if asked.effect is Effect.SEND else [question.text]
        whole = [name_of(type(asked)), asked.model_dump(mode="json"), about]
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()

    def _seal(self, nonce: str, bound: str) -> str:
        claim = f"{nonce}.{int(self._clock()) + GOOD_FOR}"
        return urlsafe_b64encode(f"{claim}.{self._mark(claim, bound)}".encode()).decode()

    def _unseal(self, state: str, bound: str) -> str | None:
        """The nonce, if we sealed it for this very question and it has not expired."""
        try:
            nonce, expires, mark = urlsafe_b64decode(state.encode()).decode().split(".")
            fresh = self._clock() <= int(expires)
        except ValueError:
            return None
        ours = hmac.compare_digest(mark.encode(), self._mark(f"{nonce}.{expires}", bound).encode())
        return nonce if ours and fresh else None

    def _mark(self, claim: str, bound: str) -> str:
        return hmac.new(self._key, f"{claim}|{bound}".encode(), hashlib.sha256).hexdigest()


def can_ask(client: types.ClientCapabilities | None) -> bool:
    """Whether a client says that it can put a question to its user: one that only opens links cannot."""
    elicits = client.elicitation if client else None
    return elicits is not None and (elicits.form is not None or elicits.url is None)
