"""Send limits: above what a small business needs, below what a runaway agent would send."""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from quo_mcp.errors import PolicyRefusal
from quo_mcp.safety.send_record import SendRequest, SendState
from quo_mcp.store.database import DatabaseConnection
from quo_mcp.values.times import format_wait, format_zoned_time
from quo_mcp.values.untrusted import inline_number

_UTC = ZoneInfo("UTC")
_MINUTE, _HOUR, _DAY = 60, 3600, 24 * 3600


@dataclass(frozen=True)
class SendLimits:
    """The maximum number of texts within any span of the given length, per account; None for no limit.

    A group text counts once per recipient. A rejected text does not count; one with an unknown outcome
    does. The two limits per person apply to each number separately. zone: for the times in refusals.
    """

    per_minute: int | None
    per_hour: int | None
    per_day: int | None
    per_person_hour: int | None
    per_person_day: int | None
    cents_per_day: int | None
    zone: ZoneInfo = _UTC


UNLIMITED = SendLimits(None, None, None, None, None, None)


@dataclass(frozen=True)
class _Rule:
    """One limit. added: what the new text adds. recipient: the only number that counts, or None for all.

    template: the limit in words, with `{texts}` or `{dollars}` for the number.
    """

    limit: int | None
    seconds: int
    added: int
    template: str
    column: str = "json_array_length(people)"
    recipient: str | None = None

    @property
    def label(self) -> str:
        """The limit in words, such as "10 texts per minute"."""
        limit = self.limit or 0
        return self.template.format(
            texts=f"{limit:,} text{'' if limit == 1 else 's'}", dollars=f"${limit / 100:.2f}"
        )


def check_limits(
    connection: DatabaseConnection, request: SendRequest, now: datetime, limits: SendLimits
) -> None:
    """Check that the text stays within the limits.

    The count is exact only within the transaction that writes the reservation.

    Raises:
        PolicyRefusal: a limit is reached; the message says when the text may be sent.
    """
    blocks = [
        (available_at, rule)
        for rule in _rules(request, limits)
        if (available_at := _available_at(connection, request.account, rule, now.timestamp()))
        is not None
    ]
    if not blocks:
        return
    available_at, rule = max(blocks, key=lambda block: block[0])
    if available_at == float("inf"):
        when = "Waiting will not help: this one text exceeds the limit."
    else:
        moment = datetime.fromtimestamp(available_at + _MINUTE - 1, UTC)  # times have no seconds
        wait = format_wait(max(1, available_at - now.timestamp()))
        when = f"You can send again in {wait}, at {format_zoned_time(moment, zone=limits.zone)}."
    raise PolicyRefusal(
        f"Not sent: this server sends at most {rule.label}. {when} "
        "Only a person can change the limit, in the server's settings."
    )


def _rules(request: SendRequest, limits: SendLimits) -> list[_Rule]:
    recipient_count = len(request.recipients)
    return [
        _Rule(limits.per_minute, _MINUTE, recipient_count, "{texts} per minute"),
        _Rule(limits.per_hour, _HOUR, recipient_count, "{texts} per hour"),
        _Rule(limits.per_day, _DAY, recipient_count, "{texts} per day"),
        _Rule(limits.cents_per_day, _DAY, request.cents, "{dollars} of texts per day", "cents"),
        *(
            _Rule(
                limit,
                seconds,
                1,
                f"{{texts}} per {span} to one person ({inline_number(recipient)})",
                "1",
                recipient,
            )
            for recipient in request.recipients
            for limit, seconds, span in (
                (limits.per_person_hour, _HOUR, "hour"),
                (limits.per_person_day, _DAY, "day"),
            )
        ),
    ]


def _available_at(
    connection: DatabaseConnection, account: str, rule: _Rule, now: float
) -> float | None:
    """Return when the rule allows the text, in Unix seconds: None for now, infinity for never.

    A send that is dated over a day ahead was recorded under a wrong clock and does not count. It would
    otherwise block others until that date.
    """
    if rule.limit is None or not rule.added:
        return None
    if rule.added > rule.limit:
        return float("inf")
    matching_sends = (
        " FROM sends WHERE account = :account AND created_at > :since AND created_at <= :latest AND state <> :rejected"
        " AND (CAST(:person AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM json_each(people) WHERE value = :person))"
    )
    parameters = {
        "account": account,
        "since": now - rule.seconds,
        "latest": now + _DAY,
        "rejected": SendState.REJECTED,
        "person": rule.recipient,
    }
    # `column` is one of three constants, so this is no SQL injection.
    total = connection.execute(
        f"SELECT coalesce(sum({rule.column}), 0){matching_sends}", parameters
    ).fetchone()[0]
    excess = int(total) + rule.added - rule.limit
    if excess <= 0:
        return None
    rows = connection.execute(
        f"SELECT created_at, {rule.column} AS counts{matching_sends} ORDER BY created_at",
        parameters,
    )
    oldest = 0.0
    while excess > 0:
        oldest, counts = rows.fetchone()
        excess -= counts
    return oldest + rule.seconds
