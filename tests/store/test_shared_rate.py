"""One rate limit for all processes that use one database."""

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from quo_mcp.store import shared_rate
from quo_mcp.store.shared_rate import SharedLimiter
from quo_mcp.store.sqlite import SqliteDatabase

pytestmark = [pytest.mark.anyio, pytest.mark.sqlite]
NOW = 1_795_435_200.0


def open_rate(path, **options):
    return SqliteDatabase(path, shared_rate.MIGRATIONS, durable=False, **options)


def take_in_processes(path, accounts, count):
    """Return the times of all slots, by account; one process for each item of `accounts`."""
    script = str(Path(__file__).with_name("slot_taker.py"))
    processes = [
        subprocess.Popen(
            [sys.executable, script, str(path), account, str(count)], stdout=subprocess.PIPE
        )
        for account in accounts
    ]
    times = {}
    for account, process in zip(accounts, processes, strict=True):
        output, _ = process.communicate(timeout=90)
        times.setdefault(account, []).extend(json.loads(output))
    return {account: sorted(of_account) for account, of_account in times.items()}


def shortest_span_of_eleven(times):
    return min(last - first for first, last in zip(times, times[10:], strict=False))


def test_four_processes_take_ten_slots_a_second_between_them(path):
    times = take_in_processes(path, ["shop"] * 4, 10)["shop"]
    assert len(times) == 40
    assert shortest_span_of_eleven(times) >= 1.0


def test_two_accounts_do_not_wait_for_each_other(path):
    times = take_in_processes(path, ["shop", "bakery"], 12)
    assert [len(times["shop"]), len(times["bakery"])] == [12, 12]
    assert all(shortest_span_of_eleven(of_account) >= 1.0 for of_account in times.values())


async def test_a_call_in_one_process_goes_before_the_refresh_of_another(path):
    clock = [NOW]
    with closing(open_rate(path)) as one, closing(open_rate(path)) as other:
        calls, refresh = (
            SharedLimiter(each, "shop", clock=lambda: clock[0]) for each in (one, other)
        )
        for _ in range(10):
            assert not (await calls.take("", is_background=False)).wait
        wait = (await calls.take("", is_background=False)).wait
        clock[0] += wait
        assert (await refresh.take("", is_background=True)).wait > 0
        assert not (await calls.take("", is_background=False)).wait
        clock[0] += 5
        assert not (await refresh.take("", is_background=True)).wait


async def test_a_429_in_one_process_pauses_the_endpoint_in_all_and_the_rest_briefly(path):
    clock = [NOW]
    with closing(open_rate(path)) as one, closing(open_rate(path)) as other:
        first, second = (
            SharedLimiter(each, "shop", clock=lambda: clock[0]) for each in (one, other)
        )
        await first.pause("GET /calls", 60)
        assert (await second.take("GET /users", is_background=False)).wait == pytest.approx(1)
        clock[0] += 2
        assert not (await second.take("GET /users", is_background=False)).wait
        turn = await second.take("GET /calls", is_background=False)
        assert turn.is_endpoint_paused
        assert turn.wait == pytest.approx(58)


@pytest.mark.parametrize("obstacle", ["a file for a folder", "no database", "locked"])
async def test_without_a_usable_store_each_process_counts_alone(path, obstacle, caplog):
    path.parent.parent.mkdir(exist_ok=True)
    blocker = open_rate(path)
    if obstacle == "a file for a folder":
        path.parent.write_text("")
    elif obstacle == "no database":
        path.parent.mkdir()
        path.write_bytes(b"not a database, and long enough to be looked at " * 100)
    with closing(blocker), closing(open_rate(path, busy_timeout=0)) as database:
        limiter = SharedLimiter(database, "shop", clock=lambda: NOW)
        if obstacle == "locked":
            with blocker.transaction():
                turns = [await limiter.take("", is_background=False) for _ in range(11)]
        else:
            turns = [await limiter.take("", is_background=False) for _ in range(11)]
    assert [bool(turn.wait) for turn in turns] == [False] * 10 + [True]
    assert caplog.text.count("rate limit is not shared") == 1


async def test_a_store_that_works_again_is_used_again_with_what_was_sent_meanwhile(path):
    clock = [NOW]
    with closing(open_rate(path)) as blocker, closing(open_rate(path, busy_timeout=0)) as database:
        limiter = SharedLimiter(database, "shop", clock=lambda: clock[0])
        with blocker.transaction():
            await limiter.take("", is_background=False)
        clock[0] += 6
        await limiter.take("", is_background=False)
        with blocker.reader() as connection:
            state = connection.execute("SELECT state FROM request_windows").fetchone()["state"]
    assert json.loads(state)["sent"] == [clock[0]]


@pytest.mark.parametrize("state", ["", "[]", '{"later": 1}', '{"sent"'])
async def test_a_row_that_cannot_be_read_is_begun_again(path, state):
    with closing(open_rate(path)) as database:
        with database.transaction() as connection:
            connection.execute("INSERT INTO request_windows VALUES ('shop', ?)", (state,))
        assert not (await SharedLimiter(database, "shop").take("", is_background=False)).wait


async def test_nothing_that_identifies_a_person_or_the_key_is_stored(path):
    with closing(open_rate(path)) as database:
        limiter = SharedLimiter(database, "shop", clock=lambda: NOW)
        await limiter.take("GET /contacts/{id}", is_background=False)
        with database.reader() as connection:
            row = dict(connection.execute("SELECT * FROM request_windows").fetchone())
    assert row["account"] == "shop"
    assert set(json.loads(row["state"])) == {
        "limit",
        "seconds",
        "sent",
        "paused_until",
        "claimed_until",
        "endpoint_pauses",
    }
