"""How the list of opt-outs has the number of a forgotten person: by a keyed hash, so that a text is still refused.

The key is in the same database. So the hash protects the number from those who see a row, a log or a backup of
the list, and not from those who have the database and try all numbers.
"""

import hmac
import secrets

from quo_mcp.store.database import DatabaseConnection

PREFIX = "hash:"
_KEY_NAME = "number"
_KEY_BYTES = 32
_HASH_DIGITS = 32


class NumberHashes:
    """The keyed hashes of numbers. key: None before the first person is forgotten."""

    def __init__(self, key: str | None) -> None:
        self._key = bytes.fromhex(key) if key else None

    def of(self, number: str) -> str | None:
        if self._key is None:
            return None
        return PREFIX + hmac.digest(self._key, number.encode(), "sha256").hex()[:_HASH_DIGITS]


def load_hashes(connection: DatabaseConnection) -> NumberHashes:
    row = connection.execute("SELECT value FROM hash_keys WHERE name = ?", (_KEY_NAME,)).fetchone()
    return NumberHashes(row and row["value"])


def create_hashes(connection: DatabaseConnection) -> NumberHashes:
    """Return the hashes, and create their key if there is none."""
    connection.execute(
        "INSERT INTO hash_keys (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
        (_KEY_NAME, secrets.token_hex(_KEY_BYTES)),
    )
    return load_hashes(connection)


def stored_number(connection: DatabaseConnection, number: str) -> str:
    """Return how the list of opt-outs has a number: its hash if the person was forgotten, else the number."""
    hashed = load_hashes(connection).of(number)
    if hashed is None:
        return number
    row = connection.execute("SELECT 1 FROM optouts WHERE number = ?", (hashed,)).fetchone()
    return number if row is None else hashed
