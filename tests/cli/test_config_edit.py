"""Edits of configuration files as text: what was there stays to the letter."""

import json
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quo_mcp.cli.install import json_edit, toml_edit, yaml_edit
from quo_mcp.cli.install.config_edit import UneditableFile, set_value

ENTRY = {"command": "/opt/quo mcp/quo-mcp", "args": ["-m", 'a"b'], "env": {"MATON_API_KEY": ""}}
FLAT = {"cmd": "C:\\Users\\A B\\quo-mcp.exe", "args": [], "envs": {"MATON_API_KEY": ""}}


def into_json(text, value=ENTRY):
    return set_value(json_edit, text, ("mcpServers", "quo"), value)


JSON_FILES = {
    "tabs": '{\n\t"mcpServers": {\n\t\t"other": {"command": "x"}\n\t},\n\t"last": 1e5\n}',
    "one line": '{"mcpServers":{"other":{"command":"x"}},"n":1.0}',
    "no servers": '{\n    "theme": "dark"\n}\n',
    "no members": "{ }",
    "no entries": '{\n  "mcpServers": {}\n}\n',
    "windows": '{\r\n  "mcpServers": {\r\n    "other": {}\r\n  }\r\n}\r\n',
    "null": '{\n  "mcpServers": null,\n  "n": 1\n}\n',
    "braces in texts": '{"mcpServers": {"a}\\"{": "\\u00e9 } { , :"}, "z": [{"quo": 1}]}',
}


@pytest.mark.parametrize("text", JSON_FILES.values(), ids=JSON_FILES)
def test_an_entry_goes_into_json_and_out_again(text):
    edited = into_json(text)
    expected = json.loads(text)
    expected["mcpServers"] = (expected.get("mcpServers") or {}) | {"quo": ENTRY}
    assert json.loads(edited) == expected
    removed = into_json(edited, None)
    servers = json.loads(text).get("mcpServers")
    if servers:
        assert removed == text
    assert json.loads(removed) == json.loads(text) | {"mcpServers": servers or {}}
    assert ("\r\n" in edited) == ("\r\n" in text)
    assert "\n" not in edited.replace("\r\n", "") or "\r\n" not in text


def test_what_is_added_to_json_is_indented_like_the_rest():
    assert into_json('{\n\t"a": 1\n}\n', {"b": [2]}) == (
        '{\n\t"a": 1,\n\t"mcpServers": {\n\t\t"quo": {\n\t\t\t"b": [\n\t\t\t\t2\n\t\t\t]\n\t\t}\n\t}\n}\n'
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"s": {"quo": 1, "b": 2}}', '{"s": {"b": 2}}'),
        ('{"s": {"a": 0, "quo": 1, "b": 2}}', '{"s": {"a": 0, "b": 2}}'),
        ('{"s": {"a": 0, "quo": 1}}', '{"s": {"a": 0}}'),
        ('{"s": {\n  "quo": 1\n}}', '{"s": {}}'),
        ('{"s": {}}', '{"s": {}}'),
        ("{}", "{}"),
        ("", ""),
    ],
)
def test_an_entry_is_taken_out_of_json_with_its_comma(before, after):
    assert set_value(json_edit, before, ("s", "quo"), None) == after


def test_taking_out_of_what_is_not_there_is_no_edit():
    assert json_edit.set_value('{"a": 1}', ("s", "quo"), None) == '{"a": 1}'
    assert json_edit.set_value('{"s": {"a": 1}}', ("s", "quo"), None) == '{"s": {"a": 1}}'
    assert yaml_edit.set_value("a: 1\n", ("s", "quo"), None) == "a: 1\n"


@pytest.mark.parametrize(
    "text",
    [
        '{"mcpServers": {} / mine\n}',
        '{"mcpServers": {},,}',
        "/* */",
        "{} // mine\n{}",
        '{"a": "// no end}',
        "[1]",
        "nonsense",
        '{"a": NaN}',
        '{"a": 1, "a": 2}',
        '{"mcpServers": {"quo": 1, "quo": 2}}',
        '{"mcpServers": []}',
    ],
)
def test_json_that_is_not_surely_understood_is_refused(text):
    with pytest.raises(UneditableFile):
        into_json(text)


COMMENTED = {
    "a line's": '{\n  // mine\n  "servers": {\n    "a": {} // "quo": {\n  }\n}\n',
    "a comma more": '{\n  "servers": {\n    "a": {}, // and a comma,\n  },\n}\n',
    "nothing but one": '{\n  "servers": {\n    // none yet, or: "a": {}\n  }\n}\n',
    "within a line": '{"servers": {/* { */ "a": "/* none */ // none" /* , */}}',
    "behind it all": '/* mine */ {"z": [1, 2,], "servers": {"a": {"b": 1,},}} // the end',
    "windows": '{\r\n  "servers": {\r\n    "a": {} // mine\r\n  }\r\n}\r\n',
}


@pytest.mark.parametrize("text", COMMENTED.values(), ids=COMMENTED)
def test_comments_and_last_commas_in_json_stay_where_they_are(text):
    edited = set_value(json_edit, text, ("servers", "quo"), ENTRY)
    before, after = json_edit.parse(text), json_edit.parse(edited)
    assert after == before | {"servers": before["servers"] | {"quo": ENTRY}}
    removed = set_value(json_edit, edited, ("servers", "quo"), None)
    assert json_edit.parse(removed) == before
    assert re.sub(r"[\s,]", "", removed) == re.sub(r"[\s,]", "", text)
    assert ("\r\n" in edited) == ("\r\n" in text)
    assert "\n" not in edited.replace("\r\n", "") or "\r\n" not in text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"s": {"quo": 1, // b\n "b": 2}}', '{"s": { // b\n "b": 2}}'),
        ('{"s": {"a": 0, // a, still\n "quo": 1 // q\n}}', '{"s": {"a": 0 // a, still // q\n}}'),
        (
            '{"s": {"a": 0, /* q */ "quo": 1, /* b */ "b": 2}}',
            '{"s": {"a": 0, /* q */ /* b */ "b": 2}}',
        ),
        ('{"s": {"quo": 1, // q\n}}', '{"s": { // q\n}}'),
    ],
)
def test_an_entry_is_taken_out_of_json_and_comments_beside_it_stay(before, after):
    assert set_value(json_edit, before, ("s", "quo"), None) == after


def test_a_mark_at_the_beginning_of_a_file_stays():
    edited = into_json('\ufeff{"a": 1}')
    assert edited.startswith('\ufeff{"a": 1,')
    assert json.loads(edited.removeprefix("\ufeff")) == {"a": 1, "mcpServers": {"quo": ENTRY}}


def test_what_says_the_same_already_is_not_touched():
    text = '{"mcpServers": {"quo": ' + json.dumps(ENTRY) + "}}"
    assert into_json(text) == text


any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.text(), any_json, max_size=3),
    st.dictionaries(st.text(), any_json, max_size=3),
    st.sampled_from([None, 1, 4, "\t"]),
    st.booleans(),
)
def test_whatever_else_json_holds_stays(rest, servers, indent, ascii_only):
    before = rest | {"mcpServers": servers}
    text = json.dumps(before, indent=indent, ensure_ascii=ascii_only)
    edited = into_json(text)
    assert json.loads(edited) == before | {"mcpServers": servers | {"quo": ENTRY}}
    if servers and "quo" not in servers:
        assert into_json(edited, None) == text


TOML = """\
# my settings
model = "m"  # and why

[mcp_servers.other]
command = "x"

[mcp_servers.other.env]
A = "1"
"""


def into_toml(text, value=ENTRY):
    return set_value(toml_edit, text, ("mcp_servers", "quo"), value)


@pytest.mark.parametrize(
    "text",
    [TOML, TOML.rstrip("\n"), TOML.replace("\n", "\r\n"), 'a = """\n[mcp_servers.quo]\n"""\n'],
)
def test_a_table_goes_to_the_end_of_toml_and_out_again(text):
    if '"""' in text:
        with pytest.raises(UneditableFile):
            into_toml(text)
        return
    edited = into_toml(text)
    assert edited.startswith(text)
    assert toml_edit.parse(edited)["mcp_servers"]["quo"] == ENTRY
    assert into_toml(edited, None).rstrip() == text.rstrip()
    assert ("\r\n" in edited) == ("\r\n" in text)


def test_a_table_in_toml_is_replaced_where_it_stands_with_those_inside_it():
    old = '[mcp_servers.quo]\ncommand = "old"\n\n[mcp_servers."quo".env]\nA = "1"\n\n# about b\n[b]\nc = 1\n'
    text = f"{TOML}\n{old}"
    edited = into_toml(text)
    assert "# about b\n[b]\nc = 1\n" in edited
    assert edited.index("[mcp_servers.quo]") < edited.index("[b]")
    assert toml_edit.parse(edited)["mcp_servers"]["quo"] == ENTRY
    removed = into_toml(text, None)
    assert removed == f"{TOML}\n# about b\n[b]\nc = 1\n"


@pytest.mark.parametrize(
    "text",
    [
        "a = ",
        'mcp_servers = { quo = { command = "old" } }\n',
        'mcp_servers = { other = { command = "old" } }\n',
        "mcp_servers = 1\n",
        '[mcp_servers]\nquo = { command = "old" }\n',
    ],
)
def test_toml_that_cannot_be_edited_safely_is_refused(text):
    with pytest.raises(UneditableFile):
        into_toml(text)


def test_whatever_stands_in_a_table_is_spelt_as_toml_or_refused():
    unusual = {"command": "x", "a b": [{"c": True}, []], "tools": {"x.y": {}}, "n": 1.5}
    assert toml_edit.parse(into_toml(TOML, unusual))["mcp_servers"]["quo"] == unusual
    with pytest.raises(UneditableFile):
        into_toml(TOML, {"since": date(2026, 1, 2)})


def test_lines_that_only_look_like_headers_end_no_table():
    text = 'a = [\n  [1, 2],\n  ["x"],\n]\n[[b]]\nc = 1\n[[b]]\nc = 2\n'
    assert into_toml(text).startswith(text)


YAML = """\
# mine
GOOSE_MODEL: m
extensions:
  # the one I like
  developer:
    enabled: true   # yes
    type: builtin

GOOSE_MODE: auto
"""


def into_yaml(text, value=FLAT):
    return set_value(yaml_edit, text, ("extensions", "quo"), value)


@pytest.mark.parametrize(
    "text",
    [
        YAML,
        YAML.replace("\n", "\r\n"),
        "GOOSE_MODEL: m",
        "extensions:\n    a:\n        b: 1\n",
        "extensions: # none yet\n",
        "extensions: {}\nA: 1\n",
        "extensions: { }  # none\n",
        "A: 1\nextensions: ~",
        "extensions: null\r\n",
        "extensions:",
        "# nothing but this\n",
    ],
)
def test_a_block_goes_into_yaml_and_out_again(text):
    before = yaml_edit.parse(text)
    edited = into_yaml(text)
    after = yaml_edit.parse(edited)
    assert after.pop("extensions") == (before.pop("extensions", None) or {}) | {"quo": FLAT}
    assert after == before
    removed = [line for line in text.splitlines() if line not in edited.splitlines()]
    assert all(line.startswith("extensions: ") for line in removed)


def test_a_block_in_yaml_is_replaced_where_it_stands():
    text = YAML.replace("  # the one", "  quo:\n    cmd: old\n    envs:\n      A: b\n  # the one")
    assert yaml_edit.parse(into_yaml(text))["extensions"]["quo"] == FLAT
    assert into_yaml(text, None) == YAML
    last = "extensions:\n  a:\n    b: 1\n  quo:\n    cmd: old\n"
    assert into_yaml(last, None) == "extensions:\n  a:\n    b: 1\n"


@pytest.mark.parametrize(
    "text",
    [
        "a: [",
        "- a\n",
        "extensions: {a: {b: 1}}\n",
        "extensions:\n  - a\n",
        "extensions: 1\n",
        "a: 1\n---\nb: 2\n",
        "a: 1\na: 1\n",
        "extensions:\nb:\n  c: 1\n  c: 2\n",
        "extensions: !!map {}\n",
    ],
)
def test_yaml_that_cannot_be_edited_safely_is_refused(text):
    with pytest.raises(UneditableFile):
        into_yaml(text)
