"""The commands that check the database and pause sends."""

import pytest

from quo_mcp.cli import main
from quo_mcp.config.environment import load_settings
from quo_mcp.config.settings import InvalidSettings
from quo_mcp.safety.schema import MIGRATIONS
from quo_mcp.server.databases import JOURNAL_FILE
from quo_mcp.store.sqlite import SqliteDatabase


@pytest.fixture(autouse=True)
def state(monkeypatch, tmp_path):
    monkeypatch.setenv("QUO_MCP_STATE_DIR", str(tmp_path))
    return tmp_path


def test_a_store_without_tables_is_left_as_it_is(state, capsys):
    assert main(["store"]) == 0
    assert capsys.readouterr().out.count("no tables yet in") == 3
    assert list(state.iterdir()) == []


def test_migrating_creates_the_tables(state, capsys):
    assert main(["store", "migrate"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == (
        f"Sends, opt-outs, approvals: version {len(MIGRATIONS)} in {state / JOURNAL_FILE}: up to date."
    )
    assert "no tables yet" in lines[2]


def test_a_newer_store_that_cannot_be_used_is_a_failure(state, capsys):
    newer = (*MIGRATIONS, "CREATE TABLE later (a TEXT);\n")
    database = SqliteDatabase(state / JOURNAL_FILE, newer)
    with database.reader():
        pass
    database.close()
    assert main(["store", "status"]) == 1
    assert "which cannot use it and refuses to send" in capsys.readouterr().out


def test_a_newer_store_that_only_grew_is_used(state, capsys):
    newer = (*MIGRATIONS, "CREATE TABLE later (a TEXT);\n")
    database = SqliteDatabase(state / JOURNAL_FILE, newer, minimum_reader=len(MIGRATIONS))
    with database.reader():
        pass
    database.close()
    assert main(["store", "status"]) == 0
    assert "newer than this quo-mcp, which can use it" in capsys.readouterr().out
    assert main(["optouts", "add", "+14155550111"]) == 0


def test_a_pause_is_reported_and_only_a_person_ends_it(capsys):
    assert main(["pause", "--reason", "porting"]) == 0
    assert '"porting"' in capsys.readouterr().out
    assert main(["resume"]) == 1
    assert "only a person can do this" in capsys.readouterr().err


def test_resuming_without_a_pause_says_so(capsys):
    assert main(["resume"]) == 0
    assert capsys.readouterr().out == "Sends are not paused.\n"


@pytest.mark.parametrize(
    "url",
    [
        "mysql://quo:hunter22@db/quo",
        "quo:hunter22",
        "postgresql://quo:hunter%2@db/quo",
        "postgresql://quo:hunter22@db:port/quo",
        "postgresql://quo:hunter22@db/quo?nonsense=hunter22",
        "${user_config.hunter22}",
    ],
)
def test_an_invalid_url_is_refused_without_being_shown(url):
    with pytest.raises(InvalidSettings, match="QUO_MCP_DATABASE: ") as caught:
        load_settings({"QUO_MCP_DATABASE": url})
    assert "hunter" not in str(caught.value)


def test_a_url_is_read_from_a_file_and_never_shown(state):
    (state / "url").write_text("postgresql://quo:hunter22@db.example.com/quo\n")
    settings = load_settings({"QUO_MCP_DATABASE_FILE": str(state / "url")})
    assert settings.database.get_secret_value().endswith("@db.example.com/quo")
    assert "hunter22" not in repr(settings)
