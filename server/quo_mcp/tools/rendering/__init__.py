"""Text blocks that every tool's result is built from.

A result is plain text for a model. `CONTRACT.md` describes its parts and their order.
"""

from collections.abc import Callable, Collection, Container, Iterable, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from quo_mcp.errors import (
    AccessDenied,
    NotFound,
    PolicyRefusal,
    RateLimited,
    Refusal,
    RequestRejected,
    Unavailable,
)
from quo_mcp.records.assumptions import Assumption, Verdicts
from quo_mcp.records.record import Item, Page, Record
from quo_mcp.values import times
from quo_mcp.values.references import SEPARATOR, with_number
from quo_mcp.values.untrusted import bare, bare_id, blockquote, inline_number, quote_inline

END_OF_RESULTS = "End of results."
END_OF_READABLE_RESULTS = "End of the results that could be read."
EMPTY_PAGE = "No results on this page."
HTTP_ERROR = 400
UNKNOWN_END = "More may follow: Quo returned a page token that could not be read."
MAX_NAMED_FAILURES = 3  # for each reason
FAILURE_REASONS: dict[type[Refusal], str] = {
    AccessDenied: "no access",
    PolicyRefusal: "not allowed by this server's settings",
    RateLimited: "rate limit reached",
    NotFound: "not found",
    RequestRejected: "request rejected",
}


class NameSource(Protocol):
    """Looks up names in memory, without a request. Unknown numbers and ids return None."""

    def contact_name(self, number: str, *, with_company: bool = True) -> str | None: ...

    def find_inbox(self, id_or_number: str) -> tuple[str, str] | None:
        """Return an inbox's name and number, from its id or number."""

    def teammate_name(self, user_id: str) -> str | None: ...

    def staleness(self) -> str | datetime | Refusal | None:
        """Return a sentence about a load in progress, or why the first load failed.

        The time of the last load if names are out of date; None if they are fresh.
        """


class PersonQuestion(NamedTuple):
    """A question about a result that only a person can answer. choices: the answers, as they are shown."""

    text: str
    choices: tuple[str, ...]


class Presenter:
    """Formats people, inboxes and times for one result.

    It records whether it formatted times and people, so that `footer` mentions the time zone and
    missing names only if they matter.

    opt_outs: the numbers (E.164) that are known to have opted out of texts.
    readable_inboxes: the ids of the inboxes whose texts may be shown; None for all.
    verdicts: which assumptions about Quo were checked on this account.
    """

    def __init__(
        self,
        names: NameSource,
        *,
        now: datetime,
        zone: ZoneInfo,
        opt_outs: Container[str] = (),
        readable_inboxes: Container[str] | None = None,
        verdicts: Verdicts = MappingProxyType({}),
    ) -> None:
        self._verdicts = verdicts
        self._names = names
        self._readable_inboxes = readable_inboxes
        self._opt_outs = opt_outs
        self._now = now
        self._zone = zone
        self.showed_times = False
        self.showed_people = False

    def is_verified(self, assumption: Assumption) -> bool | None:
        """Return whether an assumption holds on this account; None if that is not known."""
        verdict = self._verdicts.get(assumption)
        return verdict.holds if verdict else None

    def person(self, number: str) -> str:
        """Return `Jane Doe, Acme (+1 415 555 0134)`, an inbox's name and number, or the number alone."""
        if self.is_inbox(number):
            return self.inbox(number)
        self.showed_people = True
        name = self._names.contact_name(number)
        formatted = self.number(number)
        return with_number(name, formatted) if name else formatted

    def text_of_send(self, text: str | None, inbox_id: str) -> str:
        """Return the text of a send as a quotation, unless it is from an inbox that the caller may not read."""
        if self._readable_inboxes is None or inbox_id in self._readable_inboxes:
            return blockquote(text or "")
        return "(on an inbox that you may not read)"

    def people(self, numbers: Iterable[str]) -> str:
        return ", ".join(self.person(number) for number in numbers) or "no one"

    def short_name(self, number: str) -> str:
        """Return the name without the company; the number if there is no name."""
        if inbox := self._names.find_inbox(number):
            return inbox[0]
        self.showed_people = True
        return self._names.contact_name(number, with_company=False) or self.number(number)

    def short_people(self, numbers: Sequence[str]) -> str:
        """Return `Jane Doe (+1 415 555 0134)`, without the company; of a group, the names alone."""
        names = [self.short_name(number) for number in numbers]
        if len(names) == 1:
            return with_number(names[0], self.number(numbers[0]))
        return ", ".join(names) or "no one"

    def number(self, number: str) -> str:
        return inline_number(number)

    def opt_out_label(self, *numbers: str) -> str | None:
        """Return "opted out of texts" if that is known of a number (E.164); of several, with who did."""
        opted_out = [number for number in numbers if number in self._opt_outs]
        if not opted_out or len(numbers) == 1:
            return "opted out of texts" if opted_out else None
        return f"opted out of texts: {', '.join(map(self.short_name, opted_out))}"

    def is_inbox(self, number: str) -> bool:
        return self._names.find_inbox(number) is not None

    def inbox(self, id_or_number: str) -> str:
        """Return `Front Desk (+1 415 555 0100)`."""
        inbox = self._names.find_inbox(id_or_number)
        if inbox is None:
            return bare_id(id_or_number)
        name, number = inbox
        return with_number(name, inline_number(number))

    def inbox_name(self, id_or_number: str) -> str:
        """Return `Front Desk`, for places where no other inbox can be meant."""
        inbox = self._names.find_inbox(id_or_number)
        return inbox[0] if inbox else bare_id(id_or_number)

    def teammate(self, user_id: str) -> str:
        """Return `Marisol Vega`, or the id if the name is unknown."""
        return self._names.teammate_name(user_id) or bare_id(user_id)

    def time(self, moment: datetime) -> str:
        """Return `Wed 2026-11-25 14:30`."""
        self.showed_times = True
        return times.format_time(moment, zone=self._zone)

    def zoned_time(self, moment: datetime) -> str:
        """Return `Wed 2026-11-25 14:30 (America/Los_Angeles)`, for refusals, which have no footer."""
        return times.format_zoned_time(moment, zone=self._zone)

    def day(self, moment: datetime) -> str:
        """Return `Wed 2026-11-25`."""
        self.showed_times = True
        return times.format_day(moment, zone=self._zone)

    @property
    def now(self) -> datetime:
        return self._now

    @property
    def zone(self) -> ZoneInfo:
        return self._zone

    def footer(self) -> str:
        """Return the last lines of a result: missing or outdated names, and the time zone."""
        staleness = self._names.staleness() if self.showed_people else None
        match staleness:
            case None:
                names = ""
            case datetime():
                names = f"Contact names are as of {self.time(staleness)}; later attempts to read contacts failed."
            case Refusal():
                names = (
                    f"Names are missing: contacts could not be read ({failure_reason(staleness)})."
                )
            case _:
                names = f"Names may be missing: {staleness}"
        zone = f"Times are in {self._zone.key}." if self.showed_times else ""
        return "\n".join(filter(None, [names, zone]))


def direction_text(direction: str) -> str:
    """Return `incoming`, `outgoing`, or that Quo did not say."""
    return direction if direction in {"incoming", "outgoing"} else "direction unknown"


def status_text(status: str, known: Collection[str]) -> str:
    """Return Quo's word for a status, or that it is unknown; empty if there is none."""
    return status if status in known or not status else f"unknown status {quote_inline(status, 40)}"


def heading(*parts: str | None) -> str:
    """Join an item's known parts to its heading line. The caller puts the id last."""
    return SEPARATOR.join(part for part in parts if part)


def unreadable_note(record: Record) -> str | None:
    """Return `unreadable: direction, to`: the fields of an item that Quo returned in an unexpected form."""
    return f"unreadable: {', '.join(record.unreadable)}" if record.unreadable else None


def omitted_note(count: int) -> str | None:
    """State how many items of a list had an unexpected structure; None if there are none."""
    if not count:
        return None
    return (
        f"Not included (unexpected structure): {pluralize(count, 'item')} that could not be read."
    )


def block(head: str, *rest: str | None) -> str:
    """Return a heading and the lines below it, without the empty ones."""
    return "\n".join([head, *(part for part in rest if part)])


def blank_note(blank_arguments: Iterable[str], clearable: Iterable[str]) -> str | None:
    """State that "" did not empty a field, and what does; None if no field that can be emptied is blank."""
    fields = [name for name in clearable if name in set(blank_arguments)]
    if not fields:
        return None
    pronoun = "it" if len(fields) == 1 else "them"
    names = ", ".join(f'"{name}"' for name in fields)
    return f'{", ".join(fields)}: "" means not given; to empty {pronoun}, use clear=[{names}].'


def render_page(
    page: Page[Item],
    render_item: Callable[[Item], str],
    *,
    title: str,
    empty_text: str,
    notes: Iterable[str | None] = (),
) -> str:
    """Return a page's items below a title, then notes, then whether more pages follow.

    empty_text: replaces the title and the last line if there are no items at all.
    """
    has_items, has_more = bool(page.data), page.next_page_token is not None
    is_cut = page.has_unknown_end or bool(page.unreadable_count)
    end = END_OF_READABLE_RESULTS if is_cut and not has_more else list_end(page.next_page_token)
    return block(
        title if has_items else EMPTY_PAGE if has_more or is_cut else empty_text,
        *map(render_item, page.data),
        *notes,
        omitted_note(page.unreadable_count),
        UNKNOWN_END if page.has_unknown_end else None,
        end if has_items or has_more or is_cut else None,
    )


def list_end(page_token: str | None) -> str:
    """Return the last line of a list: how to get the next page, or that there is none."""
    if page_token is None:
        return END_OF_RESULTS
    return f'More: call again with page_token="{bare_token(page_token)}"'


def not_included(
    failures: Iterable[tuple[str, Refusal]], *, max_named: int = MAX_NAMED_FAILURES
) -> list[str]:
    """Return a line for each reason why parts of a result could not be read.

    failures: the part and its error. max_named: how many parts a line names.
    """
    names_by_reason: dict[str, list[str]] = {}
    for name, refusal in failures:
        names = names_by_reason.setdefault(failure_reason(refusal), [])
        if name not in names:
            names.append(name)
    return [
        f"Not included ({reason}): {list_first(names, max_named, separator='; ')}."
        for reason, names in names_by_reason.items()
    ]


def failure_reason(refusal: Refusal) -> str:
    """Return in a few words why a request failed."""
    if isinstance(refusal, Unavailable):
        if refusal.status is None:
            return "Quo did not answer"
        sender = "the gateway" if refusal.source == "gateway" else "Quo"
        is_error = refusal.status >= HTTP_ERROR
        return f"{sender} answered {refusal.status}" if is_error else "unreadable reply"
    return next(
        (reason for kind, reason in FAILURE_REASONS.items() if isinstance(refusal, kind)),
        "could not be read",
    )


def list_first(texts: Sequence[str], limit: int, *, separator: str = ", ") -> str:
    """Return the first texts as `a, b and 3 more`, so that the sentence around them stays short."""
    rest = f" and {len(texts) - limit} more" if len(texts) > limit else ""
    return separator.join(texts[:limit]) + rest


def pluralize(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def bare_token(token: str) -> str:
    """Return a page token unchanged if it cannot end its quotation marks; otherwise as untrusted text."""
    return bare(token, r"[!#-~]{1,4000}", 4000)


def bare_url(url: str) -> str:
    """Return a URL unchanged if it looks like one; otherwise as untrusted inline text.

    Quotation marks would become part of a URL when it is opened or copied.
    """
    return bare(url, r"https?://[!#-;=?-_a-~]{1,4000}", 4000)


def time_range(presenter: Presenter, since: datetime | None, until: datetime | None) -> str:
    """Return ` from … to …`, ` since …` or ` before …` as part of a sentence."""
    if since and until:
        return f" from {presenter.time(since)} to {presenter.time(until)}"
    if since:
        return f" since {presenter.time(since)}"
    return f" before {presenter.time(until)}" if until else ""
