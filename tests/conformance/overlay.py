"""Our real server, with the conformance suite's fixtures beside what it offers: `overlay.py PORT`.

It differs from `quo-mcp serve --http` in what the fixtures need and we do not: a session for every client of
the handshake era, replay of events, log levels, subscriptions.
"""

import sys
from collections.abc import Awaitable, Callable
from typing import Any

import mcp_types as types
from fixtures import BUS, PROMPTS, RESOURCES, TEMPLATE, TOOLS, prompted
from mcp.server import Server, ServerRequestContext
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity
from mcp.server.streamable_http import EventCallback, EventMessage, EventStore
from mcp.server.subscriptions import ListenHandler

from quo_mcp.cli.serve_command import log_to_stderr
from quo_mcp.config.environment import load_settings
from quo_mcp.server.app import build_server
from quo_mcp.server.transports.streamable_http import listen, run_http

Context = ServerRequestContext[Any]
Handler = Callable[[Context, Any], Awaitable[Any]]


class Events(EventStore):
    """The sent events in order. An event's id is its index."""

    def __init__(self) -> None:
        self._sent: list[tuple[str, Any]] = []

    async def store_event(self, stream_id: str, message: Any) -> str:
        self._sent.append((stream_id, message))
        return str(len(self._sent) - 1)

    async def replay_events_after(self, last_event_id: str, send: EventCallback) -> str | None:
        last = int(last_event_id)
        stream = self._sent[last][0]
        for place, (whose, message) in enumerate(self._sent):
            if place > last and whose == stream and message is not None:
                await send(EventMessage(message, str(place)))
        return stream


def listing(own: Handler, what: str, fixtures: list[Any]) -> Handler:
    """Append the fixtures to a list of the server."""

    async def handler(ctx: Context, params: Any) -> Any:
        listed = await own(ctx, params)
        return listed.model_copy(update={what: [*getattr(listed, what), *fixtures]})

    return handler


def called(own: Handler) -> Handler:
    async def handler(ctx: Context, params: types.CallToolRequestParams) -> Any:
        fixture = TOOLS.get(params.name)
        return await (fixture[0] if fixture else own)(ctx, params)

    return handler


def read(own: Handler) -> Handler:
    async def handler(ctx: Context, params: types.ReadResourceRequestParams) -> Any:
        if params.uri in RESOURCES:
            return types.ReadResourceResult(contents=[RESOURCES[params.uri]])
        return await own(ctx, params)

    return handler


def got(own: Handler) -> Handler:
    async def handler(ctx: Context, params: types.GetPromptRequestParams) -> Any:
        return prompted(params) if params.name in PROMPTS else await own(ctx, params)

    return handler


def completed(own: Handler) -> Handler:
    async def handler(ctx: Context, params: types.CompleteRequestParams) -> Any:
        if getattr(params.ref, "name", "") in PROMPTS:
            return types.CompleteResult(completion=types.Completion(values=["paris", "park"]))
        return await own(ctx, params)

    return handler


async def accepted(_ctx: Context, _params: types.RequestParams) -> types.EmptyResult:
    return types.EmptyResult()


def overlaid(server: Server[Any]) -> Server[Any]:
    """Add the fixtures to the server. Its own handlers serve everything else."""
    tools = [
        types.Tool(name=name, description="A fixture.", input_schema=schema)
        for name, (_, schema) in TOOLS.items()
    ]
    resources = [
        types.Resource(name=uri, uri=uri, mime_type=each.mime_type)
        for uri, each in RESOURCES.items()
    ]
    templates = [types.ResourceTemplate(name="template", uri_template=TEMPLATE)]
    prompts = [
        types.Prompt(
            name=name,
            description="A fixture.",
            arguments=[types.PromptArgument(name=each) for each in takes],
        )
        for name, takes in PROMPTS.items()
    ]
    for method, over in {
        "tools/list": lambda own: listing(own, "tools", tools),
        "tools/call": called,
        "resources/list": lambda own: listing(own, "resources", resources),
        "resources/templates/list": lambda own: listing(own, "resource_templates", templates),
        "resources/read": read,
        "prompts/list": lambda own: listing(own, "prompts", prompts),
        "prompts/get": got,
        "completion/complete": completed,
    }.items():
        entry = server.get_request_handler(method)
        if entry is None:
            raise LookupError(f"the server does not serve {method}")
        server.add_request_handler(method, entry.params_type, over(entry.handler))
    server.get_tool_input_schema = None  # the SDK then reads the schemas of the fixtures, too
    server.add_request_handler("resources/subscribe", types.SubscribeRequestParams, accepted)
    server.add_request_handler("resources/unsubscribe", types.UnsubscribeRequestParams, accepted)
    server.add_request_handler("logging/setLevel", types.SetLevelRequestParams, accepted)
    server.add_request_handler(
        "subscriptions/listen", types.SubscriptionsListenRequestParams, ListenHandler(BUS)
    )
    sealing = RequestStateBoundary(RequestStateSecurity.ephemeral(), default_audience=server.name)
    server.middleware.append(sealing)
    return server


if __name__ == "__main__":
    config = load_settings()
    log_to_stderr("ERROR")
    app = overlaid(build_server(config)).streamable_http_app(
        event_store=Events(),
        retry_interval=100,
    )
    with listen("127.0.0.1", int(sys.argv[1])) as door:
        print(f"http://127.0.0.1:{door.getsockname()[1]}/mcp", file=sys.stderr)  # noqa: T201
        run_http(app, door, seconds_to_finish=1)
