"""The tools, prompts and resources that the conformance suite expects by name."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import mcp_types as types
from mcp.server import ServerRequestContext
from mcp.server.subscriptions import (
    InMemorySubscriptionBus,
    PromptsListChanged,
    ServerEvent,
    ToolsListChanged,
)
from mcp.shared.exceptions import MCPError

Answer = types.CallToolResult | types.InputRequiredResult
Fixture = Callable[[ServerRequestContext[Any], types.CallToolRequestParams], Awaitable[Answer]]

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
WAV = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQIAAACAgA=="
PAUSE = 0.02  # seconds between messages, so that they arrive one by one

NOTHING: dict[str, Any] = {"type": "object", "properties": {}}
BUS = InMemorySubscriptionBus()


def said(*content: types.ContentBlock | str) -> types.CallToolResult:
    return types.CallToolResult(
        content=[
            types.TextContent(text=each) if isinstance(each, str) else each for each in content
        ]
    )


def image() -> types.ImageContent:
    return types.ImageContent(data=PNG, mime_type="image/png")


def embedded(uri: str, text: str, mime_type: str = "text/plain") -> types.EmbeddedResource:
    return types.EmbeddedResource(
        resource=types.TextResourceContents(uri=uri, text=text, mime_type=mime_type)
    )


def always(*content: types.ContentBlock | str) -> Fixture:
    async def answer(
        _ctx: ServerRequestContext[Any], _params: types.CallToolRequestParams
    ) -> Answer:
        return said(*content)

    return answer


async def fails(_ctx: ServerRequestContext[Any], _params: types.CallToolRequestParams) -> Answer:
    failure = said("This tool intentionally returns an error for testing")
    return failure.model_copy(update={"is_error": True})


async def logs(ctx: ServerRequestContext[Any], _params: types.CallToolRequestParams) -> Answer:
    for step in ("started", "processing data", "completed"):
        await ctx.session.send_log_message(
            "info", f"Tool {step}", related_request_id=ctx.request_id
        )
        await anyio.sleep(PAUSE)
    return said("logged")


async def progresses(
    ctx: ServerRequestContext[Any], _params: types.CallToolRequestParams
) -> Answer:
    for done in (0, 50, 100):
        await ctx.session.report_progress(done, 100, f"{done} of 100")
        await anyio.sleep(PAUSE)
    return said("done")


async def reconnects(
    ctx: ServerRequestContext[Any], _params: types.CallToolRequestParams
) -> Answer:
    if ctx.close_sse_stream:
        await ctx.close_sse_stream()
    await anyio.sleep(0.3)  # while the client comes back
    return said("still here")


async def samples(ctx: ServerRequestContext[Any], params: types.CallToolRequestParams) -> Answer:
    prompt = str((params.arguments or {}).get("prompt", ""))
    reply = await ctx.session.create_message(
        [types.SamplingMessage(role="user", content=types.TextContent(text=prompt))],
        max_tokens=100,
        related_request_id=ctx.request_id,
    )
    return said(f"LLM response: {getattr(reply.content, 'text', '')}")


def elicits(properties: dict[str, Any], required: list[str]) -> Fixture:
    """Send an elicitation request with this form while the call waits (before protocol version 2026-07-28)."""

    async def answer(ctx: ServerRequestContext[Any], params: types.CallToolRequestParams) -> Answer:
        reply = await ctx.session.elicit_form(
            str((params.arguments or {}).get("message", "Please fill this in")),
            {"type": "object", "properties": properties, "required": required},
            related_request_id=ctx.request_id,
        )
        return said(f"action={reply.action}, content={json.dumps(reply.content)}")

    return answer


def changes(event: ServerEvent) -> Fixture:
    async def answer(
        _ctx: ServerRequestContext[Any], _params: types.CallToolRequestParams
    ) -> Answer:
        await BUS.publish(event)
        return said("changed")

    return answer


async def needs_sampling(
    _ctx: ServerRequestContext[Any], _params: types.CallToolRequestParams
) -> Answer:
    needed = types.ClientCapabilities(sampling=types.SamplingCapability())
    data = types.MissingRequiredClientCapabilityErrorData(required_capabilities=needed)
    raise MCPError(
        types.MISSING_REQUIRED_CLIENT_CAPABILITY,
        "sampling is needed",
        data.model_dump(by_alias=True, exclude_none=True),
    )


def form(message: str, **properties: str) -> types.ElicitRequest:
    schema = {
        "type": "object",
        "properties": {name: {"type": kind} for name, kind in properties.items()},
        "required": list(properties),
    }
    return types.ElicitRequest(
        params=types.ElicitRequestFormParams(message=message, requested_schema=schema)
    )


def question(prompt: str) -> types.CreateMessageRequest:
    message = types.SamplingMessage(role="user", content=types.TextContent(text=prompt))
    return types.CreateMessageRequest(
        params=types.CreateMessageRequestParams(messages=[message], max_tokens=100)
    )


Rounds = tuple[dict[str, Any], ...]


def rounds(*asked: dict[str, Any], last: str, state: bool = False) -> Fixture:
    """Return one input request after another, then `last`. The state is the number of finished rounds."""

    async def answer(
        _ctx: ServerRequestContext[Any], params: types.CallToolRequestParams
    ) -> Answer:
        past = int(params.request_state or 0)
        given = params.input_responses or {}
        if asked[past].keys() <= given.keys():
            past += 1
        if past < len(asked):
            return types.InputRequiredResult(
                input_requests=asked[past], request_state=str(past) if state else None
            )
        return said(last, json.dumps(sorted(given)))

    return answer


async def asks_for_what_the_client_can(
    ctx: ServerRequestContext[Any], _params: types.CallToolRequestParams
) -> Answer:
    requests: dict[str, Any] = {}
    if ctx.session.check_client_capability(
        types.ClientCapabilities(elicitation=types.ElicitationCapability())
    ):
        requests["name"] = form("What is your name?", name="string")
    if ctx.session.check_client_capability(
        types.ClientCapabilities(sampling=types.SamplingCapability())
    ):
        requests["greeting"] = question("Say hello")
    return types.InputRequiredResult(input_requests=requests)


NAME = {"user_name": form("What is your name?", name="string")}
CONFIRM = {"confirm": form("Please confirm", ok="boolean")}
CAPITAL = {"capital_question": question("What is the capital of France?")}
ROOTS = {"client_roots": types.ListRootsRequest()}

TITLED = [{"const": "low", "title": "Low"}, {"const": "high", "title": "High"}]
ENUMS = {
    "untitledSingle": {"type": "string", "enum": ["one", "two", "three"]},
    "titledSingle": {"type": "string", "oneOf": TITLED},
    "legacyEnum": {"type": "string", "enum": ["low", "high"], "enumNames": ["Low", "High"]},
    "untitledMulti": {"type": "array", "items": {"type": "string", "enum": ["one", "two"]}},
    "titledMulti": {"type": "array", "items": {"anyOf": TITLED}},
}
DEFAULTS = {
    "name": {"type": "string", "default": "John Doe"},
    "age": {"type": "integer", "default": 30},
    "score": {"type": "number", "default": 95.5},
    "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
    "verified": {"type": "boolean", "default": True},
}
PERSON = {"username": {"type": "string"}, "email": {"type": "string"}}
SCHEMA_2020_12 = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {"address": {"$anchor": "address", "type": "object", "properties": {"city": {}}}},
    "properties": {"address": {"$ref": "#/$defs/address"}, "by": {"enum": ["phone", "email"]}},
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"by": {"const": "phone"}}, "required": ["by"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}


def taking(name: str, **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {name: {"type": "string", **more}}, "required": [name]}


TOOLS: dict[str, tuple[Fixture, dict[str, Any]]] = {
    "test_simple_text": (always("This is a simple text response for testing."), NOTHING),
    "test_image_content": (always(image()), NOTHING),
    "test_audio_content": (
        always(types.AudioContent(data=WAV, mime_type="audio/wav")),
        NOTHING,
    ),
    "test_embedded_resource": (always(embedded("test://embedded-resource", "Embedded.")), NOTHING),
    "test_multiple_content_types": (
        always("Several:", image(), embedded("test://mixed", "{}", "application/json")),
        NOTHING,
    ),
    "test_error_handling": (fails, NOTHING),
    "test_tool_with_logging": (logs, NOTHING),
    "test_tool_with_progress": (progresses, NOTHING),
    "test_reconnection": (reconnects, NOTHING),
    "test_sampling": (samples, taking("prompt")),
    "test_elicitation": (elicits(PERSON, list(PERSON)), taking("message")),
    "test_elicitation_sep1034_defaults": (elicits(DEFAULTS, []), NOTHING),
    "test_elicitation_sep1330_enums": (elicits(ENUMS, list(ENUMS)), NOTHING),
    "json_schema_2020_12_tool": (always("ok"), SCHEMA_2020_12),
    "test_x_mcp_header": (always("ok"), taking("region", **{"x-mcp-header": "Region"})),
    "test_missing_capability": (needs_sampling, NOTHING),
    "test_trigger_tool_change": (changes(ToolsListChanged()), NOTHING),
    "test_trigger_prompt_change": (changes(PromptsListChanged()), NOTHING),
    "test_input_required_result_elicitation": (rounds(NAME, last="Hello!"), NOTHING),
    "test_input_required_result_sampling": (rounds(CAPITAL, last="Paris"), NOTHING),
    "test_input_required_result_list_roots": (rounds(ROOTS, last="Roots"), NOTHING),
    "test_input_required_result_request_state": (
        rounds(CONFIRM, last="state-ok", state=True),
        NOTHING,
    ),
    "test_input_required_result_multiple_inputs": (
        rounds(
            NAME | {"greeting": question("Generate a greeting")} | ROOTS, last="All", state=True
        ),
        NOTHING,
    ),
    "test_input_required_result_multi_round": (
        rounds(
            {"step1": form("Step 1: What is your name?", name="string")},
            {"step2": form("Step 2: What is your favorite color?", color="string")},
            last="Both",
            state=True,
        ),
        NOTHING,
    ),
    "test_input_required_result_tampered_state": (
        rounds(CONFIRM, last="state-ok", state=True),
        NOTHING,
    ),
    "test_input_required_result_capabilities": (asks_for_what_the_client_can, NOTHING),
}

RESOURCES = {
    "test://static-text": types.TextResourceContents(
        uri="test://static-text", text="Static.", mime_type="text/plain"
    ),
    "test://static-binary": types.BlobResourceContents(
        uri="test://static-binary", blob=PNG, mime_type="image/png"
    ),
    "test://watched-resource": types.TextResourceContents(
        uri="test://watched-resource", text="Watched.", mime_type="text/plain"
    ),
    "test://template/123/data": types.TextResourceContents(
        uri="test://template/123/data", text='{"id": "123"}', mime_type="application/json"
    ),
}
TEMPLATE = "test://template/{id}/data"

PROMPTS: dict[str, tuple[str, ...]] = {
    "test_simple_prompt": (),
    "test_prompt_with_arguments": ("arg1", "arg2"),
    "test_prompt_with_embedded_resource": ("resourceUri",),
    "test_prompt_with_image": (),
    "test_input_required_result_prompt": (),
}


def prompted(
    params: types.GetPromptRequestParams,
) -> types.GetPromptResult | types.InputRequiredResult:
    given = params.arguments or {}
    content: list[types.ContentBlock | str]
    match params.name:
        case "test_simple_prompt":
            content = ["This is a simple prompt for testing."]
        case "test_prompt_with_arguments":
            content = [f"arg1='{given.get('arg1')}', arg2='{given.get('arg2')}'"]
        case "test_prompt_with_embedded_resource":
            content = [embedded(str(given.get("resourceUri")), "Embedded."), "Read it."]
        case "test_prompt_with_image":
            content = [image(), "Look at it."]
        case _:
            asked = {"user_context": form("What context should be used?", context="string")}
            if not asked.keys() <= (params.input_responses or {}).keys():
                return types.InputRequiredResult(input_requests=asked)
            content = ["With that context."]
    return types.GetPromptResult(
        messages=[types.PromptMessage(role="user", content=each) for each in said(*content).content]
    )
