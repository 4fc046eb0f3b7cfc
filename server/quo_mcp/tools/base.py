"""What a tool is: a class whose fields are its arguments.

A tool's name is its class's in snake_case behind `quo_`, its title the same in words, its
description the class's docstring, its input schema the class's fields. `effect` says what calling
it does to the world, `run` asks Quo, and `render` says what came back, for a model to read.

What people say (a name, "Main Line", "yesterday") becomes what Quo wants (a number, an id, a
moment in UTC) before any of that: fields say what they mean (`fields.Means`), and `settling` has them
settled in one place, so that `question`, `recipients` and `run` only ever see the settled values.
"""

import inspect
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar, Union, get_args, get_origin

from mcp_types import Tool as Listed
from mcp_types import ToolAnnotations
from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema, from_json

from quo_mcp.tools.context import Quo
from quo_mcp.tools.rendering import View

Result = TypeVar("Result")


class Effect(StrEnum):
    """What calling a tool does to the world. Annotations, policy, approval and docs go by this."""

    READ = "read"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    SEND = "send"


# All four hints are explicit on every tool: clients' defaults for missing ones differ. A send is
# destructive (it cannot be taken back) and never idempotent (hosts re-issue idempotent calls).
ANNOTATIONS = {
    effect: ToolAnnotations(
        read_only_hint=effect is Effect.READ,
        destructive_hint=effect in {Effect.UPDATE, Effect.DELETE, Effect.SEND},
        idempotent_hint=effect in {Effect.READ, Effect.UPDATE, Effect.DELETE},
        open_world_hint=True,
    )
    for effect in Effect
}


class Tool(BaseModel, ABC, Generic[Result]):
    """Base of every tool. Arguments are strict: what is not a field is refused."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, coerce_numbers_to_str=True, defer_build=True
    )

    effect: ClassVar[Effect]
    shows: ClassVar[tuple[type[BaseModel], ...]] = ()
    """The tools whose results it shows, too: where one of them is not offered, it is not."""

    @model_validator(mode="before")
    @classmethod
    def _as_clients_send_it(cls, given: Any) -> Any:
        """Takes null for "not given", and a list or object that arrives as JSON in a string."""
        if not isinstance(given, Mapping):
            return given
        fields = cls.model_fields
        return {
            name: _unwrapped(value, fields[name].annotation) if name in fields else value
            for name, value in given.items()
            if value is not None or name not in fields or fields[name].is_required()
        }

    def recipients(self) -> tuple[str, ...]:
        """The numbers whose phones calling this would reach; policy has a say about them."""
        return ()

    async def question(self, _quo: Quo, _view: View) -> str:
        """What to ask the person first; empty where there is nothing to ask."""
        return ""

    def alone(self) -> str | None:
        """What calls that may not be under way at the same time have in common; None where any may."""
        return None

    async def answered(self, _quo: Quo) -> Result | None:
        """The result where an earlier call has done this already; None where it is to be done.

        It is looked for before any rule and any person is asked.
        """
        return None

    @abstractmethod
    async def run(self, quo: Quo) -> Result: ...

    @abstractmethod
    def render(self, result: Result, view: View) -> str: ...


def _unwrapped(value: Any, annotation: Any) -> Any:
    """The list or object in a string, for a field that takes one; one thing for a list as a list of it."""
    union = get_origin(annotation) in {Union, UnionType}
    members = get_args(annotation) if union else (annotation,)
    wanted = {get_origin(each) or each for each in members}
    if isinstance(value, str) and wanted & {list, dict}:
        try:
            parsed = from_json(value)
        except ValueError:
            parsed = value
        value = parsed if isinstance(parsed, list | dict) else value
    if list in wanted and str not in wanted and not isinstance(value, list):
        return [value]
    if str in wanted and list not in wanted and isinstance(value, list) and len(value) == 1:
        return value[0]
    return value


class _ArgumentSchema(GenerateJsonSchema):
    """Leaves out what a model does not need to fill in a form: titles, and null as a choice."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - the base's signature
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


def words_of(tool: type[Tool[Any]]) -> list[str]:
    """The words of the class's name: `ListPhoneNumbers` is List, Phone, Numbers."""
    return re.findall("[A-Z][a-z0-9]*", tool.__name__)


@cache
def name_of(tool: type[Tool[Any]]) -> str:
    return "_".join(["quo", *words_of(tool)]).lower()


@cache
def title_of(tool: type[Tool[Any]]) -> str:
    return " ".join(words_of(tool)).capitalize()


def description_of(tool: type[Tool[Any]]) -> str:
    """The docstring with its lines joined: a model pays for every line break and indent."""
    paragraphs = inspect.cleandoc(tool.__doc__ or "").split("\n\n")
    return "\n\n".join(" ".join(each.split()) for each in paragraphs)


# Defaults, bounds that a model never runs into by writing sense, and patterns that repeat a
# description cost it tokens in every conversation; they are checked all the same, and said when broken.
UNSAID = {
    "minLength",
    "minItems",
    "maxItems",
    "minimum",
    "maximum",
    "maxLength",
    "pattern",
    "default",
}


@cache
def describe(tool: type[Tool[Any]]) -> Listed:
    """The tool as `tools/list` shows it."""
    schema = tool.model_json_schema(schema_generator=_ArgumentSchema)
    for noise in ("title", "description"):
        schema.pop(noise, None)
    for argument in schema["properties"].values():
        for unsaid in UNSAID & argument.keys():
            del argument[unsaid]
        if argument.get("additionalProperties") is True:
            del argument["additionalProperties"]
    return Listed(
        name=name_of(tool),
        title=title_of(tool),
        description=description_of(tool),
        input_schema=schema,
        annotations=ANNOTATIONS[tool.effect],
    )


Toolsets: TypeAlias = Mapping[str, tuple[type[Tool[Any]], ...]]
