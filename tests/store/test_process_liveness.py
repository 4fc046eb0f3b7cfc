from quo_mcp.store.process_liveness import ProcessLock


def test_a_process_is_alive_until_it_ends_and_not_before_it_began(tmp_path):
    mine, other = ProcessLock(tmp_path / "alive", "mine"), ProcessLock(tmp_path / "alive", "other")
    assert mine.is_alive("other")
    assert other.is_alive("mine")
    assert not mine.is_alive("nobody")
    other.release()
    assert not mine.is_alive("other")
    mine.release()


def test_a_sign_that_nobody_holds_is_a_dead_process_and_is_taken_down(tmp_path):
    mine = ProcessLock(tmp_path, "mine")
    (tmp_path / "crashed").touch()
    assert not mine.is_alive("crashed")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    mine.release()
