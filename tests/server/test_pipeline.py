"""The steps of a tool call around the tool itself."""

from datetime import timedelta

import anyio
import pytest

from quo_mcp.sandbox import Fault
from quo_mcp.server.pipeline import OUTCOME_UNKNOWN_META, READ_CRASH_MESSAGE, RENDER_CRASH_MESSAGE
from quo_mcp.tools.base import name_of
from quo_mcp.tools.messages import ListMessages
from quo_mcp.tools.person_overview import GetPerson
from quo_mcp.tools.send_messages import SendMessage
from quo_mcp.tools.workspace import ListUsers
from sandbox.play import DESK, JANE

pytestmark = pytest.mark.anyio


async def test_the_zone_is_named_once_and_only_where_a_time_is_shown(phone):
    async with phone() as quo:
        assert "Times are in" not in await quo("quo_list_users")
        threads = await quo("quo_list_conversations")
        assert threads.count("Times are in America/Los_Angeles.") == 1
        assert threads.endswith("Times are in America/Los_Angeles.")


async def test_what_was_chosen_is_said_in_a_refusal_too(phone):
    async with phone() as quo:
        quo.box.inject(Fault("html", method="GET", path="/quo/v1/messages", times=None))
        why = await quo.refused("quo_send_message", to=JANE, text="Hello")
        assert why.startswith("Inbox: Front Desk, which has the latest conversation with them.\n")


async def test_a_text_whose_outcome_is_unknown_is_no_error_and_programs_can_tell_it(phone):
    text = {"to": JANE, "text": "Hello", "inbox": DESK}
    async with phone() as quo:
        quo.box.inject(Fault("dropped", "POST"))
        lost = await quo.client.call_tool("quo_send_message", text)
        assert (bool(lost.is_error), lost.meta | OUTCOME_UNKNOWN_META) == (False, lost.meta)
        quo.box.inject(Fault("dropped", "POST"))
        lost = await quo.client.call_tool("quo_create_contact", {"first_name": "Al"})
        assert (lost.is_error, lost.meta | OUTCOME_UNKNOWN_META) == (True, lost.meta)
        for known in (text | {"text": "Bye"}, text | {"to": "Nobody At All"}):
            told = await quo.client.call_tool("quo_send_message", known)
            assert OUTCOME_UNKNOWN_META.keys().isdisjoint(told.meta)


async def test_a_crash_before_anything_was_done_says_to_look(phone, monkeypatch):
    async with phone() as quo:
        monkeypatch.setattr(ListUsers, "render", lambda *_: 1 / 0)
        monkeypatch.setattr(ListUsers, "run", lambda *_: 1 / 0)
        assert await quo.refused("quo_list_users") == READ_CRASH_MESSAGE


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [(ListUsers, {}), (ListMessages, {"person": JANE}), (GetPerson, {"person": JANE})],
)
async def test_a_read_whose_result_cannot_be_shown_never_says_that_something_was_done(
    phone, monkeypatch, tool, arguments
):
    async with phone() as quo:
        monkeypatch.setattr(tool, "render", lambda *_: 1 / 0)
        assert await quo.refused(name_of(tool), **arguments) == READ_CRASH_MESSAGE


async def test_a_crash_after_a_text_went_out_says_that_it_did(phone, monkeypatch):
    async with phone(config={"approval": "never"}) as quo:
        monkeypatch.setattr(SendMessage, "render", lambda *_: 1 / 0)
        assert (
            await quo.refused("quo_send_message", to=JANE, inbox=DESK, text="Hello")
            == RENDER_CRASH_MESSAGE
        )
        assert len(quo.box.ledger) == 1


async def test_names_that_cannot_be_read_are_said_to_be_missing(phone):
    async with phone() as quo:
        quo.box.inject(Fault("html", method="GET", path="/quo/v1/contacts", times=None))
        threads = await quo("quo_list_conversations", limit=1)
        peer = quo.account.api.peer.name
        assert f"Names are missing: contacts could not be read ({peer} answered 502)." in threads


async def test_names_that_are_old_say_how_old(phone):
    async with phone() as quo:
        await quo("quo_list_conversations", limit=1)
        quo.clock.wait(timedelta(hours=2).total_seconds())
        quo.box.inject(Fault("html", method="GET", path="/quo/v1/contacts", times=None))
        await quo("quo_list_conversations", limit=1)
        with anyio.fail_after(5):
            while (
                quo.account.directory.contacts.staleness() is None
            ):  # the reading goes on behind the scenes
                await anyio.lowlevel.checkpoint()
        threads = await quo("quo_list_conversations", limit=1)
        assert "Contact names are as of Wed" in threads
        assert "later attempts to read contacts failed." in threads
