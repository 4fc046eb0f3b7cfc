"""Shared argument types: the values that each accepts, and ids that never reach a path or query."""

import typing
from typing import get_args

import pytest
from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from quo_mcp.tools import fields
from quo_mcp.tools.fields import ReferenceKind, Resolves

SHARED = {
    name: annotation
    for name, annotation in vars(fields).items()
    if typing.get_origin(annotation) is typing.Annotated
}
IDS = [name for name in SHARED if name.endswith("Id")]
MAX_DESCRIPTION = 200  # characters of a description that every tool with the argument pays for


def accepts(name, value):
    try:
        TypeAdapter(SHARED[name]).validate_python(value)
    except ValidationError:
        return False
    return True


def metadata_of(name, annotation):
    return [
        reference for reference in SHARED[name].__metadata__ if isinstance(reference, annotation)
    ]


@pytest.mark.parametrize("name", SHARED)
def test_a_shared_argument_says_once_what_it_is(name):
    [description] = [each.description for each in metadata_of(name, FieldInfo) if each.description]
    assert 0 < len(description) <= MAX_DESCRIPTION
    assert len(metadata_of(name, Resolves)) <= 1


@pytest.mark.parametrize("name", [name for name in SHARED if metadata_of(name, Resolves)])
def test_what_an_argument_means_is_one_of_the_meanings(name):
    [reference] = metadata_of(name, Resolves)
    assert reference.kind in get_args(ReferenceKind)


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        ".",
        "..",
        "../users",
        "AC1/../users",
        "AC1?x=1",
        "AC1%2f",
        "AC\u0661",
        5,
    ],
)
def test_no_id_can_climb_out_of_its_place(name, value):
    assert not accepts(name, value)


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("value", ["AC1\n", "\nAC1", "AC1 "])
def test_space_around_an_id_does_not_reach_a_path(name, value):
    adapter = TypeAdapter(SHARED[name])
    if accepts(name, value):
        assert adapter.validate_python(value) == adapter.validate_python("AC1") == "AC1"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MessageId", "AC0123456789abcdefABCDEF"),
        ("CallId", "AC0123456789abcdefABCDEF"),
        ("ContactRef", "664d0db69fcac7cf2e6ec0a1"),
        ("ContactRef", "Jane Whitaker"),
        ("ConversationRefs", ["CN0123", "Jane Whitaker"]),
        ("ConnectionId", "1f6e0c2a-77aa-4b0e-9d57-3f1c2f3f0a11"),
        ("PersonRef", "Jane Whitaker"),
        ("PersonRefs", ["Jane Whitaker", "+14155550134"]),
        ("InboxRef", None),
        ("InboxRefs", ["Main Line"]),
        ("Since", "7d"),
        ("MessageText", "é" * 1600),
        ("PageToken", None),
    ],
)
def test_what_is_right_is_taken(name, value):
    assert accepts(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MessageId", "CN0123"),
        ("CallId", "AC"),
        ("ContactRef", ""),
        ("ContactRef", "x" * 1001),
        ("ConversationRefs", [""]),
        ("ConversationRefs", []),
        ("ConversationRefs", ["CN0123"] * 21),
        ("ConnectionId", "x" * 201),
        ("PersonRefs", []),
        ("PersonRefs", ["x"] * 11),
        ("MessageText", ""),
        ("MessageText", "x" * 1601),
        ("PersonRef", None),
    ],
)
def test_what_is_not_is_refused(name, value):
    assert not accepts(name, value)
