"""A result fits a host, and the way to the rest continues exactly where it was cut."""

import re
from itertools import chain

import pytest

from quo_mcp.server.result_text import truncate
from sandbox.play import DESK, JANE

pytestmark = pytest.mark.anyio
MAX_BYTES = 28_000  # 8,000 tokens of 3.5 bytes
TEXTS = {
    "Chinese": "请在星期二之前把报价单发给我们" * 20,
    "Latin": "All work and no play makes Jack a dull boy. " * 30,
    "emoji": "\U0001f469\u200d\U0001f527" * 120,
}


def size_of(text):
    return len(text.encode())


async def read_pages(quo, tool, id_pattern, **arguments):
    """Return the ids of each page, by following the page tokens to the end."""
    pages, token = [], {}
    for _ in range(40):
        text = await quo(tool, **arguments, **token)
        assert size_of(text) <= MAX_BYTES
        assert "Truncated" not in text
        pages.append(re.findall(rf"· ({id_pattern})$", text, re.MULTILINE))
        more = re.search('More: call again with page_token="(.*)"', text)
        if more is None:
            assert "End of results" in text
            return pages
        token = {"page_token": more[1]}
    raise AssertionError("the list does not end")


@pytest.mark.parametrize(
    ("script", "where"),
    [
        *((script, {"person": JANE, "inbox": DESK}) for script in TEXTS),
        ("Chinese", {"person": JANE}),
        ("Chinese", {"since": "2026-02-27"}),
    ],
)
async def test_a_list_of_long_messages_is_divided_and_every_message_is_shown_once(phone, script, where):  # fmt: skip
    async with phone() as quo:
        whole = await read_pages(quo, "quo_list_messages", "AC[a-z0-9]+", limit=25, **where)
        for message in quo.box.state.messages.values():
            message["text"] = TEXTS[script]
        pages = await read_pages(quo, "quo_list_messages", "AC[a-z0-9]+", limit=100, **where)
        assert len(pages[0]) > 3
        ids = list(chain.from_iterable(pages))
        assert len(ids) == len(set(ids))
        assert set(ids) == set(chain.from_iterable(whole))


@pytest.mark.parametrize(
    ("tool", "id_pattern"),
    [
        ("quo_list_contacts", "[a-f0-9]{24}"),
        ("quo_list_conversations", "CN[a-z0-9]+"),
        ("quo_list_tasks", "TK[A-Za-z0-9]+"),
    ],
)
async def test_other_lists_are_divided_and_every_item_is_shown_once(phone, tool, id_pattern):
    async with phone() as quo:
        state = quo.box.state
        for contact in state.contacts.values():
            contact["defaultFields"]["role"] = "é" * 70
            contact["customFields"] = [
                {"id": "f", "key": f"k{i}", "name": f"Field {i}", "type": "string", "value": "é" * 400}
                for i in range(9)
            ]  # fmt: skip
        for conversation in state.conversations.values():
            conversation["participants"] = [f"+1415555{i:04}" for i in range(40)]
        for task in state.tasks.values():
            task["description"] = "é\n" * 199
            task["title"] = "请" * 120
        whole = await read_pages(quo, tool, id_pattern, limit=3)
        pages = await read_pages(quo, tool, id_pattern, limit=100)
        ids = list(chain.from_iterable(pages))
        assert len(ids) == len(set(ids))
        assert set(ids) == set(chain.from_iterable(whole))


@pytest.mark.parametrize("text", ["文" * 30_000, "line\n" * 20_000, "x" * 90_000])
async def test_a_message_that_is_too_long_alone_costs_no_other_message(phone, text):
    async with phone() as quo:
        latest = await quo("quo_list_messages", person=JANE, inbox=DESK, limit=4)
        ids = re.findall(r"· (AC[a-z0-9]+)$", latest, re.MULTILINE)
        quo.box.state.messages[ids[1]]["text"] = text
        pages = await read_pages_cut(quo, person=JANE, inbox=DESK, limit=4)
        assert [found for found in pages if found in ids] == ids


async def read_pages_cut(quo, **arguments):
    ids, token = [], {}
    while len(ids) < 4:
        page = await quo("quo_list_messages", **arguments, **token)
        assert size_of(page) <= MAX_BYTES
        found = re.findall(r"· (AC[a-z0-9]+)$", page, re.MULTILINE)
        assert found
        ids += found
        token = {"page_token": re.search('page_token="(.*)"', page)[1]}
    return ids


@pytest.mark.parametrize("text", ["文" * 30_000, "line\n" * 20_000, "x" * 90_000])
async def test_one_message_that_is_too_long_says_what_is_missing(phone, text):
    async with phone() as quo:
        message_id = next(iter(quo.box.state.messages))
        quo.box.state.messages[message_id]["text"] = text
        shown = await quo("quo_get_message", message_id=message_id)
        assert 12_000 < size_of(shown) <= MAX_BYTES
        assert re.search("[0-9,]+ more (lines|characters)", shown)
        assert shown.endswith("Times are in America/Los_Angeles.")


async def test_a_person_with_long_messages_still_has_their_calls(phone):
    async with phone() as quo:
        for message in quo.box.state.messages.values():
            message["text"] = TEXTS["Chinese"] * 4
        shown = await quo("quo_get_person", person=JANE)
        assert size_of(shown) <= MAX_BYTES
        assert "For older messages, call quo_list_messages." in shown
        assert "Calls with Jane" in shown


def test_a_text_is_cut_between_lines_and_its_closing_lines_stay():
    text = "\n".join(["Title:", *(f"> {'é' * 200}" for _ in range(400)), "> last", 'More: call again with page_token="x"'])  # fmt: skip
    *kept, notice, more = truncate(text).split("\n")
    assert size_of(truncate(text)) <= MAX_BYTES
    assert set(kept[1:]) == {f"> {'é' * 200}"}
    assert re.match(r"Truncated: [0-9]+ more lines not shown here\.", notice)
    assert more == 'More: call again with page_token="x"'
