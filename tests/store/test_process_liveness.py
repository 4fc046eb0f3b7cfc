from quo_mcp.store.process_liveness import Presence


def test_a_process_is_alive_until_it_ends_and_not_before_it_began(tmp_path):
    mine, other = Presence(tmp_path / "alive", "mine"), Presence(tmp_path / "alive", "other")
    assert mine.is_alive("other")
    assert other.is_alive("mine")
    assert not mine.is_alive("nobody")
    other.forget()
    assert not mine.is_alive("other")
    mine.forget()


def test_a_sign_that_nobody_holds_is_a_dead_process_and_is_taken_down(tmp_path):
    mine = Presence(tmp_path, "mine")
    (tmp_path / "crashed").touch()
    assert not mine.is_alive("crashed")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    mine.forget()
