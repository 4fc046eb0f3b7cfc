"""What could not be read is named with its true reason, so that nobody tries again in vain."""

import re

import pytest

from quo_mcp.sandbox import Fault
from sandbox.play import DIRECT, JANE

pytestmark = pytest.mark.anyio

REASONS = {403: "no access", 404: "not found"}
IN_VAIN = re.compile(r"(?i)just now|try again|in a minute|in a few seconds|have not been read yet")
ANSWERS = (
    ("quo_get_digest", {}),
    ("quo_get_stats", {"kind": "calls"}),
    ("quo_get_stats", {"kind": "messages"}),
    ("quo_list_calls", {"since": "7d"}),
    ("quo_list_messages", {"since": "7d"}),
    ("quo_list_conversations", {}),
    ("quo_list_voicemails", {"since": "7d"}),
    ("quo_get_person", {"person": JANE}),
)
PATHS = ("messages", "calls", "conversations", "tasks", "contacts", "call-voicemails/.*")


def own_lines(text):
    return "\n".join(line for line in text.split("\n") if not line.startswith("> "))


@pytest.mark.parametrize("status", REASONS)
@pytest.mark.parametrize("path", PATHS)
async def test_what_will_never_be_readable_is_not_offered_for_another_try(phone, path, status):
    async with phone(config={"toolsets": "all"}) as quo:
        quo.box.inject(Fault("error_before", path=f"/quo/v1/{path}", times=None, status=status))
        for tool, arguments in ANSWERS:
            result = await quo.client.call_tool(tool, arguments)
            assert not IN_VAIN.search(own_lines(result.content[0].text)), tool


@pytest.mark.parametrize("status", REASONS)
@pytest.mark.parametrize(
    ("path", "tool", "arguments"),
    [
        ("messages", "quo_get_digest", {}),
        ("messages", "quo_list_messages", {"since": "7d"}),
        ("messages", "quo_get_person", {"person": JANE}),
        ("calls", "quo_get_stats", {"kind": "calls"}),
        ("calls", "quo_list_conversations", {}),
        ("tasks", "quo_get_digest", {}),
        ("contacts", "quo_get_digest", {}),
        ("contacts", "quo_list_calls", {"since": "7d"}),
    ],
)
async def test_a_part_that_is_missing_has_its_true_reason(phone, path, tool, arguments, status):
    async with phone(config={"toolsets": "all"}) as quo:
        quo.box.inject(Fault("error_before", path=f"/quo/v1/{path}", times=None, status=status))
        assert f"({REASONS[status]})" in own_lines(await quo(tool, **arguments))


@pytest.mark.parametrize("path", ["messages", "calls"])
async def test_a_digest_that_read_nothing_does_not_say_that_nothing_waits(phone, path):
    async with phone() as quo:
        quo.box.inject(Fault("error_before", path=f"/quo/v1/{path}", times=None, status=403))
        text = await quo("quo_get_digest")
        assert "No conversation waits" not in text
        assert "Coverage: PARTIAL" in text


async def test_voicemails_that_a_digest_could_not_look_up_have_a_reason(phone):
    async with phone() as quo:
        quo.box.inject(
            Fault("error_before", path="/quo/v1/call-voicemails/.*", times=None, status=403)
        )
        assert re.search(
            r"\nVoicemail unknown for \d+ missed calls \(no access\)\.\n",
            await quo("quo_get_digest"),
        )


@pytest.mark.parametrize("tool", ["quo_list_calls", "quo_list_messages"])
async def test_an_inbox_without_access_is_not_an_inbox_without_activity(phone, tool):
    """Tom has no access to Marisol's own inbox."""
    async with phone() as quo:
        both = await quo(tool, person=JANE, as_user="Tom")
        assert "\nNot included (no access): Marisol direct.\n" in both
        assert "on Marisol direct" not in both
        await quo.refused(
            tool, "The teammate has no access", person=JANE, inbox=DIRECT, as_user="Tom"
        )
        await quo.refused(tool, "The teammate has no access", inbox=DIRECT, as_user="Tom")
