"""What Quo returns, as far as every resource shares it.

Replies are read tolerantly: fields that we do not know are ignored, values of an enumeration that
we do not know stay text, and a field that may be missing is None. What is only shown may also be
unfit: it is then as good as missing (`Extra`), or left out of its list (`Extras`). Ids, numbers,
words, and whatever of a contact is written back as it was read must fit, or the reply is refused.
"""

import re
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

from quo_mcp.values.untrusted import inline

Item = TypeVar("Item")


def _bare(text: str) -> str:
    """An id as it came, where it is one word; anything else made harmless to show."""
    return text if re.fullmatch(r"[A-Za-z0-9_-]{1,200}", text) else inline(text)


def _dialled(text: str) -> str:
    """A number as it came, where it is one; anything else made harmless to show."""
    return text if re.fullmatch(r"\+?[0-9]{1,20}", text) else inline(text)


def _or_none(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    try:
        return read(value)
    except ValidationError:
        return None


def _fitting(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    """Those of a list that fit. read: takes a list."""
    try:
        return read(value)
    except ValidationError:
        pass
    kept: tuple[Any, ...] = ()
    for each in value if isinstance(value, list) else ():
        try:
            kept += read([each])
        except ValidationError:
            continue
    return kept


Id = Annotated[str, AfterValidator(_bare)]
Number = Annotated[str, AfterValidator(_dialled)]
Extra: TypeAlias = Annotated[Item | None, WrapValidator(_or_none)]
Extras: TypeAlias = Annotated[tuple[Item, ...], WrapValidator(_fitting)]


class Record(BaseModel):
    """Something Quo returned: camelCase on the wire, and perhaps with fields that we do not know."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        extra="ignore",
        frozen=True,
        defer_build=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, reply: Any) -> Any:
        """Quo writes null for most of what is not there; a list that is null is an empty one."""
        if isinstance(reply, dict):
            return {name: value for name, value in reply.items() if value is not None}
        return reply


class One(Record, Generic[Item]):
    """One thing. Quo wraps most in `data`, and not all; both are read."""

    data: Item

    @model_validator(mode="before")
    @classmethod
    def _wrapped(cls, reply: Any) -> Any:
        return reply if isinstance(reply, dict) and "data" in reply else {"data": reply}


class Page(Record, Generic[Item]):
    """One page of a list. Quo's own count of all items is known to be wrong, and is not read."""

    data: list[Item]
    next_page_token: str | None = None
