"""Generates the JSON Schema of a tool's arguments, for `tools/list`.

It has only keywords that every known client keeps or ignores. Some clients lose the whole server for one
other keyword: tests/tools/test_schemas.py lists what is allowed, and tests/schemas tries clients.
"""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema


class _ArgumentSchema(GenerateJsonSchema):
    """Omits titles and null types, which a model does not need."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - the base's signature
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


def input_schema(model: type[BaseModel], *, changes_data: bool) -> JsonSchemaValue:
    """Return the schema of a tool's arguments. changes_data: whether a call may change something."""
    schema = model.model_json_schema(schema_generator=_ArgumentSchema)
    required = schema.get("required", [])
    arguments = {
        name: _plain_schema(argument, schema.get("$defs", {}))
        for name, argument in schema["properties"].items()
    }
    for name, argument in arguments.items():
        if name not in required:
            # Some clients send "" or [] for "not given", so the schema must not refuse them.
            for keyword in {"minLength", "minItems", "pattern"} & argument.keys():
                del argument[keyword]
        default = argument.get("default")
        if default is None or (changes_data and default is not False):
            argument.pop("default", None)  # some clients send it for an argument left out
    return {"type": "object", "properties": arguments} | (
        {"required": required} if required else {}
    )


def _plain_schema(schema: JsonSchemaValue, definitions: JsonSchemaValue) -> JsonSchemaValue:
    """Return a schema with references resolved, and without `additionalProperties`."""
    if reference := schema.get("$ref"):
        schema = definitions[reference.removeprefix("#/$defs/")] | schema
    plain = {key: schema[key] for key in schema.keys() - {"$ref", "title", "additionalProperties"}}
    if "items" in plain:
        plain["items"] = _plain_schema(plain["items"], definitions)
    if "properties" in plain:
        plain["properties"] = {
            name: _plain_schema(nested, definitions) for name, nested in plain["properties"].items()
        }
    return dict(sorted(plain.items()))
