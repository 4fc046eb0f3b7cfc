"""The shared arguments: what each takes, and what it never lets through to a path or a query."""

import typing
from typing import get_args

import pytest
from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from quo_mcp.tools import fields
from quo_mcp.tools.fields import Meaning, Means

SHARED = {
    name: kind for name, kind in vars(fields).items() if typing.get_origin(kind) is typing.Annotated
}
IDS = [name for name in SHARED if name.endswith("Id")]
LONGEST = 200  # characters of a description that every tool with the argument pays for


def takes(name, given):
    try:
        TypeAdapter(SHARED[name]).validate_python(given)
    except ValidationError:
        return False
    return True


def marks_of(name, kind):
    return [mark for mark in SHARED[name].__metadata__ if isinstance(mark, kind)]


@pytest.mark.parametrize("name", SHARED)
def test_a_shared_argument_says_once_what_it_is(name):
    [said] = [each.description for each in marks_of(name, FieldInfo) if each.description]
    assert 0 < len(said) <= LONGEST
    assert len(marks_of(name, Means)) <= 1


@pytest.mark.parametrize("name", [name for name in SHARED if marks_of(name, Means)])
def test_what_an_argument_means_is_one_of_the_meanings(name):
    [mark] = marks_of(name, Means)
    assert mark.what in get_args(Meaning)


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize(
    "given",
    [
        "",
        " ",
        ".",
        "..",
        "../users",
        "AC1/../users",
        "AC1?x=1",
        "AC1%2f",
        "AC1\n",
        "\nAC1",
        "AC1 ",
        "AC\u0661",
        5,
    ],
)
def test_no_id_can_climb_out_of_its_place(name, given):
    assert not takes(name, given)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("MessageId", "AC0123456789abcdefABCDEF"),
        ("CallId", "AC0123456789abcdefABCDEF"),
        ("OneContact", "664d0db69fcac7cf2e6ec0a1"),
        ("OneContact", "Jane Whitaker"),
        ("OneThread", "CN0123"),
        ("ConnectionId", "1f6e0c2a-77aa-4b0e-9d57-3f1c2f3f0a11"),
        ("Person", "Jane Whitaker"),
        ("People", ["Jane Whitaker", "+14155550134"]),
        ("Inbox", None),
        ("Inboxes", ["Main Line"]),
        ("Since", "7d"),
        ("MessageText", "é" * 1600),
        ("PageToken", None),
    ],
)
def test_what_is_right_is_taken(name, given):
    assert takes(name, given)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("MessageId", "CN0123"),
        ("CallId", "AC"),
        ("OneContact", ""),
        ("OneContact", "x" * 201),
        ("OneThread", ""),
        ("ConnectionId", "x" * 201),
        ("People", []),
        ("People", ["x"] * 11),
        ("MessageText", ""),
        ("MessageText", "x" * 1601),
        ("Person", None),
    ],
)
def test_what_is_not_is_refused(name, given):
    assert not takes(name, given)
