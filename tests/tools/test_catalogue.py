"""Sweeps over every tool in TOOLSETS.

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
from quo_mcp.config.settings import Settings
from quo_mcp.server.app import build_server
from quo_mcp.server.tool_policy import ToolPolicy
from quo_mcp.tools.base import ANNOTATIONS, Effect, Tool, name_of, tool_listing
from quo_mcp.tools.catalogue import OFF_BY_DEFAULT, TOOLSETS
from quo_mcp.tools.fields import Resolves

ALL_TOOLS = [tool for tools in TOOLSETS.values() for tool in tools]
DEFAULT_TOOLS = list(ToolPolicy(Settings(), TOOLSETS, OFF_BY_DEFAULT).tools.values())
SNAPSHOTS = Path(__file__).parents[1] / "snapshots" / "tools"
REFRESH = bool(os.environ.get("QUO_MCP_REFRESH"))
MAX_TOKENS = (
    8_700  # what the API's operations cost as tools that are generated from its specification
)
NUMBER = "+14155550134"


def each_tool(tools=ALL_TOOLS):
    return pytest.mark.parametrize("tool", tools, ids=name_of)


def with_effect(*effects):
    return [tool for tool in ALL_TOOLS if tool.effect in effects]


def listing_json(tool):
    return tool_listing(tool).model_dump(mode="json", by_alias=True, exclude_none=True)


def cost(tool):
    """Return what a tool costs in every conversation. o200k makes a token of 4.2 bytes; 4 is a safe estimate."""
    entry = {key: listing_json(tool)[key] for key in ("name", "description", "inputSchema")}
    return len(json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode()) // 4


def minimal_call(tool):
    """Return a tool with a value in every required argument."""
    arguments = {}
    for name, field in tool.model_fields.items():
        person = any(
            isinstance(mark, Resolves) and mark.kind == "person" for mark in field.metadata
        )
        if (
            field.is_required()
            and tool_listing(tool).input_schema["properties"][name]["type"] == "array"
        ):
            arguments[name] = [NUMBER, "+14155550135"] if person else ["one", "two"]
        elif field.is_required():
            arguments[name] = NUMBER if person else "something"
    return tool.model_validate(arguments)


def has_recipients(tool):
    return tool.recipients is not Tool.recipients


@each_tool()
def test_a_tool_says_what_it_does(tool):
    entry = tool_listing(tool)
    assert entry.description == entry.description.strip() != ""
    assert tool.__doc__ != tool.__mro__[1].__doc__
    assert len(entry.description.encode()) <= 2048
    assert entry.title


@each_tool()
def test_a_name_fits_every_host(tool):
    assert re.fullmatch("quo_[a-z0-9_]{1,60}", name_of(tool))
    assert "__" not in name_of(tool)


def test_no_two_tools_share_a_name():
    assert [name for name, times in Counter(map(name_of, ALL_TOOLS)).items() if times > 1] == []


@each_tool()
def test_all_four_hints_are_explicit_and_follow_from_the_effect(tool):
    hints = listing_json(tool)["annotations"]
    assert set(hints) == {"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"}
    assert tool_listing(tool).annotations == ANNOTATIONS[tool.effect]
    assert hints["readOnlyHint"] == (tool.effect is Effect.READ)
    assert hints["destructiveHint"] or tool.effect not in {Effect.DELETE, Effect.SEND}
    assert not (hints["idempotentHint"] and tool.effect in {Effect.CREATE, Effect.SEND})


@each_tool()
def test_every_argument_is_listed(tool):
    assert set(tool_listing(tool).input_schema["properties"]) == set(tool.model_fields)


def test_every_tool_there_is_stands_in_the_toolsets_once():
    package = quo_mcp.tools
    modules = [
        importlib.import_module(each.name)
        for each in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    ]
    tool_classes = [
        each
        for module in modules
        for each in vars(module).values()
        if inspect.isclass(each)
        and issubclass(each, Tool)
        and each.__module__ == module.__name__
        and not inspect.isabstract(each)
    ]
    assert Counter(ALL_TOOLS) == Counter(dict.fromkeys(tool_classes, 1))


def test_the_tools_that_a_tool_includes_exist():
    names = {name_of(tool) for tool in ALL_TOOLS}
    included = {name for tool in ALL_TOOLS for name in tool.includes}
    assert included
    assert included <= names


def test_toolsets_that_are_off_are_toolsets():
    assert set(TOOLSETS) >= OFF_BY_DEFAULT


@pytest.mark.anyio
async def test_the_list_that_clients_get_is_the_catalogue_in_its_order():
    async with Client(build_server(Settings())) as client:
        listed = (await client.list_tools()).tools
        again = (await client.list_tools()).tools
    assert [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in listed] == [
        listing_json(tool) for tool in DEFAULT_TOOLS
    ]
    assert listed == again
    assert [name_of(tool) for tool in DEFAULT_TOOLS] == [
        name_of(tool)
        for toolset, tools in TOOLSETS.items()
        for tool in tools
        if toolset not in OFF_BY_DEFAULT
    ]


def test_the_catalogue_is_cheap_to_carry():
    by_cost = sorted(DEFAULT_TOOLS, key=cost, reverse=True)
    total = sum(map(cost, DEFAULT_TOOLS))
    listing = ", ".join(f"{name_of(tool)} {cost(tool)}" for tool in by_cost[:8])
    assert total <= MAX_TOKENS, f"{total} tokens; the dearest: {listing}"


@each_tool(with_effect(Effect.SEND))
def test_a_send_says_whom_it_reaches_unless_it_is_a_preview(tool):
    minimal = minimal_call(tool)
    assert NUMBER in minimal.recipients()
    if "dry_run" in tool.model_fields:
        assert minimal.model_copy(update={"dry_run": True}).recipients() == ()


def test_only_sends_reach_anybody():
    assert [
        tool for tool in ALL_TOOLS if has_recipients(tool) and tool.effect is not Effect.SEND
    ] == []


@each_tool(with_effect(Effect.SEND, Effect.DELETE))
def test_a_person_can_be_asked_before_what_cannot_be_taken_back(tool):
    assert tool.approval_prompt is not Tool.approval_prompt


@each_tool(with_effect(Effect.READ))
def test_nobody_is_asked_before_a_read(tool):
    assert tool.approval_prompt is Tool.approval_prompt


@each_tool()
def test_the_entry_is_the_one_that_was_reviewed(tool):
    path = SNAPSHOTS / f"{name_of(tool)}.json"
    now = json.dumps(listing_json(tool), indent=2, ensure_ascii=False) + "\n"
    if REFRESH:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(now, encoding="utf-8")
    assert path.exists(), f"{path.name} is missing: run with QUO_MCP_REFRESH=1, and review it"
    assert path.read_text(encoding="utf-8") == now, (
        "changed: run with QUO_MCP_REFRESH=1, and review it"
    )


def test_no_snapshot_outlives_its_tool():
    stale = {path for path in SNAPSHOTS.iterdir() if path.stem not in set(map(name_of, ALL_TOOLS))}
    if REFRESH:
        for path in stale:
            path.unlink()
        stale = set()
    assert stale == set()
