"""What the server offers besides tools, as the protocol has it: resources, prompts, completions.

They are loaded when they are first asked for: a client that only calls tools does not wait for them.
"""

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import mcp_types as types
from mcp.server import ServerRequestContext
from mcp.server.caching import CacheableMethod
from mcp.shared.exceptions import MCPError

from quo_mcp.config.settings import Config
from quo_mcp.errors import Misunderstood, NotFound, Refusal, log_crash
from quo_mcp.server.result_text import worded
from quo_mcp.tools.base import Tool
from quo_mcp.tools.context import Quo
from quo_mcp.values.untrusted import inline, scrub

Context: TypeAlias = ServerRequestContext[Quo]
Paging: TypeAlias = types.PaginatedRequestParams | None

logger = logging.getLogger(__name__)

CRASHED = (
    "This failed through a fault of the server's own; asking again the same way will not help."
)

STABLE: tuple[CacheableMethod, ...] = (
    "tools/list",
    "prompts/list",
    "resources/list",
    "resources/templates/list",
)
"""The lists that stay as they are for as long as the server runs."""


class Offers:
    """tools: those switched on; what is made of others is not offered."""

    def __init__(self, tools: Collection[type[Tool[Any]]], config: Config) -> None:
        self._tools = frozenset(tools)
        self._config = config

    async def list_resources(self, _ctx: Context, params: Paging) -> types.ListResourcesResult:
        from quo_mcp.server import resources  # noqa: PLC0415 - see the module

        from_the_start(params)
        return types.ListResourcesResult(
            resources=[
                types.Resource(
                    name=each.name,
                    title=each.title,
                    uri=each.uri,
                    description=each.about,
                    mime_type=each.mime_type,
                )
                for each in resources.offered(self._tools, self._config)
                if not each.is_template
            ]
        )

    async def list_resource_templates(
        self, _ctx: Context, params: Paging
    ) -> types.ListResourceTemplatesResult:
        from quo_mcp.server import resources  # noqa: PLC0415

        from_the_start(params)
        return types.ListResourceTemplatesResult(
            resource_templates=[
                types.ResourceTemplate(
                    name=each.name,
                    title=each.title,
                    uri_template=each.uri,
                    description=each.about,
                    mime_type=each.mime_type,
                )
                for each in resources.offered(self._tools, self._config)
                if each.is_template
            ]
        )

    async def read_resource(
        self, ctx: Context, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        from quo_mcp.server import resources  # noqa: PLC0415

        uri = scrub(params.uri)
        with as_the_protocol_says("reading a resource", data={"uri": uri}):
            resource, text = await resources.read(uri, ctx.lifespan_context, self._tools)
            return types.ReadResourceResult(
                contents=[
                    types.TextResourceContents(
                        uri=uri, text=worded(text, self._config), mime_type=resource.mime_type
                    )
                ],
                ttl_ms=resource.fresh * 1000,
                cache_scope="private",
            )

    async def list_prompts(self, _ctx: Context, params: Paging) -> types.ListPromptsResult:
        from quo_mcp.server import prompts  # noqa: PLC0415

        from_the_start(params)
        return types.ListPromptsResult(
            prompts=[
                types.Prompt(
                    name=each.name,
                    title=each.title,
                    description=each.about,
                    arguments=[
                        types.PromptArgument(
                            name=name,
                            description=prompts.ARGUMENTS[name],
                            required=otherwise is None,
                        )
                        for name, otherwise in each.takes.items()
                    ],
                )
                for each in prompts.offered(self._tools)
            ]
        )

    async def get_prompt(
        self, ctx: Context, params: types.GetPromptRequestParams
    ) -> types.GetPromptResult:
        from quo_mcp.server import prompts  # noqa: PLC0415

        with as_the_protocol_says("making a prompt"):
            prompt = prompts.named(params.name, self._tools)
            given = params.arguments or {}
            prompts.check(given, ctx.lifespan_context)
            text = prompt.text(given, self._tools)
            return types.GetPromptResult(
                description=prompt.about,
                messages=[
                    types.PromptMessage(role="user", content=types.TextContent(text=scrub(text)))
                ],
            )

    async def complete(
        self, ctx: Context, params: types.CompleteRequestParams
    ) -> types.CompleteResult:
        from quo_mcp.server import completions  # noqa: PLC0415

        with as_the_protocol_says("completing"):
            what = params.argument.name
            if what not in self._arguments(params.ref):
                raise Misunderstood(f"There is no argument {inline(what)} to complete.")
            found = await completions.complete(what, params.argument.value, ctx.lifespan_context)
            return types.CompleteResult(
                completion=types.Completion(
                    values=[scrub(each) for each in found.values],
                    total=found.total,
                    has_more=found.more,
                )
            )

    def _arguments(
        self, ref: types.ResourceTemplateReference | types.PromptReference
    ) -> Collection[str]:
        """What can be filled in there.

        Raises:
            Misunderstood: there is no such prompt or template.
        """
        from quo_mcp.server import prompts, resources  # noqa: PLC0415

        if isinstance(ref, types.PromptReference):
            return prompts.named(ref.name, self._tools).takes
        for each in resources.offered(self._tools, self._config):
            if each.is_template and each.uri == ref.uri:
                return each.variables
        raise Misunderstood(f"There is no resource template {inline(ref.uri, 200)}.")


def from_the_start(paging: Paging) -> None:
    """Every list of ours is one page.

    Raises:
        MCPError: another page is asked for, with a cursor that cannot be ours.
    """
    if paging is not None and paging.cursor:
        raise MCPError(types.INVALID_PARAMS, "There is no such page: this list is a single one.")


@contextmanager
def as_the_protocol_says(what: str, data: Any = None) -> Iterator[None]:
    """A refusal as an error of the protocol: invalid params (-32602) where the request is at fault.

    So is a crash, whose own words neither the client nor the log gets. what: for the log.
    """
    try:
        yield
    except Refusal as refusal:
        theirs = isinstance(refusal, Misunderstood | NotFound)
        code = types.INVALID_PARAMS if theirs else types.INTERNAL_ERROR
        raise MCPError(code, scrub(str(refusal)), data) from None
    except Exception as fault:  # noqa: BLE001 - its words may be people's, and the protocol's server logs and tells them
        log_crash(logger, what, fault)
        raise MCPError(types.INTERNAL_ERROR, CRASHED, data) from None
