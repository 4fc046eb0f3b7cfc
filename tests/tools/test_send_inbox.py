"""A text from another inbox than the one with the latest conversation: said first."""

import mcp_types as types
import pytest

from sandbox.play import DESK, DIRECT, EMERGENCY, ROSA, STRANGER

pytestmark = pytest.mark.anyio

NOTE = "Different inbox: the latest conversation with them is on Front Desk (+1 415 555 0100), and this text is from "


@pytest.mark.parametrize(
    ("inbox", "name"),
    [(DIRECT, "Marisol direct (+1 510 555 0112)"), (EMERGENCY, "Emergency line (+1 800 555 0140)")],
)
async def test_another_inbox_is_said_first_in_the_preview_and_in_the_result(phone, inbox, name):
    async with phone() as quo:
        arguments = {"to": ROSA, "text": "On our way.", "inbox": inbox}
        preview = await quo("quo_send_message", **arguments, dry_run=True)
        assert preview.startswith(f"Preview only; not sent.\n{NOTE}{name}.\nTo: Rosa Delgado")
        result = await quo("quo_send_message", **arguments)
        assert f"\n{NOTE}{name}." in result


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_another_inbox_is_said_first_in_the_question(phone, mode):
    asked = []

    async def ask(_context, params):
        asked.append(params.message)
        return types.ElicitResult(action="accept", content={})

    async with phone(mode=mode, elicitation_callback=ask) as quo:
        result = await quo("quo_send_message", to=ROSA, text="On our way.", inbox=DIRECT)
        assert asked[0].startswith(f"Send this text?\n\n{NOTE}Marisol direct")
        assert "Different inbox" not in result  # the person saw it


@pytest.mark.parametrize(
    ("to", "inbox"), [(ROSA, DESK), (STRANGER, DIRECT), ("Desmond Achebe", EMERGENCY)]
)
async def test_the_usual_inbox_or_a_new_person_needs_no_note(phone, to, inbox):
    async with phone() as quo:
        arguments = {"to": to, "text": "On our way.", "inbox": inbox}
        assert "Different inbox" not in await quo("quo_send_message", **arguments, dry_run=True)
        assert "Different inbox" not in await quo("quo_send_message", **arguments)


async def test_an_inbox_that_the_settings_exclude_is_not_named(phone):
    async with phone(config={"inboxes": (DIRECT,)}) as quo:
        result = await quo("quo_send_message", to=ROSA, text="On our way.", dry_run=True)
        assert "Front Desk" not in result
