"""The fast profile of tests/torture/sends.py."""

import os

import pytest

from quo_mcp.safety import journal_sql
from torture import processes, sends, simulation

forking = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


@pytest.mark.parametrize("seed", range(10))
def test_bad_luck_never_makes_a_text_go_out_twice_or_an_answer_untrue(seed, tmp_path):
    world = simulation.play(seed, 20, tmp_path)
    assert world.wrong == [], f"seed {seed}"
    assert len(world.quo.ledger) > 10


def test_bad_luck_comes_back_by_its_seed(tmp_path):
    def history(folder):
        world = simulation.play(7, 20, folder)
        return world.seen, [(text.message_id, text.text, text.at) for text in world.quo.ledger]

    assert history(tmp_path / "once") == history(tmp_path / "twice")


def test_bad_luck_with_nearly_every_text_makes_none_go_out_twice_either(tmp_path):
    mostly_lost = {"none": 20, "late": 40, "500 before": 40}
    worlds = [simulation.play(seed, 20, tmp_path, faults=mostly_lost) for seed in range(10)]
    assert [world.wrong for world in worlds] == [[]] * 10


def test_without_the_journal_the_same_bad_luck_makes_duplicates(tmp_path):
    assert sends.duplicates_without_journal(100, 0, tmp_path) > 10


def test_taking_another_sends_message_for_ones_own_would_be_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(journal_sql, "competing_sends", lambda *_: [])
    mostly_lost = {"none": 20, "late": 40, "500 before": 40}
    worlds = (simulation.play(seed, 20, tmp_path, faults=mostly_lost) for seed in range(10))
    assert any(world.wrong for world in worlds)


def test_when_only_replies_are_lost_hardly_any_answer_is_that_nobody_knows(tmp_path):
    worlds = [simulation.play(seed, 20, tmp_path, only_replies_lost=True) for seed in range(6)]
    assert [world.wrong for world in worlds] == [[]] * 6
    assert sum(len(world.unknown) for world in worlds) <= 0.01 * 120


@forking
def test_a_server_killed_at_any_point_never_leads_to_a_second_text_or_an_untrue_answer(tmp_path):
    kills = processes.kill(48, tmp_path)
    assert kills.wrong == []
    assert kills.done == dict.fromkeys(simulation.POINTS, 4)


@forking
def test_fifty_identical_calls_in_four_processes_are_one_text_and_fifty_equal_answers(tmp_path):
    assert processes.identical(50, 4, tmp_path) == []


@forking
@pytest.mark.parametrize("fatal_post", [0, 3])
def test_a_limit_is_exact_across_processes_even_if_one_is_killed(fatal_post, tmp_path):
    assert processes.limited(200, 17, 4, tmp_path, fatal_post=fatal_post) == []
