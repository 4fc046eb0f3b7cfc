"""The fast profile of tests/torture/leaks.py."""

import pytest

from torture import leaks
from torture.leaks import play

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("seed", range(1, 4))
async def test_no_secret_and_no_whole_number_comes_out_anywhere(seed, tmp_path):
    wrong, calls = await play(seed, tmp_path)
    assert wrong == []
    assert calls == 120


@pytest.mark.parametrize("secret", ["KEY", "SESSION", "SIGNING"])
async def test_a_leak_would_be_noticed(secret, tmp_path, monkeypatch):
    canary = getattr(leaks, secret)
    monkeypatch.setattr("quo_mcp.tools.workspace.render_user", lambda user: f"{user.id} {canary}")
    found = []
    for seed in range(1, 6):
        (tmp_path / str(seed)).mkdir()
        found += (await play(seed, tmp_path / str(seed)))[0]
    assert any("in a result of quo_" in each for each in found)


async def test_a_crash_says_in_the_log_where_it_was_but_nothing_of_what_it_was_about(
    phone, monkeypatch, caplog
):
    def crash(_):
        raise RuntimeError("+14155550111 wrote: the gate code is ", 4700 + 11)

    monkeypatch.setattr("quo_mcp.tools.workspace.render_user", crash)
    async with phone() as quo:
        assert "internal error" in await quo.refused("quo_list_users")
    assert "quo_list_users crashed: RuntimeError" in caplog.text
    assert "in crash" in caplog.text
    assert "4711" not in caplog.text
