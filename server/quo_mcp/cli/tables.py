"""Tables for a terminal."""

from collections.abc import Sequence
from typing import NamedTuple

GAP = "  "
MIN_LAST_COLUMN = 20  # minimum width of the last column


class Cell(NamedTuple):
    """A cell of a table. color: the number in the ANSI escape sequence, e.g. 32 for green; 0 for none."""

    text: str
    color: int = 0


def format_table(
    headings: Sequence[str], rows: Sequence[Sequence[Cell]], *, width: int, color: bool
) -> str:
    """Return the table as lines. Columns are as wide as their content; the last is cut at `width`."""
    all_rows = [[Cell(text, 1) for text in headings], *rows]
    widths = [max(len(cell.text) for cell in column) for column in zip(*all_rows, strict=True)]
    last_width = max(MIN_LAST_COLUMN, width - sum(widths[:-1]) - len(GAP) * (len(widths) - 1))
    return "\n".join(_line(row, [*widths[:-1], last_width], color=color) for row in all_rows)


def _line(row: Sequence[Cell], widths: Sequence[int], *, color: bool) -> str:
    *others, last = row
    cells = [
        cell._replace(text=f"{cell.text:{width}}")
        for cell, width in zip(others, widths[:-1], strict=True)
    ]
    last_width = widths[-1]
    cells.append(
        last
        if len(last.text) <= last_width
        else last._replace(text=f"{last.text[: last_width - 1]}…")
    )
    return GAP.join(
        f"\033[{cell.color}m{cell.text}\033[0m" if color and cell.color else cell.text
        for cell in cells
    ).rstrip()
