"""The witness: a second record beside the database, by which a lost or older database is noticed and restored.

It is a text file of JSON lines. The first names the database; each further one is a row as it was after a
commit. It holds no words of messages. It is written after each commit and is therefore never ahead of
the database: if it is, the database was replaced.
"""

import contextlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

RowKey = tuple[object, ...]


class WitnessedTable(NamedTuple):
    """A table whose rows must survive the database.

    key: the columns of its primary key. omitted: columns that the witness does not hold.
    """

    name: str
    key: tuple[str, ...]
    omitted: tuple[str, ...] = ()


class WitnessedRow(NamedTuple):
    """A row as it was at a sequence number of the database."""

    sequence: int
    table: str
    values: Mapping[str, Any]


@dataclass
class Testimony:
    """What is known about a database: its id, its last sequence number, and its rows by table and key.

    erasures: how many times rows were erased from it before; rows that are known from earlier may be among them.
    """

    database_id: str | None = None
    sequence: int = 0
    erasures: int = 0
    rows: dict[tuple[str, RowKey], WitnessedRow] = field(default_factory=dict)

    def add(self, row: WitnessedRow, table: WitnessedTable) -> None:
        """Add a row, unless a later version of it is known."""
        key = (row.table, tuple(row.values.get(column) for column in table.key))
        known = self.rows.get(key)
        if known is None or known.sequence <= row.sequence:
            self.rows[key] = row
        self.sequence = max(self.sequence, row.sequence)


class Witness:
    """The file. A failed read counts as no file; a failed write leaves it behind the database."""

    def __init__(self, path: Path, tables: Iterable[WitnessedTable]) -> None:
        self.path = path
        self.tables = {table.name: table for table in tables}

    def read(self) -> tuple[Testimony, int]:
        """Return what the file holds, and the number of its lines. Lines that are cut off or damaged are skipped."""
        testimony, count = Testimony(), 0
        with contextlib.suppress(OSError):
            for line in self.path.read_bytes().splitlines():
                count += 1
                with contextlib.suppress(ValueError, TypeError, KeyError, RecursionError):
                    self._read_line(json.loads(line), testimony)
        return testimony, count

    def _read_line(self, line: dict[str, Any], testimony: Testimony) -> None:
        if "database" in line:
            testimony.database_id = str(line["database"])
            testimony.sequence = max(testimony.sequence, int(line["sequence"]))
            testimony.erasures = int(line.get("erasures", 0))
            return
        table = self.tables[line["table"]]
        testimony.add(WitnessedRow(int(line["sequence"]), table.name, dict(line["row"])), table)

    def append(self, rows: Iterable[WitnessedRow]) -> None:
        """Add rows."""
        text = b"".join(map(self._line, rows))
        with contextlib.suppress(OSError):
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND)
            try:
                os.write(descriptor, text)
            finally:
                os.close(descriptor)

    def rewrite(self, known: Testimony, rows: Iterable[WitnessedRow]) -> None:
        """Replace the file. known: what its first line says; its rows are not used."""
        temporary = self.path.with_name(f"{self.path.name}.{os.getpid()}.new")
        first = {
            "database": known.database_id,
            "sequence": known.sequence,
            "erasures": known.erasures,
        }
        header = json.dumps(first).encode() + b"\n"
        with contextlib.suppress(OSError):
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with open(descriptor, "wb") as file:  # noqa: PTH123 - opened by descriptor, to set its mode
                file.write(header + b"".join(map(self._line, rows)))
            temporary.replace(self.path)

    def _line(self, row: WitnessedRow) -> bytes:
        omitted = self.tables[row.table].omitted
        values = {name: value for name, value in row.values.items() if name not in omitted}
        line = {"sequence": row.sequence, "table": row.table, "row": values}
        return json.dumps(line, separators=(",", ":")).encode() + b"\n"
