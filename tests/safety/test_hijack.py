"""The fast profile of tests/torture/hijack.py."""

import pytest

from quo_mcp.safety.recipient_rules import RecipientRules
from quo_mcp.safety.scoped_api import ScopedApi
from torture.hijack import SETTINGS, Trace, play_all

pytestmark = pytest.mark.anyio

NAMES = list(SETTINGS)


@pytest.mark.parametrize("name", NAMES)
async def test_no_rule_gives_way_to_an_agent_that_obeys_an_attacker(name):
    trace = await Trace(NAMES.index(name) + len(NAMES)).play()
    assert trace.name == name
    assert trace.wrong == []
    assert trace.called.total() == 40


async def test_an_attack_comes_back_by_its_seed():
    once, twice = await play_all([1004, 1004])
    assert (once.called, once.texts) == (twice.called, twice.texts)


async def nothing(*_):
    """A rule that has been taken out."""


@pytest.mark.parametrize(
    ("owner", "rule", "name"),
    [
        (RecipientRules, "_check_denylist", "denied"),
        (RecipientRules, "_check_allowlist", "listed"),
        (RecipientRules, "_check_country", "one country"),
        (RecipientRules, "_check_quiet_hours", "quiet"),
        (ScopedApi, "_check_new_numbers", "known"),
    ],
)
async def test_a_rule_that_is_missing_would_be_noticed(owner, rule, name, monkeypatch):
    monkeypatch.setattr(owner, rule, nothing)
    seeds = range(NAMES.index(name), 12 * len(NAMES), len(NAMES))
    for seed in seeds:
        if (await Trace(seed).play()).wrong:
            return
    pytest.fail(f"no trace saw that {rule} was missing")
