"""Every input schema, held to the keywords that no known client refuses or changes.

One other keyword loses a client the tool, and some clients the whole server: google-genai fails on
`additionalProperties`, autogen and crewai on a pattern with lookaround. tests/schemas runs such clients.
"""

import json
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from quo_mcp.tools.base import Effect, name_of, tool_listing
from quo_mcp.tools.catalogue import TOOLSETS

TOOLS = [tool for tools in TOOLSETS.values() for tool in tools]
KEYWORDS = {
    "string": {"enum", "default", "minLength", "maxLength", "pattern"},
    "integer": {"default", "minimum", "maximum"},
    "number": {"minimum", "maximum"},
    "boolean": {"default"},
    "array": {"items", "minItems", "maxItems"},
    "object": {"properties", "required"},
}
# Arguments with these names never arrive from Microsoft's agent-framework. So would conversation_id:
# it becomes `conversation` with the other renames of 0.2.0.
LOST_NAMES = {
    "session",
    "thread",
    "tools",
    "tool_choice",
    "options",
    "chat_options",
    "response_format",
}


def each_tool(tools=TOOLS):
    return pytest.mark.parametrize("tool", tools, ids=name_of)


def arguments_of(tool):
    return tool_listing(tool).input_schema["properties"]


def nodes(schema, path):
    """Yield every schema below a property as (path, schema)."""
    yield path, schema
    if "items" in schema:
        yield from nodes(schema["items"], f"{path}[]")
    for name, nested in schema.get("properties", {}).items():
        yield from nodes(nested, f"{path}.{name}")


def nodes_of(tool):
    return [node for name, each in arguments_of(tool).items() for node in nodes(each, name)]


@each_tool()
def test_the_top_is_an_object_and_nothing_else(tool):
    schema = tool_listing(tool).input_schema
    assert schema["type"] == "object"
    assert set(schema) - {"required"} == {"type", "properties"}
    assert schema.get("required") != []
    assert set(schema.get("required", [])) <= set(schema["properties"])


@each_tool()
def test_every_schema_has_one_type_a_description_and_known_keywords_only(tool):
    for path, schema in nodes_of(tool):
        assert isinstance(schema["type"], str), path
        assert set(schema) <= KEYWORDS[schema["type"]] | {"type", "description"}, path
        assert schema["description"].strip() == schema["description"] != "", path


@each_tool()
def test_a_description_is_a_phrase_with_its_full_stop(tool):
    for path, schema in nodes_of(tool):
        assert len(schema["description"].split()) >= 2, path
        assert schema["description"][-1] == ".", path


@each_tool()
def test_names_arrive_everywhere(tool):
    assert re.fullmatch("[a-z][a-z0-9_]{0,39}", name_of(tool))
    for path, _ in nodes_of(tool):
        name = path.rpartition(".")[2].rstrip("[]")
        assert re.fullmatch("[a-z][a-z0-9_]{0,39}", name), path
        assert name not in LOST_NAMES, path


@each_tool()
def test_choices_are_words(tool):
    for path, schema in nodes_of(tool):
        choices = schema.get("enum", ["a", "b"])
        assert len(set(choices)) == len(choices) >= 2, path
        assert all(isinstance(choice, str) and choice for choice in choices), path


@each_tool()
def test_bounds_are_whole_numbers(tool):
    keywords = {"minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"}
    for path, schema in nodes_of(tool):
        assert all(type(schema[keyword]) is int for keyword in keywords & schema.keys()), path


@each_tool()
def test_a_pattern_is_anchored_and_plain(tool):
    for path, schema in nodes_of(tool):
        if pattern := schema.get("pattern"):
            re.compile(pattern)
            assert pattern[0] == "^", path
            assert pattern[-1] == "$", path
            assert not re.search(r"\(\?|\\[0-9a-zA-Z]", pattern), path


@each_tool()
def test_nothing_keeps_an_empty_value_from_being_left_out(tool):
    required = tool_listing(tool).input_schema.get("required", [])
    for name, schema in arguments_of(tool).items():
        if name not in required:
            assert schema.keys() & {"minLength", "minItems", "pattern"} == set(), name


@each_tool()
def test_a_default_is_what_leaving_out_means_and_changes_nothing(tool):
    required = tool_listing(tool).input_schema.get("required", [])
    for path, schema in nodes_of(tool):
        if "default" in schema:
            assert path in tool.model_fields, path
            assert path not in required, path
            assert schema["default"] == tool.model_fields[path].default, path
            assert type(schema["default"]) in {str, int, bool}, path
            assert tool.effect is Effect.READ or schema["default"] is False, path


@each_tool()
def test_a_nested_object_is_filled_in_whole_and_holds_no_other(tool):
    for path, schema in nodes_of(tool):
        if schema["type"] == "object":
            assert schema["properties"], path
            assert schema["required"] == list(schema["properties"]), path
            assert path.count(".") == 0, path


@each_tool()
def test_like_lists_have_like_limits(tool):
    if "limit" in tool.model_fields:
        limit = arguments_of(tool)["limit"]
        assert (limit["default"], limit["minimum"], limit["maximum"]) == (20, 1, 100)


@each_tool()
def test_an_unknown_argument_is_refused_although_no_keyword_says_so(tool):
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        tool.model_validate({"nonsense": 1})


SAMPLES = json.loads((Path(__file__).parents[1] / "schemas" / "arguments.json").read_text("utf-8"))


@each_tool()
def test_the_arguments_that_other_clients_are_tried_with_are_valid(tool):
    arguments = {
        name: True
        if schema["type"] == "boolean"
        else schema["enum"][-1]
        if "enum" in schema
        else SAMPLES[schema["type"]][name]
        for name, schema in arguments_of(tool).items()
    }
    assert tool.model_validate(arguments).model_fields_set == set(arguments)
