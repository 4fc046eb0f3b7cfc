"""One event shows one time, in whatever tool it is shown."""

import re
from collections import defaultdict
from datetime import datetime, timedelta

import pytest

from quo_mcp.sandbox.http import format_time as quo_time
from quo_mcp.tools.catalogue import TOOLSETS
from quo_mcp.values.times import format_time
from sandbox.play import DESK, JANE, ROSA

pytestmark = pytest.mark.anyio

TIME = re.compile(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{4}-\d\d-\d\d \d\d:\d\d(?: -0\d:00)?")
ITEM = re.compile(r" · ((?:AC|TK)\w+)$")
LISTS = (
    ("quo_list_messages", {"since": "60d", "limit": 100}),
    ("quo_list_calls", {"since": "60d", "limit": 100}),
    ("quo_list_voicemails", {"since": "60d", "limit": 100}),
    ("quo_get_digest", {"since": "60d", "limit": 100}),
    ("quo_list_tasks", {"state": "all", "limit": 100}),
    ("quo_list_messages", {"person": JANE}),
    ("quo_list_calls", {"person": JANE}),
    ("quo_get_person", {"person": JANE}),
    ("quo_get_person", {"person": ROSA}),
)


class PrintedTimes:
    """The times that results print with an item, by its id, with the tools that printed them."""

    def __init__(self, quo):
        self._quo = quo
        self.of = defaultdict(lambda: defaultdict(set))

    async def read(self, tool, **arguments):
        """Call a tool for all its pages, and remember the time in each heading of an item."""
        token = {}
        for _ in range(20):
            text = await self._quo(tool, **arguments, **token)
            for line in text.split("\n"):
                item, time = ITEM.search(line), TIME.search(line)
                if item and time and not line.startswith("> "):
                    self.of[item[1]][time[0]].add(tool)
            following = re.search('page_token="([^"]+)"', text)
            if not following:
                return
            token = {"page_token": following[1]}


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Kolkata", "Pacific/Chatham"])
async def test_an_item_has_one_minute_in_all_tools(phone, zone):

    async with phone(config={"toolsets": tuple(TOOLSETS), "time_zone": zone}) as quo:
        state, printed = quo.box.state, PrintedTimes(quo)
        for number, message in enumerate(state.messages.values()):
            # The last instants of a minute, where rounding would show the next one.
            message["createdAt"] = re.sub(r":\d\d\.\d+Z", ":59.999Z", message["createdAt"])
            message["createdAt"] = message["createdAt"].replace(".999Z", f".9996{number % 10}Z")
        for tool, arguments in LISTS:
            await printed.read(tool, **arguments)
        for message_id in list(state.messages)[-20:]:
            await printed.read("quo_get_message", message_id=message_id)
        for call_id in list(state.calls)[-20:]:
            await printed.read("quo_get_call", call_id=call_id)
        for task_id in state.tasks:
            await printed.read("quo_get_task", task_id=task_id)
        assert {item: dict(times) for item, times in printed.of.items() if len(times) > 1} == {}
        assert sum(len(set().union(*times.values())) > 1 for times in printed.of.values()) > 50
        created = {**state.messages, **state.calls}
        for item, times in printed.of.items():
            if item in created:
                moment = datetime.fromisoformat(created[item]["createdAt"])
                assert set(times) == {format_time(moment, zone=quo.account.zone)}


@pytest.mark.parametrize("seconds", [1, 45, 90])
@pytest.mark.parametrize("tool", ["quo_list_calls", "quo_list_messages"])
async def test_an_activity_later_than_its_item_does_not_give_the_item_its_time(
    phone, tool, seconds
):
    """For example, a conversation that is active until its call ends."""
    async with phone() as quo:
        moment = quo.clock() - timedelta(seconds=seconds)
        kind = "calls" if tool == "quo_list_calls" else "messages"
        items = getattr(quo.box.state, kind)
        conversation = max(
            (
                each
                for each in quo.box.state.conversations.values()
                if each["lastActivityId"] in items
            ),
            key=lambda each: each["lastActivityAt"],
        )
        items[conversation["lastActivityId"]]["createdAt"] = quo_time(moment)
        conversation["lastActivityAt"] = quo_time(quo.clock())
        conversation["snoozedUntil"] = None
        text = await quo("quo_list_conversations", limit=3)
        [place] = [
            place
            for place, line in enumerate(text.split("\n"))
            if line.endswith(f" · {conversation['id']}")
        ]
        last = text.split("\n")[place + 1]
        assert last.startswith("  Last: ")
        time = format_time(moment, zone=quo.account.zone)
        shown = time in last
        assert shown == (time != format_time(quo.clock(), zone=quo.account.zone))


async def test_a_send_and_its_message_show_one_minute(phone):
    async with phone(config={"approval": "never"}) as quo:
        sent = await quo("quo_send_message", to=JANE, text="Hello", inbox=DESK)
        again = await quo("quo_send_message", to=JANE, text="Hello", inbox=DESK)
        listed = await quo("quo_list_messages", person=JANE, inbox=DESK, limit=1)
        times = {time for text in (sent, again, listed) for time in TIME.findall(text)}
        assert len(times) == 1
