"""User approval of tool calls that reach people or delete data.

No tool argument counts as consent: the server asks the client, and the client asks its user. An approval covers exactly
these arguments, expires after APPROVAL_LIFETIME, and works once, because clients may repeat a request that carries an
accepted answer. An acceptance after a refusal of the same question does not count. If what the question shows has changed
since, an acceptance leads to a new question, and a refusal ends the call. The key and the refusals are in the
state directory, because another server on it may get the answer.

In the mode `preview`, a client that cannot ask gets a preview with a code, and a second call with the code is carried out.
The code covers exactly these arguments, expires and works once, too. It shows that the preview was returned, not that a
person read it.

Before protocol version 2026-07-28, the server sends an elicitation request while the call waits. Since then, the result
carries the question, and the client repeats the call with the answer and the sealed state (`request_state`).
"""

import hashlib
import itertools
import json
import secrets
from functools import partial
from typing import Any, Literal, TypeAlias

import anyio
import anyio.to_thread
import mcp_types as types
from mcp.server import ServerRequestContext
from mcp.shared.exceptions import MCPError, NoBackChannelError
from pydantic import ValidationError

from quo_mcp.errors import PolicyRefusal
from quo_mcp.gateway.instruments import count_event
from quo_mcp.server.approval_prompt import ApprovalPrompt
from quo_mcp.server.approval_seal import ApprovalSeal
from quo_mcp.tools.base import Effect, Tool, name_of
from quo_mcp.tools.context import Account
from quo_mcp.tools.rendering import PersonQuestion
from quo_mcp.values.times import format_duration

ApprovalMode: TypeAlias = Literal["auto", "required", "preview", "never"]

APPROVAL_LIFETIME = 600  # seconds from the question to the answer
PROGRESS_INTERVAL = 10.0  # seconds; a host may give up on a call without progress
INPUT_REQUIRED_VERSION = "2026-07-28"  # the first protocol version with InputRequiredResult
INPUT_REQUEST_KEY = "approval"
PAST_PARTICIPLES = {
    Effect.READ: "read",
    Effect.CREATE: "created",
    Effect.UPDATE: "changed",
    Effect.DELETE: "deleted",
    Effect.SEND: "sent",
}
"""What a call of each effect does, for error messages."""
APPROVAL_USED_MESSAGE = (
    "Not done: this approval was already used, and each approval covers one call. Check whether the earlier call succeeded. "
    "If the action must be repeated, call again to ask the person again."
)
CHOICE = "answer"  # the field of a form with choices
EMPTY_FORM: dict[str, Any] = {"type": "object", "properties": {}}


class PreviewText(str):
    """The preview of a call that was not carried out, as a result."""

    __slots__ = ()


class Approvals:
    """The approvals of one server. Answers count only to questions of a server on the same state directory."""

    def __init__(self, mode: ApprovalMode) -> None:
        self._mode = mode

    def must_ask(self, request: ServerRequestContext[Account]) -> bool:
        """Return whether a call needs approval: the mode requires it, or the client can ask its user."""
        can_ask = supports_elicitation(request.session.client_capabilities)
        return self._mode in {"required", "preview"} or (self._mode == "auto" and can_ask)

    async def ask(
        self,
        tool: Tool[Any],
        prompt: ApprovalPrompt,
        request: ServerRequestContext[Account],
        params: types.CallToolRequestParams,
        *,
        code: str | None = None,
    ) -> str | types.InputRequiredResult | PreviewText | None:
        """Return the approval's id, the question to return to the client, or None if the client cannot ask.

        code: the code of a preview that the call was given. If the client cannot ask, the mode `preview`
        returns a preview unless the code is the one of this call.

        Raises:
            PolicyRefusal: the user declined, or approval is required and the client cannot ask.
        """
        if not supports_elicitation(request.session.client_capabilities):
            return await self._without_elicitation(tool, prompt, request, code)
        if request.protocol_version < INPUT_REQUIRED_VERSION:
            return await self._elicit(tool, prompt, request, code)
        account = request.lifespan_context
        seal, now = await open_seal(account), account.now().timestamp()
        digest = self._digest(tool, prompt, account)
        answer = (params.input_responses or {}).get(INPUT_REQUEST_KEY)
        sealed_state = params.request_state or ""
        nonce = None if answer is None else seal.unseal(sealed_state, digest, now=now)
        if nonce is None and is_refusal(answer):
            # A refusal ends the call even if the names or messages in the question have changed since.
            nonce = seal.nonce_of(sealed_state) or secrets.token_hex(16)
        if nonce is None:
            # There is no answer yet, or its state is expired or belongs to other arguments.
            state = seal.seal(secrets.token_hex(16), digest, now=now)
            return self._return_question(str(prompt), state)
        return await record_answer(account, tool, nonce, answer)

    async def _without_elicitation(
        self,
        tool: Tool[Any],
        prompt: ApprovalPrompt,
        request: ServerRequestContext[Account],
        code: str | None,
    ) -> str | PreviewText | None:
        """Do what the mode says where the client cannot ask."""
        if self._mode == "required":
            raise PolicyRefusal(
                "Not done: a person must approve this, and this client cannot ask its user. Use a client that supports "
                "elicitation, or ask a person to change QUO_MCP_APPROVAL."
            )
        if self._mode != "preview":
            return None
        account = request.lifespan_context
        seal, now = await open_seal(account), account.now().timestamp()
        digest = self._digest(tool, prompt, account)
        if code and seal.is_valid_code(code, digest, now=now):
            return code
        return PreviewText(
            describe_preview(
                tool, prompt, seal.preview_code(digest, now=now), is_outdated=bool(code)
            )
        )

    async def _elicit(
        self,
        tool: Tool[Any],
        prompt: ApprovalPrompt,
        request: ServerRequestContext[Account],
        code: str | None,
    ) -> str | PreviewText | None:
        try:
            answer = await elicit_form(request, str(prompt), EMPTY_FORM)
        except NoBackChannelError:  # stateless HTTP cannot send requests to the client
            return await self._without_elicitation(tool, prompt, request, code)
        except TimeoutError:
            raise PolicyRefusal(
                f"Not done: the person did not answer in time. Nothing was "
                f"{PAST_PARTICIPLES[tool.effect]}. Ask them before you try again."
            ) from None
        except (
            MCPError,
            ValidationError,
        ) as error:  # some clients declare elicitation but do not implement it
            raise PolicyRefusal(
                "Not done: this client reports that it can ask its user, but it returned no valid answer. Nothing was "
                f"{PAST_PARTICIPLES[tool.effect]}. If this happens again, a person can set QUO_MCP_APPROVAL=never and approve calls in the "
                "client."
            ) from error
        return await record_answer(request.lifespan_context, tool, secrets.token_hex(16), answer)

    async def choose(
        self,
        tool: Tool[Any],
        question: PersonQuestion,
        request: ServerRequestContext[Account],
        params: types.CallToolRequestParams,
    ) -> str | types.InputRequiredResult | None:
        """Return the user's choice, the question to return to the client, or None without a choice.

        There is none if the client cannot ask, the mode is `never`, or the user does not answer.
        """
        can_ask = supports_elicitation(request.session.client_capabilities)
        if self._mode == "never" or not can_ask:
            return None
        form = choice_form(question)
        answer: object
        if request.protocol_version < INPUT_REQUIRED_VERSION:
            try:
                answer = await elicit_form(request, question.text, form)
            except (NoBackChannelError, MCPError, ValidationError, TimeoutError):
                return None
            return choice_in(answer, question)
        account = request.lifespan_context
        seal, now = await open_seal(account), account.now().timestamp()
        digest = self._digest(tool, ApprovalPrompt(question.text), account)
        answer = (params.input_responses or {}).get(INPUT_REQUEST_KEY)
        nonce = None if answer is None else seal.unseal(params.request_state or "", digest, now=now)
        if nonce is None:
            state = seal.seal(secrets.token_hex(16), digest, now=now)
            return self._return_question(question.text, state, form)
        if await anyio.to_thread.run_sync(account.approval_records.is_refused, nonce):
            return None
        # Only the first answer to a question counts.
        refuse = partial(account.approval_records.refuse, nonce, now=account.now())
        await anyio.to_thread.run_sync(refuse)
        return choice_in(answer, question)

    def _return_question(
        self, text: str, state: str, form: dict[str, Any] = EMPTY_FORM
    ) -> types.InputRequiredResult:
        params = types.ElicitRequestFormParams(message=text, requested_schema=form)
        return types.InputRequiredResult(
            input_requests={INPUT_REQUEST_KEY: types.ElicitRequest(params=params)},
            request_state=state,
        )

    def _digest(self, tool: Tool[Any], prompt: ApprovalPrompt, account: Account) -> str:
        """Hash what an approval covers: the tool, its resolved arguments, and the subject of the question.

        For a send, the subject is the recipients and the text, because names may load between the question and the
        answer. For other effects it is the whole question: a contact id alone does not show what is deleted.
        The approval of one person who signed in is not that of another.
        """
        subject = [*prompt.subject] if tool.effect is Effect.SEND else [prompt.text]
        approved_content = [name_of(type(tool)), tool.model_dump(mode="json"), subject]
        if account.member:
            approved_content.append(account.member.principal.subject)
        return hashlib.sha256(json.dumps(approved_content, sort_keys=True).encode()).hexdigest()


def choice_form(question: PersonQuestion) -> dict[str, Any]:
    """Return the form of a question with choices."""
    choice = {"type": "string", "title": "Answer", "enum": list(question.choices)}
    return {"type": "object", "properties": {CHOICE: choice}, "required": [CHOICE]}


def choice_in(answer: object, question: PersonQuestion) -> str | None:
    """Return the choice of an accepted answer. Clients that accept by themselves return none."""
    if not isinstance(answer, types.ElicitResult) or answer.action != "accept":
        return None
    choice = (answer.content or {}).get(CHOICE)
    return choice if isinstance(choice, str) and choice in question.choices else None


async def elicit_form(
    request: ServerRequestContext[Any], text: str, form: dict[str, Any]
) -> types.ElicitResult:
    """Ask the client's user while the call waits, and report progress meanwhile.

    Raises:
        TimeoutError: there was no answer in time.
        NoBackChannelError, MCPError, ValidationError: the client cannot ask, or returned no valid answer.
    """
    answer: types.ElicitResult | None = None
    failure: Exception | None = None
    with anyio.fail_after(APPROVAL_LIFETIME):
        async with anyio.create_task_group() as group:
            group.start_soon(report_waiting, request)
            try:
                answer = await request.session.elicit_form(
                    text, form, related_request_id=request.request_id
                )
            except (
                MCPError,
                NoBackChannelError,
                ValidationError,
            ) as error:  # a task group wraps errors
                failure = error
            group.cancel_scope.cancel()
    if answer is None:
        raise failure or TimeoutError
    return answer


async def report_waiting(request: ServerRequestContext[Any]) -> None:
    """Report progress until cancelled, because hosts give up on a call that reports none."""
    for count in itertools.count(1):
        await anyio.sleep(PROGRESS_INTERVAL)
        await request.session.report_progress(count, None, "Waiting for the person's answer.")


def is_refusal(answer: object) -> bool:
    """Return whether the user declined or closed the question."""
    return isinstance(answer, types.ElicitResult) and answer.action != "accept"


async def open_seal(account: Account) -> ApprovalSeal:
    key = await anyio.to_thread.run_sync(account.approval_records.sealing_key)
    return ApprovalSeal(key, APPROVAL_LIFETIME)


async def record_answer(account: Account, tool: Tool[Any], nonce: str, answer: object) -> str:
    """Return the id of the approval, unless the person did not accept this question now or before.

    Raises:
        PolicyRefusal: the person refused, or the question was closed without an answer.
    """
    records, done = account.approval_records, PAST_PARTICIPLES[tool.effect]
    action = answer.action if isinstance(answer, types.ElicitResult) else "cancel"
    count_event("quo_mcp.approvals", answer=action)
    if action == "accept":
        if not await anyio.to_thread.run_sync(records.is_refused, nonce):
            return nonce
        raise PolicyRefusal(
            f"Not done: this question was refused or closed before, and nothing was {done}. Do not try again unless the person "
            "asks for it."
        )
    await anyio.to_thread.run_sync(partial(records.refuse, nonce, now=account.now()))
    if action == "decline":
        raise PolicyRefusal(
            f"The person said no, and nothing was {done}. Do not try again unless they ask for it."
        )
    raise PolicyRefusal(
        f"Not answered: the question was closed without a yes or a no, and nothing was {done}. The client may have closed it "
        "by itself. To ask the person again, repeat this call."
    )


def describe_preview(
    tool: Tool[Any], prompt: ApprovalPrompt, code: str, *, is_outdated: bool
) -> str:
    """Return the preview of a call: what an approval would cover, and how to carry it out."""
    done = PAST_PARTICIPLES[tool.effect]
    outdated = "The approval code has expired or belongs to another call. Here is a new preview.\n"
    return (
        f"{outdated if is_outdated else ''}Preview only; nothing was {done} yet.\n{prompt}\n"
        f"Show this to the person. Once they agree, repeat this call with approval={json.dumps(code)}. The code works once, for "
        f"exactly this call, within {format_duration(APPROVAL_LIFETIME)}."
    )


def supports_elicitation(capabilities: types.ClientCapabilities | None) -> bool:
    """Return whether a client supports form elicitation. URL elicitation alone is not enough."""
    elicitation = capabilities.elicitation if capabilities else None
    return elicitation is not None and (elicitation.form is not None or elicitation.url is None)
