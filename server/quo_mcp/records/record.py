"""Base classes and field types of the records that Quo returns.

Replies are parsed tolerantly. Unknown fields are ignored, unknown enumeration values stay text, and an
optional field that is missing is None. A field that is only displayed may be invalid: `Lenient` then reads
it as None, and `LenientList` drops the invalid items. Ids, numbers and message texts must be valid, or
parsing fails. So must the fields of a contact that are written back as they were read.
"""

from functools import partial
from typing import Annotated, Any, Generic, TypeAlias, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic.alias_generators import to_camel

from quo_mcp.values.untrusted import bare, bare_id

Item = TypeVar("Item")


def _none_if_invalid(value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
    try:
        return validate(value)
    except ValidationError:
        return None


def _valid_items(value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
    """Return the valid items of a list. validate: validates a list into a tuple."""
    try:
        return validate(value)
    except ValidationError:
        pass
    valid: tuple[Any, ...] = ()
    for item in value if isinstance(value, list) else ():
        try:
            valid += validate([item])
        except ValidationError:
            continue
    return valid


Id = Annotated[str, AfterValidator(bare_id)]
DisplayNumber = Annotated[str, AfterValidator(partial(bare, pattern=r"\+?[0-9]{1,20}"))]
Lenient: TypeAlias = Annotated[Item | None, WrapValidator(_none_if_invalid)]
LenientList: TypeAlias = Annotated[tuple[Item, ...], WrapValidator(_valid_items)]


class Record(BaseModel):
    """A record of Quo's API: camelCase in JSON; unknown fields are ignored."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        extra="ignore",
        frozen=True,
        defer_build=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _drop_nulls(cls, reply: Any) -> Any:
        """Treat null like a missing field, as Quo does. A list that is null becomes empty."""
        if isinstance(reply, dict):
            return {name: value for name, value in reply.items() if value is not None}
        return reply


class Envelope(Record, Generic[Item]):
    """A reply with one record. Quo wraps most records in `data`; bare records are accepted, too."""

    data: Item

    @model_validator(mode="before")
    @classmethod
    def _wrap_bare_record(cls, reply: Any) -> Any:
        return reply if isinstance(reply, dict) and "data" in reply else {"data": reply}


class Page(Record, Generic[Item]):
    """One page of a list. Quo's total count is ignored, because it is known to be wrong."""

    data: list[Item]
    next_page_token: str | None = None
