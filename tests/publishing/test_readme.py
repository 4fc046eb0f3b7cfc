"""The README's generated sections: up to date, complete, and without hand-written counts."""

import re
from pathlib import Path

import pytest

import quo_mcp
from quo_mcp.config.settings import Settings, variable_name
from quo_mcp.publishing.__main__ import main
from quo_mcp.publishing.readme import (
    markdown_table,
    render_layout_section,
    render_settings_section,
    render_tools_section,
    update_sections,
)
from quo_mcp.tools.base import Effect, name_of
from quo_mcp.tools.catalogue import TOOLSETS

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
EMPTY = (
    "# x\n<!-- tools --><!-- /tools -->\nmine\n<!-- settings -->old<!-- /settings -->\nend\n"
    "<!-- layout --><!-- /layout -->\n"
)
WORDS = (
    "two three four five six seven eight nine ten eleven twelve (?:twen|thir|for|fif)ty(?:-[a-z]+)?"
)


@pytest.fixture(autouse=True)
def no_settings(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(variable_name(name), raising=False)
    monkeypatch.delenv("QUO_MCP_REFRESH", raising=False)


def tool_row(name):
    return next(line for line in render_tools_section().splitlines() if f" `{name}` |" in line)


def row_of(section, name):
    return next(line for line in section.splitlines() if line.startswith(f"| `{name}` |"))


def test_the_readme_is_up_to_date():
    assert main(["--check", str(README)]) == 0, "run: python -m quo_mcp.publishing --write"


def test_every_tool_has_a_row_with_its_toolset_in_order():
    rows = re.findall("^[|] ([a-z]+)[^|]*[|] `(quo_[a-z_]+)`", render_tools_section(), re.MULTILINE)
    assert rows == [
        (toolset, name_of(tool)) for toolset, tools in TOOLSETS.items() for tool in tools
    ]


def test_a_row_says_effect_words_and_arguments():
    row = tool_row("quo_send_message")
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[2] == Effect.SEND
    assert cells[3].startswith("Send a text message to one person")
    assert cells[4].startswith("`to` `text` [`inbox` ")
    assert "`page_token`" not in render_tools_section()


def test_every_setting_has_a_row_with_its_default():
    section = render_settings_section()
    for field in Settings.model_fields:
        assert row_of(section, variable_name(field))
    assert row_of(section, "MATON_API_KEY").startswith("| `MATON_API_KEY` |  | Your Maton API key.")
    assert row_of(section, "QUO_MCP_READ_ONLY").startswith("| `QUO_MCP_READ_ONLY` | `false` |")
    assert row_of(section, "QUO_MCP_TOOLSETS").startswith("| `QUO_MCP_TOOLSETS` | `default` |")
    assert row_of(section, "QUO_MCP_DENIED").startswith("| `QUO_MCP_DENIED` |  |")
    assert row_of(section, "QUO_MCP_LOG_LEVEL").startswith("| `QUO_MCP_LOG_LEVEL` | `WARNING` |")


def test_the_layout_has_a_row_for_every_folder_of_the_package_and_the_repository():
    rows = re.findall(r"^\| (\d?) \| `(.+?)/?` \| .+ \|$", render_layout_section(), re.MULTILINE)
    package = Path(quo_mcp.__file__).parent
    rooms = {f"server/quo_mcp/{path.parent.name}" for path in package.glob("*/__init__.py")}
    assert {path for layer, path in rows if layer} == rooms | {"server/quo_mcp/errors.py"}
    assert [layer for layer, _ in rows] == [*sorted(layer for layer, _ in rows if layer), "", ""]
    assert all((ROOT / path).exists() for _, path in rows)


def test_writing_renews_what_is_between_the_markers_and_nothing_else():
    renewed = update_sections(EMPTY)
    assert render_tools_section() in renewed
    assert render_settings_section() in renewed
    assert "old" not in re.findall("<!-- settings -->(.*?)\\|", renewed, re.DOTALL)[0]
    assert renewed.startswith("# x\n<!-- tools -->\n")
    assert "<!-- /tools -->\nmine\n<!-- settings -->" in renewed
    assert "<!-- /settings -->\nend\n<!-- layout -->\n\n" in renewed
    assert renewed.endswith(f"{render_layout_section()}\n\n<!-- /layout -->\n")
    assert update_sections(renewed) == renewed


@pytest.mark.parametrize(
    "readme",
    [
        "nothing",
        EMPTY.replace("<!-- tools -->", ""),
        EMPTY.replace("<!-- /settings -->", ""),
        EMPTY + EMPTY,
        EMPTY.replace("<!-- tools --><!-- /tools -->", "<!-- /tools --><!-- tools -->"),
    ],
)
def test_a_file_whose_markers_are_amiss_is_refused_and_left_alone(readme, tmp_path, capsys):
    path = tmp_path / "README.md"
    path.write_text(readme)
    assert main(["--write", str(path)]) == 2
    assert "There must be one <!-- " in capsys.readouterr().err
    assert path.read_text() == readme


def test_a_file_that_is_not_there_is_said_to_be(tmp_path, capsys):
    assert main(["--check", str(tmp_path / "none.md")]) == 2
    assert "none.md" in capsys.readouterr().err


def test_check_tells_what_write_mends(tmp_path, capsys):
    path = tmp_path / "README.md"
    path.write_text(EMPTY)
    assert main(["--check", str(path)]) == 1
    assert "python -m quo_mcp.publishing --write" in capsys.readouterr().err
    assert path.read_text() == EMPTY
    assert main(["--write", str(path)]) == 0
    assert main(["--check", str(path)]) == 0


def test_without_either_it_prints_both_parts(capsys):
    assert main([]) == 0
    assert capsys.readouterr().out == f"{render_tools_section()}\n\n{render_settings_section()}\n"


def test_a_bar_cannot_break_out_of_its_cell():
    assert markdown_table(("a", "b"), [("x|y", "z")]).splitlines()[-1] == r"| x\|y | z |"


@pytest.mark.parametrize(
    "path",
    [
        README,
        *Path(quo_mcp.__file__).parent.rglob("*.py"),
        *(item for item in ROOT.glob("manifests/**/*") if item.is_file()),
    ],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_no_count_of_tools_is_typed(path):
    counts = "|".join(["[0-9]+", *WORDS.split()])
    match = re.search(
        rf"\b(?:{counts}|[0-9]+ [a-z]+) tools\b", path.read_text(encoding="utf-8"), re.IGNORECASE
    )
    assert not match, f"{match.group()!r}: count TOOLSETS instead"
