"""Sona, Quo's AI agent, is accepted where lists filter by who handled something, and nowhere else."""

import pytest

from sandbox.play import JANE

pytestmark = pytest.mark.anyio

FORMS = [
    "Sona (Quo's AI agent)",
    "sona",
    '**"Sona"**',
    "handled by Sona",
    "Quo's AI agent",
    "Mon 2026-03-02 10:00 · incoming · handled by Sona, 2 min 3 s · ACx",
]


@pytest.mark.parametrize("name", FORMS)
async def test_the_calls_that_sona_handled_are_listed(phone, name):
    async with phone() as quo:
        text = await quo("quo_list_calls", handled_by=name, since="60d", limit=100)
        assert text.startswith("Calls handled by Sona (Quo's AI agent)")
        handled = {call["id"] for call in quo.box.state.calls.values() if call["aiHandled"]}
        listed = {line.split()[-1] for line in text.splitlines() if " · AC" in line}
        assert listed
        assert listed <= handled


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("quo_list_calls", {"person": JANE, "as_user": "Sona"}),
        ("quo_create_task", {"title": "x", "person": JANE, "assignee": "Sona (Quo's AI agent)"}),
        ("quo_send_message", {"to": JANE, "text": "Hi", "as_user": "Sona", "dry_run": True}),
    ],
)
async def test_nobody_acts_as_sona(phone, tool, arguments):
    async with phone() as quo:
        refusal = await quo.refused(tool, **arguments)
        assert "is Quo's AI agent, not a teammate. Name a teammate here." in refusal


async def test_the_conversations_of_sona_are_listed(phone):
    async with phone() as quo:
        conversation = next(iter(quo.box.state.conversations.values()))
        conversation["assignedTo"] = "SYUk7Rz3mTq9"
        text = await quo("quo_list_conversations", assignee="Sona (Quo's AI agent)", limit=100)
        assert conversation["id"] in text
        assert text.count("assigned to Sona (Quo's AI agent)") == text.count(" · CN") == 1
