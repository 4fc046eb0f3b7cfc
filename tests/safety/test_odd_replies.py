"""The fast profile of tests/torture/odd_replies.py."""

import pytest

from quo_mcp.records.record import Record
from torture.odd_replies import OddReplies

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("seed", range(3))
async def test_no_odd_field_crashes_a_tool_or_costs_a_page_or_passes_for_the_server(seed):
    batch = await OddReplies(seed).play(300)
    assert batch.wrong == []
    assert batch.outcomes["answered"] > 50
    assert batch.outcomes["lists with one odd item"] > 15
    assert batch.outcomes["questions"] > 0


async def test_a_crash_on_an_extreme_date_would_be_noticed(monkeypatch):
    monkeypatch.setattr(
        "quo_mcp.tools.rendering.times.format_time",
        lambda moment, *, zone: str(moment.astimezone(zone)),
    )
    batch = await OddReplies(1).play(1000)
    assert any("it crashed" in reason for reason in batch.wrong)


async def test_a_page_lost_to_one_item_would_be_noticed(monkeypatch):
    def reject(_cls, _fields, error):
        raise error

    monkeypatch.setattr(Record, "_without_invalid", classmethod(reject))
    batch = await OddReplies(1).play(300)
    assert any("a page was lost" in reason for reason in batch.wrong)


async def test_a_line_that_imitates_the_server_would_be_noticed(monkeypatch):
    monkeypatch.setattr("quo_mcp.values.untrusted.inline", lambda text, *_, **__: text)
    batch = await OddReplies(1).play(300)
    assert any("a line without a mark" in reason for reason in batch.wrong)
