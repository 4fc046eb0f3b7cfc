"""What lists of texts or calls are asked for, and several of Quo's lists read as one."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from quo_mcp.directory.conversation_scan import LONG_AGO
from quo_mcp.records.activities import Activity
from quo_mcp.records.base import Page
from quo_mcp.tools.context import Quo
from quo_mcp.values import times

Item = TypeVar("Item", bound=Activity)
Where = TypeVar("Where")

MOST = 100  # Quo's cap for a page; where only some are wanted, as many are read


def anything(_: Activity) -> bool:
    return True


@dataclass(frozen=True)
class Asked(Generic[Item]):
    """What a list is asked for, whosever it is. what: "messages" or "calls". keep: which of them are wanted."""

    returns: type[Page[Item]]
    what: str
    since: str | None
    until: str | None
    user_id: str | None
    limit: int
    keep: Callable[[Item], bool] = anything

    async def page(
        self,
        quo: Quo,
        inbox: str,
        people: Sequence[str],
        *,
        token: str | None = None,
        before: str | None = None,
    ) -> Page[Item]:
        """One page of what was exchanged with them on one number; before: only what is older, too."""
        user = self.user_id
        if self.what == "calls" and user is None:
            # Quo shows calls as the workspace's owner sees them: none, on a number that the owner is not on.
            user = await quo.directory.reader_of(inbox)
        query = {
            "phoneNumberId": inbox,
            "participants": list(people),
            "userId": user,
            "createdAfter": self.since,
            "createdBefore": min(filter(None, (self.until, before)), default=None),
            "maxResults": self.limit if self.keep is anything else MOST,
            "pageToken": token,
        }
        return await quo.api.get(self.returns, self.what, query=query)


class Merged(Generic[Where, Item]):
    """Several of Quo's lists as one, newest first, each thing with the list it is from.

    A list that goes on may hold things as old as the last that was read of it. So nothing older is
    shown of any list: the next page begins there.
    """

    def __init__(self, asked: Asked[Item]) -> None:
        self._asked = asked
        self._found: list[tuple[Where, Item]] = []
        self._horizon = LONG_AGO

    def add(self, where: Where, page: Page[Item]) -> None:
        self._found += [(where, each) for each in page.data if self._asked.keep(each)]
        self._found.sort(key=moment, reverse=True)
        if page.next_page_token and page.data:
            oldest = min(each.created_at or LONG_AGO for each in page.data)
            self._horizon = max(self._horizon, oldest)

    @property
    def shown(self) -> list[tuple[Where, Item]]:
        sure = (each for each in self._found if moment(each) >= self._horizon)
        return list(itertools.islice(sure, self._asked.limit))

    @property
    def is_full(self) -> bool:
        return len(self.shown) == self._asked.limit

    def before(self, *, unread: bool = False) -> str | None:
        """Where the next page begins; None where this is the last. unread: lists may hold more that were not added."""
        shown = self.shown
        if len(shown) == self._asked.limit and (len(shown) < len(self._found) or unread):
            return times.wire(moment(shown[-1]))
        return times.wire(self._horizon) if self._horizon > LONG_AGO else None


def moment(each: tuple[Any, Activity]) -> datetime:
    return each[1].created_at or LONG_AGO
