"""The parts of the build that need no network; `.ci/run` runs the whole."""

import zipfile
from pathlib import Path

import pytest

from quo_mcp.publishing import distributions
from quo_mcp.publishing.distributions import FailedCheck, check_distributions, fill_form
from quo_mcp.publishing.project import load_project

ROOT = Path(__file__).parents[2]


def test_the_bundle_has_what_the_build_needs_and_nothing_else(tmp_path):
    path = tmp_path / "quo-mcp.mcpb"
    distributions._pack_bundle(ROOT, path)
    with zipfile.ZipFile(path) as bundle:
        names = bundle.namelist()
    assert {"manifest.json", "pyproject.toml", "README.md", "LICENSE"} <= set(names)
    assert "server/quo_mcp/__main__.py" in names
    assert {name.split("/")[0] for name in names} == {
        "manifest.json",
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "server",
    }
    assert not any("__pycache__" in name or name.endswith(".pyc") for name in names)


@pytest.mark.parametrize(
    ("default", "expected"),
    [("", "a--b"), ("x", "a-x-b"), (False, "a-false-b"), (True, "a-true-b")],
)
def test_an_unchanged_form_is_filled_as_the_host_fills_it(default, expected):
    form = {"field": {"default": default}}
    assert fill_form("a-${user_config.field}-b", Path("/x"), form) == expected
    assert fill_form("${__dirname}/y", Path("/x"), form) == "/x/y"


def test_what_is_started_gets_no_key_or_setting_of_this_shell(tmp_path, monkeypatch):
    for name in ("MATON_API_KEY", "QUO_API_KEY", "QUO_MCP_READ_ONLY", "PYTHONPATH"):
        monkeypatch.setenv(name, "secret")
    environment = distributions._clean_environment(tmp_path)
    assert "secret" not in environment.values()
    assert environment["HOME"].startswith(str(tmp_path))


@pytest.mark.parametrize("command", [["false"], ["sh", "-c", "echo because; exit 3"]])
def test_a_failed_step_is_reported_with_its_output(command):
    with pytest.raises(FailedCheck, match="The build failed") as raised:
        distributions._run(command, "the build")
    assert ("because" in str(raised.value)) == (command[0] == "sh")


def test_an_empty_folder_is_no_release(tmp_path):
    with pytest.raises(ValueError, match="unpack"):
        check_distributions(tmp_path, load_project(ROOT))
