"""What follows from the code and is kept in files: parts of the README, and all of manifests/.

The README's parts stand between markers, so that `python -m quo_mcp.publishing --write` can renew them and a test
can tell when they are out of date.
"""

from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from quo_mcp.config.settings import Config, variable
from quo_mcp.publishing import client_snippets
from quo_mcp.publishing.manifests import FOLDER, files
from quo_mcp.publishing.project import project_at
from quo_mcp.tools.base import Tool, description_of, name_of
from quo_mcp.tools.catalogue import OFF_BY_DEFAULT, TOOLSETS

PAGING = {"limit", "page_token"}  # every list has them: they tell nobody which tool to take


def tools_section() -> str:
    """A table for each toolset: tool, effect, description, arguments."""
    return "\n\n".join(
        f"### {toolset}{' (off unless named)' if toolset in OFF_BY_DEFAULT else ''}\n\n"
        + table(
            ("Tool", "Effect", "What it does", "Arguments"),
            [
                (f"`{name_of(tool)}`", tool.effect, first_paragraph(tool), arguments(tool))
                for tool in tools
            ],
        )
        for toolset, tools in TOOLSETS.items()
    )


def settings_section() -> str:
    """A table of everything that a person can set, from `Config`."""
    return table(
        ("Variable", "Default", "What it does"),
        [
            (f"`{variable(name)}`", default_of(field), field.description or "")
            for name, field in Config.model_fields.items()
        ],
    )


def generated(readme: Path) -> dict[Path, str]:
    """Every file that is written from the code, by its path, with the text that it should have.

    A README that stands beside a pyproject.toml is the repository's: the manifests go with it, and
    it says how to connect each client.

    Raises:
        OSError: a file cannot be read.
        ValueError: a marker is amiss, or pyproject.toml is.
    """
    text, root = readme.read_text(encoding="utf-8"), readme.parent
    if not (root / "pyproject.toml").is_file():
        return {readme: written(text)}
    project = project_at(root)
    manifests = {root / path: each for path, each in files(project).items()}
    return {readme: written(text, client_snippets.section(project))} | manifests


def left_over(readme: Path) -> list[Path]:
    """The files among the manifests that nothing writes any more."""
    known = generated(readme)
    there = sorted((readme.parent / FOLDER).rglob("*"))
    return [path for path in there if path.is_file() and path not in known]


def written(readme: str, connecting: str | None = None) -> str:
    """`readme` with its generated parts renewed, and all else as it is.

    Raises:
        ValueError: a marker is missing, or is there twice.
    """
    sections = {"tools": tools_section(), "settings": settings_section()}
    if connecting is not None:
        sections["clients"] = connecting
    for name, section in sections.items():
        begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        if (
            readme.count(begin) != 1
            or readme.count(end) != 1
            or readme.find(begin) > readme.find(end)
        ):
            raise ValueError(f"There must be one {begin} and, after it, one {end}.")
        before, _, rest = readme.partition(begin)
        readme = f"{before}{begin}\n\n{section}\n\n{end}{rest.partition(end)[2]}"
    return readme


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A table in Markdown; a bar in a cell cannot break out of it."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines
    )


def first_paragraph(tool: type[Tool[Any]]) -> str:
    return description_of(tool).partition("\n\n")[0]


def arguments(tool: type[Tool[Any]]) -> str:
    """`to` `text` [`inbox`]: what may be left out in brackets, and the paging unsaid."""
    named = {name: field for name, field in tool.model_fields.items() if name not in PAGING}
    needed = [f"`{name}`" for name, field in named.items() if field.is_required()]
    optional = [f"`{name}`" for name, field in named.items() if not field.is_required()]
    return " ".join([*needed, *([f"[{' '.join(optional)}]"] if optional else [])])


def default_of(field: FieldInfo) -> str:
    """A default as one would set it; nothing where there is none, or none that could be typed."""
    match field.default:
        case None | () | SecretStr():
            return ""
        case bool(yes):
            return f"`{str(yes).lower()}`"
        case tuple(words):
            return f"`{','.join(words)}`"
        case value:
            return f"`{value}`"
