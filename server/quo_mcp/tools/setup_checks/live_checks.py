"""Checks of the assumptions about Quo on a real account, by a few requests that only read.

Evidence consists of counts, so that a report can be published.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, TypeVar

from quo_mcp.errors import NotFound, Refusal
from quo_mcp.gateway import ApiClient
from quo_mcp.gateway.request import Query
from quo_mcp.records.activities import Activity
from quo_mcp.records.assumptions import Assumption, Verdict
from quo_mcp.records.calls import Call, CallArtifact
from quo_mcp.records.conversations import Conversation
from quo_mcp.records.messages import Message
from quo_mcp.records.record import Envelope, Page
from quo_mcp.tools.context import ToolContext

PageT = TypeVar("PageT", bound=Page[Any])

MAX_CONVERSATIONS = 5  # conversations whose messages and calls are read
PAGE_SIZE = 100
ITEMS = 20
TOLERANCE = timedelta(minutes=1)  # between the times of a message and of its conversation
DONE_YEAR = 2100
ARTIFACTS = ("call-summaries", "call-transcripts", "call-voicemails")
MAX_REQUESTS = 18
MAX_THROTTLED = (
    1  # a slow first request can bring one too many into the second that the gateway counts
)


class CheckResult(NamedTuple):
    """holds: None if the data cannot tell. evidence: in counts only."""

    holds: bool | None
    evidence: str


class Sample(NamedTuple):
    """The messages and calls of one conversation with one person."""

    conversation: Conversation
    messages: Sequence[Message]
    calls: Sequence[Call]


class LiveReader:
    """What the checks read from the account, once.

    first_page, second_page: two pages of conversations that follow each other; None if there are too few.
    requests: how many were sent.
    """

    def __init__(self, context: ToolContext) -> None:
        self.context = context
        self.requests = 0
        self.conversations: Sequence[Conversation] = ()
        self.has_more = False
        self.pages: tuple[Sequence[Conversation], Sequence[Conversation]] | None = None
        self.samples: Sequence[Sample] = ()

    @property
    def _api(self) -> ApiClient:
        return self.context.account.api

    async def read(self) -> None:
        """Read the conversations, and the messages and calls of a few of them."""
        page = await self._conversations(PAGE_SIZE)
        self.conversations, self.has_more = page.data, bool(page.next_page_token)
        self.pages = await self._two_pages(page)
        with_one_person = [
            conversation
            for conversation in self.conversations
            if len(conversation.participants) == 1 and conversation.participants[0].startswith("+")
        ]
        self.samples = [
            Sample(
                conversation,
                (await self._page(Page[Message], "messages", self._query(conversation))).data,
                (await self._page(Page[Call], "calls", self._query(conversation))).data,
            )
            for conversation in with_one_person[:MAX_CONVERSATIONS]
        ]

    async def _two_pages(
        self, page: Page[Conversation]
    ) -> tuple[Sequence[Conversation], Sequence[Conversation]] | None:
        """Return two pages in a row: with smaller pages if there is only one of the largest size."""
        size = PAGE_SIZE
        if not page.next_page_token and len(page.data) > 1:
            size = len(page.data) // 2
            page = await self._conversations(size)
        if not page.next_page_token:
            return None
        return page.data, (await self._conversations(size, page.next_page_token)).data

    async def _conversations(self, size: int, token: str | None = None) -> Page[Conversation]:
        query: Query = {"maxResults": size, "pageToken": token}
        return await self._page(Page[Conversation], "conversations", query)

    async def messages_as(self, sample: Sample, user_id: str) -> Sequence[Message]:
        query = {**self._query(sample.conversation), "userId": user_id}
        return (await self._page(Page[Message], "messages", query)).data

    async def artifact_outcome(self, resource: str, call: Call) -> str:
        """Return "missing", "present" or the kind of the error."""
        self.requests += 1
        try:
            reply = await self._api.get(Envelope[CallArtifact], resource, call.id)
        except NotFound:
            return "missing"
        except Refusal as error:
            return type(error).__name__
        return "missing" if reply.data.status == "absent" else "present"

    def _query(self, conversation: Conversation) -> dict[str, str | int | list[str]]:
        return {
            "phoneNumberId": conversation.phone_number_id,
            "participants": list(conversation.participants),
            "maxResults": ITEMS,
        }

    async def _page(self, model: type[PageT], path: str, query: Query) -> PageT:
        self.requests += 1
        return await self._api.get(model, path, query=query)


async def check_conversation_time(reader: LiveReader) -> CheckResult:
    latest = [
        (sample.conversation.updated_at, max(times))
        for sample in reader.samples
        if sample.conversation.updated_at and (times := _times([*sample.messages, *sample.calls]))
    ]
    late = [
        updated_at for updated_at, activity_at in latest if activity_at > updated_at + TOLERANCE
    ]
    return CheckResult(
        not late if latest else None,
        f"{len(latest) - len(late)} of {len(latest)} conversations were updated no earlier than their latest item",
    )


async def check_newest_first(reader: LiveReader) -> CheckResult:
    lists = [
        times
        for sample in reader.samples
        for items in (sample.messages, sample.calls)
        if len(times := _times(items)) > 1
    ]
    sorted_lists = [times for times in lists if times == sorted(times, reverse=True)]
    return CheckResult(
        len(sorted_lists) == len(lists) if lists else None,
        f"{len(sorted_lists)} of {len(lists)} lists begin with the newest",
    )


async def check_page_size(reader: LiveReader) -> CheckResult:
    count = len(reader.conversations)
    evidence = f"{count} of up to {PAGE_SIZE} conversations on the first page"
    if not reader.has_more:
        return CheckResult(None, f"{evidence}, which is the only one")
    return CheckResult(count == PAGE_SIZE, evidence)


async def check_page_tokens(reader: LiveReader) -> CheckResult:
    if reader.pages is None:
        return CheckResult(None, "there are too few conversations for two pages")
    first_page, second_page = reader.pages
    first_ids = {conversation.id for conversation in first_page}
    repeated = sum(conversation.id in first_ids for conversation in second_page)
    return CheckResult(
        repeated == 0 and bool(second_page),
        f"{repeated} of {len(second_page)} conversations on the second page were on the first",
    )


async def check_user_access(reader: LiveReader) -> CheckResult:
    """Compare a list that names a user with the same list without one."""
    for sample in reader.samples:
        authors = {message.user_id for message in sample.messages}
        user_id = next((author for author in authors if author), None)
        if user_id is None or len(authors) < 2:  # a filter by author would change nothing
            continue
        messages = await reader.messages_as(sample, user_id)
        evidence = f"{len(messages)} of {len(sample.messages)} messages with a teammate's access"
        return CheckResult(len(messages) == len(sample.messages), evidence)
    return CheckResult(None, "no conversation with messages of several authors was found")


async def check_done_snooze(reader: LiveReader) -> CheckResult:
    years = [
        conversation.snoozed_until.year
        for conversation in reader.conversations
        if conversation.snoozed_until
    ]
    now = reader.context.account.now()
    far = sum(year >= DONE_YEAR for year in years)
    odd = sum(now.year + 2 < year < DONE_YEAR for year in years)
    return CheckResult(
        None if not far and not odd else odd == 0,
        f"{far} of {len(years)} snoozed conversations are snoozed until after {DONE_YEAR}, {odd} for years",
    )


async def check_missing_artifacts(reader: LiveReader) -> CheckResult:
    calls = [call for sample in reader.samples for call in sample.calls]
    unanswered = [call for call in calls if not call.answered_at and call.completed_at]
    if not unanswered:
        return CheckResult(None, "no unanswered call was found")
    outcomes = [await reader.artifact_outcome(resource, unanswered[0]) for resource in ARTIFACTS]
    described = ", ".join(
        f"{resource}: {outcome}" for resource, outcome in zip(ARTIFACTS, outcomes, strict=True)
    )
    missing = outcomes.count("missing")
    is_clear = missing + outcomes.count("present") == len(outcomes)
    return CheckResult(is_clear if missing or not is_clear else None, described)


async def check_reply_date(reader: LiveReader) -> CheckResult:
    has_date = reader.context.account.gateway.has_reply_date
    return CheckResult(
        has_date, "the latest reply had one" if has_date else "the latest reply had none"
    )


async def check_rate(reader: LiveReader) -> CheckResult:
    throttled = reader.context.account.gateway.throttled_replies
    return CheckResult(
        throttled <= MAX_THROTTLED,
        f"{throttled} replies to {reader.requests} requests were HTTP 429",
    )


LIVE_CHECKS: Final[Mapping[Assumption, Callable[[LiveReader], Awaitable[CheckResult]]]] = {
    Assumption.CONVERSATION_TIME: check_conversation_time,
    Assumption.NEWEST_FIRST: check_newest_first,
    Assumption.PAGE_SIZE: check_page_size,
    Assumption.PAGE_TOKENS: check_page_tokens,
    Assumption.USER_ACCESS: check_user_access,
    Assumption.DONE_SNOOZE: check_done_snooze,
    Assumption.MISSING_ARTIFACTS: check_missing_artifacts,
    Assumption.REPLY_DATE: check_reply_date,
    Assumption.RATE: check_rate,
}
"""One check for each assumption. The rate comes last, because it counts the requests of the others."""


async def check_assumptions(context: ToolContext) -> list[Verdict]:
    """Check every assumption. A check whose request fails leaves its assumption undecided.

    Raises:
        Refusal: the conversations cannot be read, so nothing can be checked.
    """
    reader = LiveReader(context)
    await reader.read()
    checked_at = context.account.now()
    verdicts = []
    for assumption, check in LIVE_CHECKS.items():
        try:
            outcome = await check(reader)
        except Refusal as error:
            outcome = CheckResult(None, f"a request failed: {type(error).__name__}")
        verdicts.append(Verdict(assumption, outcome.holds, outcome.evidence, checked_at))
    return verdicts


def _times(items: Sequence[Activity]) -> list[datetime]:
    return [item.created_at for item in items if item.created_at]
