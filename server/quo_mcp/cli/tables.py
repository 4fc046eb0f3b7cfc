"""A list as a table, where a person looks at it."""

from collections.abc import Sequence
from typing import NamedTuple

GAP = "  "
LEAST = 20  # characters that the last column gets however narrow the screen is


class Cell(NamedTuple):
    """colour: as in an escape sequence, e.g. 32 for green; 0 for none."""

    text: str
    colour: int = 0


def table(head: Sequence[str], rows: Sequence[Sequence[Cell]], *, width: int, colour: bool) -> str:
    """Lines of columns as wide as what they hold; the last is cut where the screen ends."""
    whole = [[Cell(text, 1) for text in head], *rows]
    widths = [max(len(cell.text) for cell in column) for column in zip(*whole, strict=True)]
    room = max(LEAST, width - sum(widths[:-1]) - len(GAP) * (len(widths) - 1))
    return "\n".join(_line(row, [*widths[:-1], room], colour=colour) for row in whole)


def _line(row: Sequence[Cell], widths: Sequence[int], *, colour: bool) -> str:
    *others, last = row
    cells = [
        cell._replace(text=f"{cell.text:{wide}}")
        for cell, wide in zip(others, widths[:-1], strict=True)
    ]
    room = widths[-1]
    cells.append(
        last if len(last.text) <= room else last._replace(text=f"{last.text[: room - 1]}…")
    )
    return GAP.join(
        f"\033[{cell.colour}m{cell.text}\033[0m" if colour and cell.colour else cell.text
        for cell in cells
    ).rstrip()
