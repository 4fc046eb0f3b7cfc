"""The base class of tools: a pydantic class whose fields are the arguments.

The class `ListCalls` is the tool `quo_list_calls` with the title "List calls". Its docstring is the
description, and its fields are the input schema. `effect` is what a call changes, `run` sends the
requests to Quo, and `render` returns the text for the model.

Names and relative times ("Main Line", "yesterday") are resolved before any method of a tool runs.
Fields declare what they refer to with `fields.Resolves`, and `tools.resolve` replaces the values.
`recipients`, `approval_prompt` and `run` therefore see only numbers, ids and times in UTC.
"""

import inspect
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, ClassVar, Generic, Self, TypeAlias, TypeVar, Union, get_args, get_origin

from mcp_types import Tool as ToolListing
from mcp_types import ToolAnnotations
from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    PrivateAttr,
    model_validator,
)
from pydantic_core import from_json

from quo_mcp.tools.choices import choices_of, read_choices
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.input_schema import input_schema
from quo_mcp.tools.rendering import PersonQuestion, Presenter

Result = TypeVar("Result")


class Effect(StrEnum):
    """What a call of a tool changes. Annotations, policy, approval and the docs derive from it."""

    READ = "read"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    SEND = "send"


# All four hints are explicit on every tool, because clients have different defaults for missing ones.
# A send is destructive (it cannot be undone) and not idempotent (hosts repeat idempotent calls).
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
    """Base of every tool. Unknown arguments are rejected."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, coerce_numbers_to_str=True, defer_build=True
    )

    effect: ClassVar[Effect]
    includes: ClassVar[tuple[str, ...]] = ()
    """Names of other tools whose results this one includes. If one of them is disabled, so is this one."""
    old_names: ClassVar[Mapping[str, str]] = {}
    """Former names of arguments, accepted until 1.0 but not listed, with their present names."""

    @model_validator(mode="before")
    @classmethod
    def _normalize_client_input(cls, arguments: Any) -> Any:
        """Drop optional arguments that are not given, and decode JSON that a client sent as a string.

        null, "" and [] mean "not given": some clients send one of them for every argument left out.
        """
        if not isinstance(arguments, Mapping):
            return arguments
        fields, arguments = cls.model_fields, dict(arguments)
        for old, new in cls.old_names.items():
            if old in arguments and is_blank(arguments.get(new)):
                arguments[new] = arguments.pop(old)
        unwrapped = {
            name: _unwrap(value, fields[name].annotation) if name in fields else value
            for name, value in arguments.items()
        }
        optional = {name for name, field in fields.items() if not field.is_required()}
        for name in unwrapped.keys() & fields.keys():
            if choices := choices_of(fields[name].annotation):
                unwrapped[name] = read_choices(unwrapped[name], choices)
        droppable = optional | cls.old_names.keys()
        return {
            name: value
            for name, value in unwrapped.items()
            if not (is_blank(value) and name in droppable)
        }

    def recipients(self) -> tuple[str, ...]:
        """Return the E.164 numbers that this call would text. Recipient rules check them."""
        return ()

    def sending_inbox(self) -> str | None:
        """Return the id of the inbox that this call would text from. Recipient rules read its conversation."""
        return None

    async def result_in_conversation(self, _context: ToolContext) -> Result | None:
        """Return the result of an earlier identical call that only the conversation shows, or None.

        It is asked for after the recipients are checked, since that reads the conversation.
        """
        return None

    async def approval_prompt(self, _context: ToolContext, _presenter: Presenter) -> str:
        """Return the question that a person must approve before `run`; empty if none is required."""
        return ""

    @property
    def is_rehearsal(self) -> bool:
        """Whether this call only shows what it would do."""
        return False

    def lock_key(self) -> str | None:
        """Return a key that calls share if they must not run at the same time; None for no lock."""
        return None

    async def previous_result(self, _context: ToolContext) -> Result | None:
        """Return the result of an earlier identical call; None if `run` is still required.

        The pipeline checks it before the recipient rules and the approval.
        """
        return None

    @abstractmethod
    async def run(self, context: ToolContext) -> Result:
        """Send the requests and return their result.

        Raises:
            Refusal: the call cannot succeed; the message tells the model what to do next.
        """

    def question(self, _result: Result, _presenter: Presenter) -> PersonQuestion | None:
        """Return the question that the result leaves open for a person; None if there is none."""
        return None

    async def settle(self, result: Result, _choice: str, _context: ToolContext) -> Result:
        """Return the result after a person's answer to the question. No argument of a call can stand for it."""
        return result

    async def follow_up(self, result: Result, _context: ToolContext) -> Result:
        """Return the result with what becomes known shortly after `run`. It only reads, and can be cancelled.

        The pipeline calls it without any lock.
        """
        return result

    @abstractmethod
    def render(self, result: Result, presenter: Presenter) -> str:
        """Return a result as text for the model."""

    def max_items(self, _result: Result) -> int:
        """Return the most items that `render` shows; 0 if a result cannot be shortened by items."""
        limit = getattr(self, "limit", 0)
        return limit if isinstance(limit, int) else 0

    def render_first(self, _result: Result, _presenter: Presenter, _count: int) -> str | None:
        """Render only the first items of a result that is too long, and how to get the rest.

        Returns None if the result cannot be shortened like this.
        """
        return None


class FieldUpdateTool(Tool[Result], Generic[Result]):
    """Base of the tools that change fields of one item. It remembers which arguments were ""."""

    effect = Effect.UPDATE

    _blank_arguments: tuple[str, ...] = PrivateAttr(default=())

    @property
    def blank_arguments(self) -> tuple[str, ...]:
        """Names of the arguments that the client sent as "", which means "not given"."""
        return self._blank_arguments

    @model_validator(mode="wrap")
    @classmethod
    def _remember_blank(cls, arguments: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        """Keep the names of the arguments that `_normalize_client_input` drops because they are ""."""
        tool = validate(arguments)
        if isinstance(arguments, Mapping):
            tool._blank_arguments = tuple(  # noqa: SLF001 - an instance of this class
                name
                for name, value in arguments.items()
                if isinstance(value, str) and is_blank(value)
            )
        return tool


def is_blank(value: Any) -> bool:
    """Return whether a value means "not given"."""
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _unwrap(value: Any, annotation: Any) -> Any:
    """Decode JSON in a string, wrap one value for a list field, and unwrap a list of one for a text field."""
    if is_blank(value):
        return value
    is_union = get_origin(annotation) in {Union, UnionType}
    members = get_args(annotation) if is_union else (annotation,)
    accepted = {get_origin(member) or member for member in members}
    if isinstance(value, str) and accepted & {list, dict}:
        try:
            parsed = from_json(value)
        except ValueError:
            parsed = value
        value = parsed if isinstance(parsed, list | dict) else value
    if list in accepted and str not in accepted and not isinstance(value, list):
        return [value]
    if str in accepted and list not in accepted and isinstance(value, list) and len(value) == 1:
        return value[0]
    return value


def words_of_class_name(tool_class: type[Tool[Any]]) -> list[str]:
    """Return the words of a class name: `ListPhoneNumbers` is List, Phone, Numbers."""
    return re.findall("[A-Z][a-z0-9]*", tool_class.__name__)


@cache
def name_of(tool_class: type[Tool[Any]]) -> str:
    """Return a tool's name, like `quo_list_phone_numbers`."""
    return "_".join(["quo", *words_of_class_name(tool_class)]).lower()


@cache
def title_of(tool_class: type[Tool[Any]]) -> str:
    """Return a tool's title, like "List phone numbers"."""
    return " ".join(words_of_class_name(tool_class)).capitalize()


def description_of(tool_class: type[Tool[Any]]) -> str:
    """Return the docstring with the lines of each paragraph joined, because line breaks cost tokens."""
    paragraphs = inspect.cleandoc(tool_class.__doc__ or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


@cache
def tool_listing(tool_class: type[Tool[Any]]) -> ToolListing:
    """Return the tool's entry in `tools/list`."""
    return ToolListing(
        name=name_of(tool_class),
        title=title_of(tool_class),
        description=description_of(tool_class),
        input_schema=input_schema(tool_class, changes_data=tool_class.effect is not Effect.READ),
        annotations=ANNOTATIONS[tool_class.effect],
    )


Toolsets: TypeAlias = Mapping[str, tuple[type[Tool[Any]], ...]]
"""Tool classes by the name of their toolset."""
