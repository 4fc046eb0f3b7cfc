"""Pydantic AI's transformers for OpenAI and Anthropic, strict and by default."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from judge import TOOLS, check_schemas
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.profiles.openai import OpenAIJsonSchemaTransformer
from pydantic_ai.providers.anthropic import AnthropicProvider

profile = AnthropicModel("claude", provider=AnthropicProvider(api_key="none")).profile
AnthropicJsonSchemaTransformer = (
    profile["json_schema_transformer"]
    if isinstance(profile, Mapping)
    else profile.json_schema_transformer
)


def objects_below(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for nested in [*schema.get("properties", {}).values(), *filter(None, [schema.get("items")])]:
        if nested.get("type") == "object":
            yield nested
        yield from objects_below(nested)


def transform(transformer: Any, *, strict: bool | None) -> dict[str, Mapping[str, Any]]:
    return {
        name: transformer(deepcopy(tool["inputSchema"]), strict=strict).walk()
        for name, tool in TOOLS.items()
    }


for transformer in (OpenAIJsonSchemaTransformer, AnthropicJsonSchemaTransformer):
    for strict in (True, None):
        for schema in transform(transformer, strict=strict).values():
            assert all(nested["properties"] for nested in objects_below(schema)), schema
check_schemas("pydantic-ai-slim", transform(OpenAIJsonSchemaTransformer, strict=None))
