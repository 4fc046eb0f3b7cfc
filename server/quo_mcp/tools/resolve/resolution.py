"""What an argument stands for, and what the result has to say about it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Generic, NamedTuple, TypeVar

from quo_mcp.errors import Refusal

Value = TypeVar("Value")


class Resolution(NamedTuple, Generic[Value]):
    """A resolved value. notes: sentences for the call's result, such as which inbox was chosen."""

    value: Value
    notes: tuple[str, ...] = ()


@contextmanager
def carry_notes(notes: Iterable[str]) -> Iterator[None]:
    """Give the notes to every refusal that the block raises. They may grow inside the block."""
    try:
        yield
    except Refusal as refusal:
        raise refusal.with_notes(notes) from refusal
