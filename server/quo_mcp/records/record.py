"""Base classes and field types of the records that Quo returns.

Replies are read tolerantly, by one rule: what cannot be read is left out and named, and the rest is read.

- Unknown fields are ignored, and unknown enumeration values stay text.
- A field with an invalid value reads like a missing one. `unreadable` names it, so that a result can say so.
- An invalid item of a list of records is left out. `unreadable` names the list.
- An invalid item of a list of texts reads as `UNREADABLE`, because a group with one number less would be another group.
- A record without a valid id is invalid itself, and so is one that is not an object.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Generic, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel

from quo_mcp.values.times import parse_timestamp
from quo_mcp.values.untrusted import bare, bare_id

Item = TypeVar("Item")

UNREADABLE = "unreadable"
MAX_SECONDS = 10_000_000  # four months; nothing that is measured in seconds lasts longer

Id = Annotated[str, AfterValidator(bare_id)]
DisplayNumber = Annotated[str, AfterValidator(partial(bare, pattern=r"\+?[0-9]{1,20}"))]
Timestamp = Annotated[datetime, BeforeValidator(parse_timestamp)]
Seconds = Annotated[float, Field(ge=0, le=MAX_SECONDS, allow_inf_nan=False)]


class Record(BaseModel):
    """A record of Quo's API: camelCase in JSON; unknown fields are ignored."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        extra="ignore",
        frozen=True,
        defer_build=True,
    )

    _unreadable: tuple[str, ...] = PrivateAttr(default=())

    @property
    def unreadable(self) -> tuple[str, ...]:
        """Quo's names of the fields that could not be read, each once, with those of nested records."""
        names = list(self._unreadable)
        for name, value in self.__dict__.items():
            nested = value if isinstance(value, tuple) else (value,)
            alias = type(self).model_fields[name].alias or to_camel(name)
            names += [
                f"{alias}.{inner}"
                for record in nested
                if isinstance(record, Record)
                for inner in record.unreadable
            ]
        return tuple(dict.fromkeys(names))

    @model_validator(mode="wrap")
    @classmethod
    def _read_tolerantly(cls, reply: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        """Read the record without the fields that are invalid. null is like a missing field, as in Quo."""
        if not isinstance(reply, dict):
            return validate(reply)
        fields = {name: value for name, value in reply.items() if value is not None}
        try:
            return validate(fields)
        except ValidationError as error:
            remaining, unreadable = cls._without_invalid(fields, error)
            try:
                record = validate(remaining)
            except ValidationError:
                raise error from None
        record._unreadable = unreadable  # noqa: SLF001 - an instance of this class
        return record

    @classmethod
    def _without_invalid(
        cls, fields: dict[str, Any], error: ValidationError
    ) -> tuple[dict[str, Any], tuple[str, ...]]:
        """Return the fields without invalid values, and the name of the field of each value."""
        text_lists = {
            name
            for field_name, field in cls.model_fields.items()
            if field.annotation == tuple[str, ...]
            for name in (field_name, field.alias)
        }
        invalid: dict[str, set[Any]] = {}
        for detail in error.errors(include_url=False, include_input=False, include_context=False):
            name, *steps = detail["loc"] or ("",)
            invalid.setdefault(str(name), set()).add(steps[0] if steps else None)
        remaining = dict(fields)
        unreadable: list[str] = []
        for name, positions in invalid.items():
            value = remaining.pop(name, None)
            is_item_invalid = isinstance(value, list) and all(
                isinstance(position, int) for position in positions
            )
            unreadable += [name] * (len(positions) if is_item_invalid else 1)
            if name in text_lists:
                remaining[name] = [
                    UNREADABLE if position in positions else item
                    for position, item in enumerate(value if is_item_invalid else [])
                ] or [UNREADABLE]
            elif is_item_invalid:
                remaining[name] = [
                    item for position, item in enumerate(value) if position not in positions
                ]
        return remaining, tuple(unreadable)


class Envelope(Record, Generic[Item]):
    """A reply with one record. Quo wraps most records in `data`; bare records are accepted, too."""

    data: Item

    @model_validator(mode="before")
    @classmethod
    def _wrap_bare_record(cls, reply: Any) -> Any:
        return reply if isinstance(reply, dict) and "data" in reply else {"data": reply}


def _readable_token(token: Any) -> Any:
    """Return a page token as text; None at the end of the list.

    Raises:
        ValueError: it has characters that no token has, so it could not be shown and given back.
    """
    text = str(token) if isinstance(token, int) and not isinstance(token, bool) else token
    if isinstance(text, str) and not re.fullmatch(r"[!#-~]{0,2000}", text):
        raise ValueError("not a page token")
    return None if text == "" else text


class Page(Record, Generic[Item]):
    """One page of a list. Quo's total count is ignored, because it is known to be wrong."""

    data: list[Item]
    next_page_token: Annotated[str | None, BeforeValidator(_readable_token)] = None

    @classmethod
    def _without_invalid(
        cls, fields: dict[str, Any], error: ValidationError
    ) -> tuple[dict[str, Any], tuple[str, ...]]:
        remaining, unreadable = super()._without_invalid(fields, error)
        if not remaining.get("data", True) and len(unreadable) > 1:
            raise error  # no odd item, but a structure that this version does not know
        return remaining, unreadable

    @property
    def unreadable_count(self) -> int:
        """The number of items that were left out because they could not be read."""
        return self._unreadable.count("data")

    @property
    def has_unknown_end(self) -> bool:
        """Whether a page token was there but could not be read, so that more pages may follow."""
        return "nextPageToken" in self._unreadable


def join_pages(pages: Sequence[Page[Item]]) -> Page[Item]:
    """Return consecutive pages as one. pages: at least one."""
    joined = pages[-1].model_copy(update={"data": [item for page in pages for item in page.data]})
    joined._unreadable = tuple(name for page in pages for name in page._unreadable)  # noqa: SLF001
    return joined
