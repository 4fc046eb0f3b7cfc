"""The manifests: up to date, of one version, and with the existing tools and settings."""

import json
import re
from pathlib import Path

import pytest
import yaml
from mcp import Client

import quo_mcp
from quo_mcp.config.environment import load_settings
from quo_mcp.config.settings import (
    API_KEY_VARIABLE,
    SECRET_FILE_VARIABLES,
    Settings,
    variable_name,
)
from quo_mcp.publishing import docker, plugin, registry, setting_forms, skills, smithery
from quo_mcp.publishing.__main__ import main
from quo_mcp.publishing.generated_files import (
    find_stale_files,
    generate_files,
    render_manifests,
)
from quo_mcp.publishing.project import load_project, to_yaml
from quo_mcp.server.app import build_server
from quo_mcp.tools.base import name_of
from quo_mcp.tools.catalogue import TOOLSETS

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
MANIFESTS = ROOT / "manifests"
PROJECT = load_project(ROOT)
WRITTEN = render_manifests(PROJECT)
VARIABLES = {variable_name(name) for name in Settings.model_fields}

each_file = pytest.mark.parametrize("path", WRITTEN, ids=str)
each_skill = pytest.mark.parametrize("name", skills.render_skills())


def read(path):
    return (MANIFESTS / path).read_text(encoding="utf-8")


def parsed(path):
    return json.loads(read(path))


@each_file
def test_a_manifest_is_as_the_code_writes_it(path):
    assert (ROOT / path).read_text(encoding="utf-8") == WRITTEN[path], (
        "run: python -m quo_mcp.publishing --write"
    )


def test_no_manifest_is_written_by_hand():
    assert find_stale_files(README) == []


def test_they_are_all_of_the_version_that_the_code_has():
    entry = parsed("server.json")
    version = quo_mcp.__version__
    assert [entry["version"], *(item["version"] for item in entry["packages"])] == [version] * 2
    assert parsed("mcpb/manifest.json")["version"] == version
    assert parsed("claude-code/quo/.claude-plugin/plugin.json")["version"] == version
    assert parsed("gemini/gemini-extension.json")["version"] == version
    assert f'image.version="{version}"' in read("docker/Dockerfile")


@each_file
def test_only_settings_that_there_are_are_named(path):
    mentioned = set(re.findall(r"\b(?:QUO_MCP_[A-Z_]*[A-Z]|MATON_[A-Z_]+)\b", WRITTEN[path]))
    assert mentioned <= VARIABLES | {*SECRET_FILE_VARIABLES.values()}


@each_file
def test_only_tools_that_there_are_are_named(path):
    tool_names = {name_of(tool) for tools in TOOLSETS.values() for tool in tools}
    mentioned = set(re.findall(r"\bquo_(?!mcp\b)[a-z_]+\b", WRITTEN[path]))
    assert mentioned - {"quo_api_key"} <= tool_names


def test_the_registry_takes_the_entry():
    entry = parsed("server.json")
    assert entry["$schema"].endswith("/2025-12-11/server.schema.json")
    assert re.fullmatch(r"io\.github\.[a-z0-9-]+/[a-z0-9-]+", entry["name"])
    assert 1 <= len(entry["description"]) <= 100
    assert entry["packages"][0]["transport"] == {"type": "stdio"}
    assert "registryBaseUrl" not in entry["packages"][0]


def test_the_registry_finds_its_mark_in_the_readme():
    assert (
        README.read_text(encoding="utf-8").count(f"<!-- mcp-name: {PROJECT.registry_name} -->") == 1
    )


def test_the_registry_knows_every_setting_of_a_stdio_server():
    listed = {
        item["name"]: item
        for item in registry.registry_entry(PROJECT)["packages"][0]["environmentVariables"]
    }
    assert set(listed) == {item for item in VARIABLES if not item.startswith("QUO_MCP_HTTP_")}
    assert listed[API_KEY_VARIABLE]["isSecret"] is True
    assert [name for name, item in listed.items() if item.get("isSecret")] == [
        API_KEY_VARIABLE,
        "QUO_API_KEY",
        "QUO_MCP_DATABASE",
        "HTTPS_PROXY",
    ]
    assert listed["QUO_MCP_APPROVAL"]["choices"] == ["auto", "required", "preview", "never"]
    assert listed["QUO_MCP_APPROVAL"]["default"] == "auto"
    assert (listed["QUO_MCP_READ_ONLY"]["format"], listed["QUO_MCP_READ_ONLY"]["default"]) == (
        "boolean",
        "false",
    )
    assert (listed["QUO_MCP_MAX_PER_DAY"]["format"], listed["QUO_MCP_MAX_PER_DAY"]["default"]) == (
        "number",
        "300",
    )
    assert listed["QUO_MCP_STATE_DIR"]["format"] == "filepath"
    assert not any(item["isRequired"] or "`" in item["description"] for item in listed.values())


def test_what_the_registry_calls_defaults_changes_nothing_when_it_is_set():
    variables = registry.registry_entry(PROJECT)["packages"][0]["environmentVariables"]
    assert (
        load_settings({item["name"]: item.get("default", "") for item in variables}) == Settings()
    )


@pytest.mark.parametrize(
    ("path", "form", "server"),
    [
        ("mcpb/manifest.json", "user_config", lambda it: it["server"]["mcp_config"]),
        (
            "claude-code/quo/.claude-plugin/plugin.json",
            "userConfig",
            lambda it: it["mcpServers"]["quo"],
        ),
    ],
)
def test_an_installer_that_is_given_nothing_sets_nothing(path, form, server):
    manifest = parsed(path)
    settings = manifest[form]
    assert set(settings) == {"api_key", "quo_api_key", "time_zone", "default_inbox", "read_only"}
    assert [name for name, field in settings.items() if field.get("sensitive")] == [
        "api_key",
        "quo_api_key",
    ]
    environment = {}
    for name, value in server(manifest)["env"].items():
        default = settings[re.fullmatch(r"\$\{user_config\.([a-z_]+)\}", value)[1]]["default"]
        environment[name] = str(default).lower() if isinstance(default, bool) else default
    assert set(environment) == {item.variable for item in setting_forms.install_setting_forms()}
    assert load_settings(environment) == Settings()


def test_gemini_keeps_the_key_to_itself():
    settings = parsed("gemini/gemini-extension.json")["settings"]
    assert [item["envVar"] for item in settings] == [
        item.variable for item in setting_forms.install_setting_forms()
    ]
    assert [item["envVar"] for item in settings if item.get("sensitive")] == [
        API_KEY_VARIABLE,
        "QUO_API_KEY",
    ]


@pytest.mark.anyio
async def test_the_tools_that_are_listed_are_those_that_a_client_gets():
    async with Client(build_server(Settings())) as client:
        tools = (await client.list_tools()).tools
    assert parsed("mcpb/manifest.json")["tools"] == [
        {"name": item.name, "description": item.description} for item in tools
    ]
    listed = parsed("docker/tools.json")
    assert [(item["name"], item["description"]) for item in listed] == [
        (item.name, item.description) for item in tools
    ]
    for tool, entry in zip(tools, listed, strict=True):
        schema = tool.input_schema
        takes = {item["name"]: item for item in entry["arguments"]}
        assert list(takes) == list(schema["properties"])
        assert [name for name, item in takes.items() if not item.get("optional")] == [
            name for name in schema["properties"] if name in schema.get("required", [])
        ]
        for name, argument in schema["properties"].items():
            assert (takes[name]["type"], takes[name]["desc"]) == (
                argument["type"],
                argument["description"],
            )
            assert takes[name].get("items", {}).get("type") == argument.get("items", {}).get("type")


def test_the_catalogue_entry_reads_as_it_was_meant():
    entry = yaml.safe_load(read("docker/server.yaml"))
    assert entry == docker.catalog_entry(PROJECT)
    assert [item["env"] for item in entry["config"]["secrets"]] == [API_KEY_VARIABLE, "QUO_API_KEY"]
    used = {item["value"] for item in entry["config"]["env"]}
    assert used == {
        f"{{{{{entry['name']}.{item}}}}}" for item in entry["config"]["parameters"]["properties"]
    }
    assert (ROOT / entry["source"]["dockerfile"]).is_file()


def test_the_image_runs_as_nobody_and_keeps_what_must_not_be_lost():
    lines = read("docker/Dockerfile").splitlines()
    assert [line for line in lines if line.startswith("USER ")] == [f"USER {docker.USER_ID}"]
    assert int(docker.USER_ID) > 0
    assert f'VOLUME ["{docker.STATE_DIR}"]' in lines
    assert sum("compileall" in line for line in lines) == 2
    assert not any(line.startswith("ARG") for line in lines)
    assert {item for item in VARIABLES if any(item in line for line in lines)} == {
        "QUO_MCP_STATE_DIR"
    }


def test_smithery_hands_over_what_it_asked():
    command = yaml.safe_load(read("smithery.yaml"))["startCommand"]
    assert command["type"] == "stdio"
    used = re.findall(r"([A-Z_]+): String\(config\.([a-z_]+) \?\? ''\)", command["commandFunction"])
    assert used == [(item.variable, item.field) for item in setting_forms.install_setting_forms()]
    assert list(command["configSchema"]["properties"]) == [field for _, field in used]
    assert set(command["exampleConfig"]) <= set(command["configSchema"]["properties"])
    assert command["commandFunction"] == smithery.command_function()


def test_the_marketplace_offers_the_plugin():
    market = parsed("claude-code/.claude-plugin/marketplace.json")
    (entry,) = market["plugins"]
    folder = MANIFESTS / "claude-code" / entry["source"]
    assert json.loads((folder / ".claude-plugin/plugin.json").read_text())["name"] == entry["name"]
    assert f"claude plugin install {entry['name']}@{market['name']}" in plugin.render_readme(
        PROJECT
    )
    assert len(plugin.render_readme(PROJECT).split()) > 40


@each_skill
def test_a_skill_says_when_to_use_it_and_sends_nothing_unasked(name):
    text = read(f"claude-code/quo/skills/{name}/SKILL.md")
    _, head, body = text.split("---\n", 2)
    assert yaml.safe_load(head).keys() == {"name", "description"}
    assert yaml.safe_load(head)["name"] == name
    assert "Use when" in yaml.safe_load(head)["description"]
    assert len(yaml.safe_load(head)["description"]) <= 1024
    assert re.search(
        "Do not send, mark or change anything until I have approved|Send only after they approve this text",
        body.replace("\n", " "),
    )
    assert re.search(r"\bquo_[a-z_]+\b", body)


@pytest.mark.parametrize(
    "value",
    [
        *("plain words", "", "yes", "null", "12", "1.5", "2025-12-11", "a: b", "a:b", "https://x.example/y", "trailing:"),
        *("# no comment", "a # b", "- item", '"', "'", "{{a.b}}", "[x]", "*", "&a", "!t", "%", "@", "`", "|", " a", "a "),
        *("ä", "a\nb", "\t", "é: ö", True, False, 3, None, [], {}, ["a", "b: c"], [{"a": 1, "b": ["c"]}, {"d": "e"}]),
    ],
)  # fmt: skip
def test_yaml_reads_back_as_it_was_written(value):
    assert yaml.safe_load(to_yaml({"a": value, "yes": {"b": value}})) == {
        "a": value,
        "yes": {"b": value},
    }


@pytest.fixture
def repository(tmp_path):
    """Return the README of a repository without generated files."""
    for name in ("pyproject.toml", "README.md"):
        (tmp_path / name).write_text((ROOT / name).read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path / "README.md"


def test_one_command_writes_them_all(repository, capsys):
    assert main(["--check", str(repository)]) == 1
    assert "server.json is out of date" in capsys.readouterr().err
    assert not (repository.parent / "manifests").exists()
    assert main(["--write", str(repository)]) == 0
    assert main(["--check", str(repository)]) == 0
    written_files = {
        path for path in (repository.parent / "manifests").rglob("*") if path.is_file()
    }
    assert {*written_files, repository} == generate_files(repository).keys()


def test_a_manifest_that_nothing_writes_any_more_is_named_and_left_to_a_person(repository, capsys):
    main(["--write", str(repository)])
    stray = repository.parent / "manifests" / "old.json"
    stray.write_text("{}")
    for what in ("--check", "--write"):
        assert main([what, str(repository)]) == 1
        assert "old.json is no longer generated" in capsys.readouterr().err
    assert stray.exists()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[project]\nname = 'x'\n", "description, license"),
        ("", "name, description"),
        ("[", "pyproject|Invalid|Expected"),
    ],
)
def test_a_project_that_says_too_little_is_refused_and_nothing_is_written(
    repository, text, complaint, capsys
):
    (repository.parent / "pyproject.toml").write_text(text)
    assert main(["--write", str(repository)]) == 2
    assert re.search(complaint, capsys.readouterr().err)
    assert not (repository.parent / "manifests").exists()
