"""The README's generated sections. Each stands between markers."""

from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from quo_mcp.config.settings import Settings, variable_name
from quo_mcp.publishing.layout import FOLDERS, PACKAGE, PUBLISHING, ROOMS
from quo_mcp.tools.base import Tool, description_of, name_of
from quo_mcp.tools.catalogue import OFF_BY_DEFAULT, TOOLSETS

PAGING_ARGUMENTS = {
    "limit",
    "page_token",
}  # all list tools have them, so they do not help to choose a tool


def render_tools_section() -> str:
    """Return the table of all tools by toolset: effect, description, arguments."""
    rows: list[tuple[str, ...]] = [
        (
            f"{toolset} (off by default)" if toolset in OFF_BY_DEFAULT else toolset,
            f"`{name_of(tool)}`",
            tool.effect.value,
            first_paragraph(tool),
            format_arguments(tool),
        )
        for toolset, tools in TOOLSETS.items()
        for tool in tools
    ]
    return markdown_table(("Toolset", "Tool", "Effect", "What it does", "Arguments"), rows)


def render_settings_section() -> str:
    """Return the table of all settings."""
    return markdown_table(
        ("Variable", "Default", "What it does"),
        [
            (f"`{variable_name(name)}`", format_default(field), field.description or "")
            for name, field in Settings.model_fields.items()
        ],
    )


def render_layout_section() -> str:
    """Return the table of all rooms, lowest layer first, and of the other folders of the repository."""
    rooms = [*ROOMS, PUBLISHING]
    rows = [(str(room.layer), f"`{PACKAGE}/{room.path}`", room.description) for room in rooms]
    folders = [("", f"`{folder}/`", description) for folder, description in FOLDERS.items()]
    return markdown_table(("Layer", "Where", "What it holds"), [*rows, *folders])


def update_sections(readme: str) -> str:
    """Return `readme` with its generated sections replaced and the rest unchanged.

    Raises:
        ValueError: a marker is missing or duplicated.
    """
    sections = {
        "tools": render_tools_section(),
        "settings": render_settings_section(),
        "layout": render_layout_section(),
    }
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


def markdown_table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Return a Markdown table. A bar in a cell is escaped."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines
    )


def first_paragraph(tool: type[Tool[Any]]) -> str:
    return description_of(tool).partition("\n\n")[0]


def format_arguments(tool: type[Tool[Any]]) -> str:
    """Return the arguments as `to` `text` [`inbox`], optional ones in brackets, without paging."""
    fields = {
        name: field for name, field in tool.model_fields.items() if name not in PAGING_ARGUMENTS
    }
    required = [f"`{name}`" for name, field in fields.items() if field.is_required()]
    optional = [f"`{name}`" for name, field in fields.items() if not field.is_required()]
    return " ".join([*required, *([f"[{' '.join(optional)}]"] if optional else [])])


def format_default(field: FieldInfo) -> str:
    """Return the default as an environment variable would contain it, or "" for none."""
    match field.default:
        case None | () | SecretStr():
            return ""
        case bool(flag):
            return f"`{str(flag).lower()}`"
        case tuple(items):
            return f"`{','.join(items)}`"
        case value:
            return f"`{value}`"
