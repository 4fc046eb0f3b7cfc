"""Which account an API key leads to, so that a new key finds what was sent with the old one.

Quo's API has no workspace id. An account is recognized by the ids of its phone numbers: no two workspaces
share one, and a workspace keeps its ids whatever key or gateway leads to it. An account's own id is that of
the first key it was seen with.
"""

import json
from collections.abc import Collection

from quo_mcp.safety.send_record import fingerprint_of
from quo_mcp.store.database import Database, DatabaseConnection


class AccountStore:
    """The methods block and may be called from any thread. They raise `DatabaseUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, key_id: str, number_ids: Collection[str] = ()) -> str | None:
        """Return the account of a known key, or None if the key or one of the numbers is new to it.

        key_id: identifies the key without revealing it. number_ids: the ids (PN…) that it is known to show.
        """
        with self._database.reader() as connection:
            row = connection.execute(
                "SELECT account FROM account_keys WHERE key_id = ?", (key_id,)
            ).fetchone()
            if row is None or not set(number_ids) <= _numbers_of(connection, row["account"]):
                return None
            return str(row["account"])

    def identify(self, key_id: str, number_ids: Collection[str]) -> str:
        """Return the account that a key leads to, and remember its numbers.

        A new key belongs to the account that had one of its numbers, or sent from one. If several had,
        they are one account, and the sends of all of them count for it.
        """
        with self._database.transaction() as connection:
            accounts = _accounts_of(connection, key_id, number_ids)
            account = accounts[0] if accounts else key_id
            for other in accounts[1:]:
                _merge(connection, other, account)
            connection.execute(
                "INSERT INTO account_keys (key_id, account) VALUES (?, ?)"
                " ON CONFLICT (key_id) DO UPDATE SET account = excluded.account",
                (key_id, account),
            )
            connection.executemany(
                "INSERT INTO account_numbers (account, number_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
                [(account, number_id) for number_id in number_ids],
            )
            return account


def _numbers_of(connection: DatabaseConnection, account: str) -> set[str]:
    rows = connection.execute("SELECT number_id FROM account_numbers WHERE account = ?", (account,))
    return {row["number_id"] for row in rows}


def _accounts_of(
    connection: DatabaseConnection, key_id: str, number_ids: Collection[str]
) -> list[str]:
    """Return the accounts of a key and of numbers: that of the key first, then the earliest.

    The sends of 0.1.0 have the key's own id as their account, and the inbox that they were sent from.
    """
    rows = connection.execute(
        "SELECT account FROM account_keys WHERE key_id = :key"
        " UNION ALL SELECT account FROM (SELECT account, min(rowid) AS first FROM sends"
        "   WHERE account = :key OR inbox IN (SELECT value FROM json_each(:numbers))"
        "   GROUP BY account ORDER BY first) AS senders"
        " UNION ALL SELECT account FROM account_numbers"
        "   WHERE number_id IN (SELECT value FROM json_each(:numbers))",
        {"key": key_id, "numbers": json.dumps([*number_ids])},
    )
    return [*dict.fromkeys(row["account"] for row in rows)]


def _merge(connection: DatabaseConnection, other: str, account: str) -> None:
    """Make the rows of one account those of another. A fingerprint has the account, so it changes too.

    Where the text is no longer stored, its fingerprint stays: the send is too old to block a duplicate.
    """
    rows = connection.execute(
        "SELECT send_id, people, text FROM sends WHERE account = ? AND text IS NOT NULL", (other,)
    ).fetchall()
    connection.executemany(
        "UPDATE sends SET fingerprint = ? WHERE send_id = ?",
        [
            (fingerprint_of(account, tuple(json.loads(row["people"])), row["text"]), row["send_id"])
            for row in rows
        ],
    )
    connection.execute("UPDATE sends SET account = ? WHERE account = ?", (account, other))
    connection.execute("UPDATE account_keys SET account = ? WHERE account = ?", (account, other))
    connection.execute(
        "INSERT INTO account_numbers (account, number_id) SELECT ?, number_id FROM account_numbers WHERE account = ?"
        " ON CONFLICT DO NOTHING",
        (account, other),
    )
    connection.execute("DELETE FROM account_numbers WHERE account = ?", (other,))
