"""The index of conversations is kept over a restart, unless the settings say no."""

from datetime import timedelta

import anyio
import pytest

from safety.test_conversations_read import NEVER, NOBODY, add_inboxes, requests, send, wrote
from sandbox.play import DESK, DIRECT, EMERGENCY, ROSA

pytestmark = pytest.mark.anyio


def add_conversations(quo, count):
    state = quo.box.state
    state.auto_reply_enabled = False
    inboxes = list(state.numbers.values())
    for i in range(count):
        person = f"+1213{5550000 + i:07d}"
        at = quo.clock() - timedelta(minutes=i + 1)
        state.add_message(inboxes[i % len(inboxes)], [person], "Hello", at, sender=person)


async def until_stored(quo):
    with anyio.fail_after(30):
        while not quo.account.directory.conversations.complete:
            await anyio.lowlevel.checkpoint()


@pytest.mark.parametrize("to", [ROSA, NOBODY])
async def test_after_a_restart_with_a_hundred_inboxes_a_text_takes_few_requests(
    phone, tmp_path, to
):
    config = {**NEVER, "state_dir": tmp_path, "duplicate_minutes": 0}
    async with phone(config=config) as quo:
        box, clock = quo.box, quo.clock
        add_inboxes(quo, 100)
        add_conversations(quo, 1_000)
        assert len(await requests(quo, to=ROSA, text="First", inbox=DESK)) > 100
        await until_stored(quo)
        wrote(quo, "Hello", DIRECT, people=[to], sender=to)
    async with phone(config=config, box=box, clock=clock) as quo:
        made = await requests(quo, to=to, text="Second", inbox=DESK)
        assert made.count("GET /quo/v1/conversations") == 1
        assert made.count("GET /quo/v1/messages") <= 4
        assert len(made) <= 8
    wrote(quo, "STOP", EMERGENCY, people=[to], sender=to)  # while no server runs
    async with phone(config=config, box=box, clock=clock) as quo:
        await quo.refused("quo_send_message", "opted out of texts", to=to, text="Third", inbox=DESK)


async def test_conversations_are_on_disk_only_while_the_setting_says_so(phone, tmp_path):
    files = lambda: {file.name.split(".")[0] for file in (tmp_path / "sandbox").iterdir()}  # noqa: E731
    async with phone(config={**NEVER, "state_dir": tmp_path}) as quo:
        await send(quo)
    assert "conversations" in files()
    for _ in range(2):
        async with phone(
            config={**NEVER, "state_dir": tmp_path, "keep_conversations": False}
        ) as quo:
            await send(quo, words="Second")
        assert "conversations" not in files()
