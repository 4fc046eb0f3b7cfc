"""Sweeps over every tool there is. A new tool is swept by being in TOOLSETS.

QUO_MCP_REFRESH=1 rewrites the snapshots of the `tools/list` entries: review them like code.
"""

import importlib
import inspect
import json
import os
import pkgutil
import re
from collections import Counter
from pathlib import Path

import pytest
from mcp import Client

import quo_mcp.tools
from quo_mcp.config.settings import Config
from quo_mcp.server.app import build_server
from quo_mcp.server.tool_policy import Policy
from quo_mcp.tools.base import ANNOTATIONS, Effect, Tool, describe, name_of
from quo_mcp.tools.catalogue import OFF_BY_DEFAULT, TOOLSETS
from quo_mcp.tools.fields import Means

EVERY = [tool for tools in TOOLSETS.values() for tool in tools]
OFFERED = list(Policy(Config(), TOOLSETS, OFF_BY_DEFAULT).tools.values())
SNAPSHOTS = Path(__file__).parents[1] / "snapshots" / "tools"
REFRESH = bool(os.environ.get("QUO_MCP_REFRESH"))
TOKENS = 130  # a tool, on average, of each conversation: bytes / 4
NOT_SAID_BY_ALL = {"anyOf", "oneOf", "allOf", "$ref", "$defs", "not", "title", "default"}
A_NUMBER = "+14155550134"


def each(tools=EVERY):
    return pytest.mark.parametrize("tool", tools, ids=name_of)


def those(*effects):
    return [tool for tool in EVERY if tool.effect in effects]


def on_the_wire(tool):
    return describe(tool).model_dump(mode="json", by_alias=True, exclude_none=True)


def cost(tool):
    return len(json.dumps(on_the_wire(tool), ensure_ascii=False, separators=(",", ":")).encode())


def keys_in(schema):
    """Every keyword of a schema, however deep; the names of arguments are not keywords."""
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key == "properties":
                for argument in value.values():
                    yield from keys_in(argument)
            else:
                yield key
                yield from keys_in(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from keys_in(item)


def a_call(tool):
    """The tool with something in every argument that it needs."""
    given = {}
    for name, field in tool.model_fields.items():
        person = any(isinstance(mark, Means) and mark.what == "person" for mark in field.metadata)
        if (
            field.is_required()
            and describe(tool).input_schema["properties"][name]["type"] == "array"
        ):
            given[name] = [A_NUMBER, "+14155550135"] if person else ["one", "two"]
        elif field.is_required():
            given[name] = A_NUMBER if person else "something"
    return tool.model_validate(given)


def reached_by(tool):
    return tool.recipients is not Tool.recipients


@each()
def test_a_tool_says_what_it_does(tool):
    entry = describe(tool)
    assert entry.description == entry.description.strip() != ""
    assert tool.__doc__ != tool.__mro__[1].__doc__
    assert len(entry.description.encode()) <= 2048
    assert entry.title


@each()
def test_a_name_fits_every_host(tool):
    assert re.fullmatch("quo_[a-z0-9_]{1,60}", name_of(tool))
    assert "__" not in name_of(tool)


def test_no_two_tools_share_a_name():
    assert [name for name, times in Counter(map(name_of, EVERY)).items() if times > 1] == []


@each()
def test_all_four_hints_are_explicit_and_follow_from_the_effect(tool):
    hints = on_the_wire(tool)["annotations"]
    assert set(hints) == {"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"}
    assert describe(tool).annotations == ANNOTATIONS[tool.effect]
    assert hints["readOnlyHint"] == (tool.effect is Effect.READ)
    assert hints["destructiveHint"] or tool.effect not in {Effect.DELETE, Effect.SEND}
    assert not (hints["idempotentHint"] and tool.effect in {Effect.CREATE, Effect.SEND})


@each()
def test_every_argument_is_described(tool):
    arguments = describe(tool).input_schema["properties"]
    assert [name for name, each in arguments.items() if not each.get("description")] == []
    assert set(arguments) == set(tool.model_fields)


@each()
def test_a_schema_is_plain_and_closed(tool):
    schema = describe(tool).input_schema
    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False
    assert set(keys_in(schema)) & NOT_SAID_BY_ALL == set()
    assert [name for name, each in schema["properties"].items() if "type" not in each] == []


def test_every_tool_there_is_stands_in_the_toolsets_once():
    package = quo_mcp.tools
    modules = [
        importlib.import_module(each.name)
        for each in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    ]
    written = [
        each
        for module in modules
        for each in vars(module).values()
        if inspect.isclass(each)
        and issubclass(each, Tool)
        and each.__module__ == module.__name__
        and not inspect.isabstract(each)
    ]
    assert Counter(EVERY) == Counter(dict.fromkeys(written, 1))


def test_toolsets_that_are_off_are_toolsets():
    assert set(TOOLSETS) >= OFF_BY_DEFAULT


@pytest.mark.anyio
async def test_the_list_that_clients_get_is_the_catalogue_in_its_order():
    async with Client(build_server(Config())) as client:
        listed = (await client.list_tools()).tools
        again = (await client.list_tools()).tools
    assert [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in listed] == [
        on_the_wire(tool) for tool in OFFERED
    ]
    assert listed == again
    assert [name_of(tool) for tool in OFFERED] == [
        name_of(tool)
        for toolset, tools in TOOLSETS.items()
        for tool in tools
        if toolset not in OFF_BY_DEFAULT
    ]


def test_the_catalogue_is_cheap_to_carry():
    dear = sorted(OFFERED, key=cost, reverse=True)
    average = sum(map(cost, OFFERED)) / 4 / len(OFFERED)
    said = ", ".join(f"{name_of(tool)} {cost(tool) // 4}" for tool in dear[:8])
    assert average <= TOKENS, f"{average:.1f} tokens a tool; the dearest: {said}"


@each(those(Effect.SEND))
def test_a_send_says_whom_it_reaches_unless_it_is_a_preview(tool):
    asked = a_call(tool)
    assert A_NUMBER in asked.recipients()
    if "dry_run" in tool.model_fields:
        assert asked.model_copy(update={"dry_run": True}).recipients() == ()


def test_only_sends_reach_anybody():
    assert [tool for tool in EVERY if reached_by(tool) and tool.effect is not Effect.SEND] == []


@each(those(Effect.SEND, Effect.DELETE))
def test_a_person_can_be_asked_before_what_cannot_be_taken_back(tool):
    assert tool.question is not Tool.question


@each(those(Effect.READ))
def test_nobody_is_asked_before_a_read(tool):
    assert tool.question is Tool.question


@each()
def test_the_entry_is_the_one_that_was_reviewed(tool):
    path = SNAPSHOTS / f"{name_of(tool)}.json"
    now = json.dumps(on_the_wire(tool), indent=2, ensure_ascii=False) + "\n"
    if REFRESH:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(now, encoding="utf-8")
    assert path.exists(), f"{path.name} is missing: run with QUO_MCP_REFRESH=1, and review it"
    assert path.read_text(encoding="utf-8") == now, (
        "changed: run with QUO_MCP_REFRESH=1, and review it"
    )


def test_no_snapshot_outlives_its_tool():
    left = {path for path in SNAPSHOTS.iterdir() if path.stem not in set(map(name_of, EVERY))}
    if REFRESH:
        for path in left:
            path.unlink()
        left = set()
    assert left == set()
