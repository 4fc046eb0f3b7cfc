"""Handlers of the MCP primitives besides tools: resources, prompts and completions.

Their modules are imported at the first request, because a client that only calls tools does not need them.
"""

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import mcp_types as types
from mcp.server.caching import CacheableMethod
from mcp.shared.exceptions import MCPError

from quo_mcp.config.settings import Settings
from quo_mcp.errors import InvalidArguments, NotFound, Refusal, log_crash
from quo_mcp.server.pipeline import RequestContext
from quo_mcp.server.result_text import finalize
from quo_mcp.server.tool_policy import EnabledTools
from quo_mcp.values.untrusted import inline, quote_inline, strip_control_characters

PageParams: TypeAlias = types.PaginatedRequestParams | None

logger = logging.getLogger(__name__)

PRIMITIVE_CRASH_MESSAGE = "The request failed because of an internal error in this server. Repeating the same request is unlikely to help."

STATIC_LISTS: tuple[CacheableMethod, ...] = (
    "tools/list",
    "prompts/list",
    "resources/list",
    "resources/templates/list",
)
"""The lists that do not change while the server runs."""


class PrimitiveHandlers:
    """The handlers for prompts, resources and completions that need only the enabled `tools`."""

    def __init__(self, tools: EnabledTools, settings: Settings) -> None:
        self._tools = frozenset(tools)
        self._settings = settings

    async def list_resources(
        self, _request: RequestContext, params: PageParams
    ) -> types.ListResourcesResult:
        from quo_mcp.server import resources  # noqa: PLC0415 - see the module

        reject_cursor(params)
        return types.ListResourcesResult(
            resources=[
                types.Resource(
                    name=resource.name,
                    title=resource.title,
                    uri=resource.uri,
                    description=resource.description,
                    mime_type=resource.mime_type,
                )
                for resource in resources.enabled_resources(self._tools, self._settings)
                if not resource.is_template
            ]
        )

    async def list_resource_templates(
        self, _request: RequestContext, params: PageParams
    ) -> types.ListResourceTemplatesResult:
        from quo_mcp.server import resources  # noqa: PLC0415

        reject_cursor(params)
        return types.ListResourceTemplatesResult(
            resource_templates=[
                types.ResourceTemplate(
                    name=resource.name,
                    title=resource.title,
                    uri_template=resource.uri,
                    description=resource.description,
                    mime_type=resource.mime_type,
                )
                for resource in resources.enabled_resources(self._tools, self._settings)
                if resource.is_template
            ]
        )

    async def read_resource(
        self, request: RequestContext, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        from quo_mcp.server import resources  # noqa: PLC0415

        uri = strip_control_characters(params.uri)
        with as_protocol_errors("reading a resource", data={"uri": uri}):
            resource, text = await resources.read_resource(
                uri, request.lifespan_context, self._tools
            )
            return types.ReadResourceResult(
                contents=[
                    types.TextResourceContents(
                        uri=uri, text=finalize(text, self._settings), mime_type=resource.mime_type
                    )
                ],
                ttl_ms=resource.max_age * 1000,
                cache_scope="private",
            )

    async def list_prompts(
        self, _request: RequestContext, params: PageParams
    ) -> types.ListPromptsResult:
        from quo_mcp.server import prompts  # noqa: PLC0415

        reject_cursor(params)
        return types.ListPromptsResult(
            prompts=[
                types.Prompt(
                    name=prompt.name,
                    title=prompt.title,
                    description=prompt.description,
                    arguments=[
                        types.PromptArgument(
                            name=name,
                            description=prompts.ARGUMENTS[name],
                            required=default is None,
                        )
                        for name, default in prompt.arguments.items()
                    ],
                )
                for prompt in prompts.enabled_prompts(self._tools)
            ]
        )

    async def get_prompt(
        self, request: RequestContext, params: types.GetPromptRequestParams
    ) -> types.GetPromptResult:
        from quo_mcp.server import prompts  # noqa: PLC0415

        with as_protocol_errors("rendering a prompt"):
            prompt = prompts.find_prompt(params.name, self._tools)
            arguments = params.arguments or {}
            prompts.check_arguments(arguments, request.lifespan_context)
            text = prompt.render(arguments, self._tools)
            return types.GetPromptResult(
                description=prompt.description,
                messages=[
                    types.PromptMessage(
                        role="user", content=types.TextContent(text=strip_control_characters(text))
                    )
                ],
            )

    async def complete(
        self, request: RequestContext, params: types.CompleteRequestParams
    ) -> types.CompleteResult:
        from quo_mcp.server import completions  # noqa: PLC0415

        with as_protocol_errors("completing"):
            argument = params.argument.name
            if argument not in self._arguments(params.ref):
                raise InvalidArguments(f"Unknown argument {quote_inline(argument)}.")
            completion_values = await completions.complete(
                argument, params.argument.value, request.lifespan_context
            )
            return types.CompleteResult(
                completion=types.Completion(
                    values=[strip_control_characters(value) for value in completion_values.values],
                    total=completion_values.total,
                    has_more=completion_values.has_more,
                )
            )

    def _arguments(
        self, ref: types.ResourceTemplateReference | types.PromptReference
    ) -> Collection[str]:
        """Return the names of the arguments or variables.

        Raises:
            InvalidArguments: no enabled prompt or template matches.
        """
        from quo_mcp.server import prompts, resources  # noqa: PLC0415

        if isinstance(ref, types.PromptReference):
            return prompts.find_prompt(ref.name, self._tools).arguments
        for resource in resources.enabled_resources(self._tools, self._settings):
            if resource.is_template and resource.uri == ref.uri:
                return resource.variables
        raise InvalidArguments(f"Resource template not found: {inline(ref.uri, 200)}.")


def reject_cursor(params: PageParams) -> None:
    """Reject a request with a cursor: every list is a single page, so no cursor is valid.

    Raises:
        MCPError: the request has a cursor.
    """
    if params is not None and params.cursor:
        raise MCPError(types.INVALID_PARAMS, "Invalid cursor: this list has a single page.")


@contextmanager
def as_protocol_errors(operation: str, data: Any = None) -> Iterator[None]:
    """Raise refusals as protocol errors: invalid params (-32602) for a faulty request, else internal error (-32603).

    A crash becomes an internal error without its own message. operation: the name of the operation, for the log.
    """
    try:
        yield
    except Refusal as refusal:
        is_client_error = isinstance(refusal, InvalidArguments | NotFound)
        code = types.INVALID_PARAMS if is_client_error else types.INTERNAL_ERROR
        raise MCPError(code, strip_control_characters(str(refusal)), data) from None
    except Exception as error:  # noqa: BLE001 - the message may hold personal data, and the SDK would log it and return it
        log_crash(logger, operation, error)
        raise MCPError(types.INTERNAL_ERROR, PRIMITIVE_CRASH_MESSAGE, data) from None
