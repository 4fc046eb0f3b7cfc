"""How much may be sent: more than a small business needs, less than an agent gone astray would send."""

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime

from quo_mcp.errors import Forbidden
from quo_mcp.safety.send_record import Intent, State

_MINUTE, _HOUR, _DAY = 60, 3600, 24 * 3600


@dataclass(frozen=True)
class Limits:
    """At most so many in any span of that length, on one account; None where there is no limit.

    A text to a group counts once for each person. What surely did not go out does not count; what
    may have gone out does. The two for a person hold for each number by itself.
    """

    per_minute: int | None
    per_hour: int | None
    per_day: int | None
    per_person_hour: int | None
    per_person_day: int | None
    cents_per_day: int | None


UNLIMITED = Limits(None, None, None, None, None, None)


@dataclass(frozen=True)
class _Rule:
    most: int | None
    seconds: int
    adds: int  # what the new text adds
    words: str
    column: str = "json_array_length(people)"
    person: str | None = None


def check(connection: sqlite3.Connection, intent: Intent, now: datetime, limits: Limits) -> None:
    """Raises Forbidden, with the time at which there is room again, where the text would be too many.

    Call it in the transaction that writes the reservation: only then is the count exact.
    """
    waits = [
        (room_at, rule)
        for rule in _rules(intent, limits)
        if (room_at := _room_at(connection, intent.account, rule, now.timestamp())) is not None
    ]
    if not waits:
        return
    room_at, rule = max(waits, key=lambda wait: wait[0])
    if room_at == float("inf"):
        when = "This text alone is more than that, so waiting does not help."
    else:
        seconds = max(1, round(room_at - now.timestamp()))
        when = f"There is room again {_in(seconds)}, at {_clock(room_at)}."
    raise Forbidden(
        f"Not sent: this server sends at most {rule.most} {rule.words}. {when} "
        "Only a person can change the limit, in this server's settings."
    )


def _rules(intent: Intent, limits: Limits) -> list[_Rule]:
    many = len(intent.people)
    return [
        _Rule(limits.per_minute, _MINUTE, many, "texts a minute"),
        _Rule(limits.per_hour, _HOUR, many, "texts an hour"),
        _Rule(limits.per_day, _DAY, many, "texts a day"),
        _Rule(limits.cents_per_day, _DAY, intent.cents, "cents' worth of texts a day", "cents"),
        *(
            _Rule(most, seconds, 1, f"texts {span} to one person ({person})", "1", person)
            for person in intent.people
            for most, seconds, span in (
                (limits.per_person_hour, _HOUR, "an hour"),
                (limits.per_person_day, _DAY, "a day"),
            )
        ),
    ]


def _room_at(connection: sqlite3.Connection, account: str, rule: _Rule, now: float) -> float | None:
    """When there is room under the rule, in Unix seconds; None for at once, infinity for never."""
    if rule.most is None or not rule.adds:
        return None
    if rule.adds > rule.most:
        return float("inf")
    counted = (
        " FROM sends WHERE account = :account AND created_at > :since AND state <> :rejected"
        " AND (:person IS NULL OR EXISTS (SELECT 1 FROM json_each(people) WHERE value = :person))"
    )
    given = {
        "account": account,
        "since": now - rule.seconds,
        "rejected": State.REJECTED,
        "person": rule.person,
    }
    # The column is one of our own three.
    total = connection.execute(f"SELECT total({rule.column}){counted}", given).fetchone()[0]
    excess = total + rule.adds - rule.most
    if excess <= 0:
        return None
    rows = connection.execute(
        f"SELECT created_at, {rule.column} AS counts{counted} ORDER BY created_at", given
    )
    oldest = 0.0
    while excess > 0:
        oldest, counts = rows.fetchone()
        excess -= counts
    return oldest + rule.seconds


def _in(seconds: int) -> str:
    if seconds < 120:
        return f"in {seconds} seconds"
    if seconds < 2 * _HOUR:
        return f"in {-(-seconds // 60)} minutes"
    return f"in {-(-seconds // _HOUR)} hours"


def _clock(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M:%S %Z}"
