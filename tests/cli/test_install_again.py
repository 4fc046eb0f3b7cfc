"""What stood there before: other people's entries, our own earlier ones, and what a person put into them."""

import json

import pytest

from quo_mcp.cli.install import CLIENTS, Asked, Machine, Person, overview, set_up
from quo_mcp.cli.install.atomic_file import NONE, backup_of
from quo_mcp.cli.install.clients import SETTINGS
from quo_mcp.cli.install.server_entry import is_ours
from quo_mcp.config.settings import KEY

A_KEY = "sk-maton-0123456789"
COMMAND = ["/opt/quo/bin/quo-mcp"]
OFFICIAL = {"url": "https://mcp.quo.com/mcp", "headers": {"Authorization": "Bearer their-token"}}


@pytest.fixture
def told():
    return []


class Setup:
    """A client whose file holds something already."""

    def __init__(self, name, home, told):
        self.client, self.told, self.environ = CLIENTS[name], told, {}
        self.home = home

    def __call__(self, *, person=None, **asked):
        self.told.clear()
        machine = Machine("linux", self.home, self.environ)
        asked = Asked(**{"command": COMMAND, "yes": True, "key": A_KEY} | asked)
        return set_up(self.client, machine, asked, person or Person(self.told.append))

    @property
    def path(self):
        return self.client.where(Machine("linux", self.home, {}))

    def holds(self, entry):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(self.client.form.write({self.client.under: {"quo": entry}}))

    @property
    def entry(self):
        return self.client.form.read(self.path.read_text())[self.client.under]["quo"]

    @property
    def said(self):
        return "\n".join(self.told)


@pytest.fixture
def setup(tmp_path, told):
    return lambda name: Setup(name, tmp_path, told)


def test_another_server_of_our_name_is_not_undone(setup):
    cursor = setup("cursor")
    cursor.holds(OFFICIAL)
    before = cursor.path.read_bytes()
    assert cursor(undo=True) == 1
    assert "is another server, at mcp.quo.com." in cursor.said
    assert "their-token" not in cursor.said
    assert cursor.path.read_bytes() == before
    assert [each.name for each in cursor.path.parent.iterdir()] == [cursor.path.name]


def test_another_server_of_our_name_is_listed_as_that(setup, tmp_path):
    cursor = setup("cursor")
    cursor.holds(OFFICIAL)
    [line] = [each for each in overview(Machine("linux", tmp_path, {})) if "cursor " in each]
    assert "another “quo”" in line


def test_yes_alone_does_not_replace_another_server(setup):
    cursor = setup("cursor")
    cursor.holds(OFFICIAL)
    before = cursor.path.read_text()
    assert cursor(sandbox=True) == 2
    assert "replaces another server that is called “quo” there, at mcp.quo.com." in cursor.said
    assert "--replace" in cursor.told[-1]
    assert cursor.path.read_text() == before
    assert cursor(sandbox=True, replace=True) == 0
    assert cursor.entry["command"] == COMMAND[0]
    assert cursor(undo=True) == 0
    assert cursor.told[-1] == "Done. That brought back what stood there before this server."
    assert "their-token" not in cursor.said
    assert cursor.path.read_text() == before


def test_a_person_is_asked_in_words_whether_another_server_may_go(setup):
    cursor = setup("cursor")
    cursor.holds({"command": "npx", "args": ["mcp-remote", "https://mcp.quo.com/mcp"]})
    asked = []

    def agrees(question):
        asked.append(question)
        return True

    assert cursor(yes=False, person=Person(cursor.told.append, agrees)) == 0
    assert asked == ["Replace it?"]
    assert "there, started by npx." in cursor.said


@pytest.mark.parametrize(
    ("entry", "ours"),
    [
        ({"command": "/home/me/.venv/bin/quo-mcp"}, True),
        ({"command": r"C:\Users\A B\.venv\Scripts\quo-mcp.exe", "args": []}, True),
        ({"command": "uvx", "args": ["quo-mcp"]}, True),
        ({"command": "uvx", "args": ["quo-mcp==0.1.0"]}, True),
        ({"command": "/opt/python", "args": ["-m", "quo_mcp"]}, True),
        ({"command": "docker", "args": ["run", "ghcr.io/quo-mcp/quo-mcp:latest"]}, True),
        ({"command": "sh", "args": ["-c", "exec '/opt/quo-mcp' serve"]}, True),
        ({"command": "/home/me/quo-mcp/other/run"}, False),
        ({"command": "npx", "args": ["quo-mcp-server", 1, None]}, False),
        ({"command": ["quo-mcp"]}, False),
        ({"args": "quo-mcp"}, False),
        (OFFICIAL, False),
        ("quo-mcp", False),
        (None, False),
    ],
)
def test_an_entry_is_ours_if_it_starts_this_server(entry, ours):
    assert is_ours(CLIENTS["cursor"], entry) == ours


@pytest.mark.parametrize("entry", ["text", {"transport": "sse"}, {"url": "no address"}])
def test_whatever_kind_another_entry_is_of_it_is_left_alone(setup, entry):
    cursor = setup("cursor")
    cursor.holds(entry)
    assert cursor() == 2
    assert cursor(undo=True) == 1


@pytest.mark.parametrize("name", CLIENTS)
def test_undoing_after_a_second_time_leaves_nothing_of_the_first(setup, name):
    client = setup(name)
    assert client(key="sk-first-0123456789") == 0
    assert backup_of(client.path).read_text() == NONE
    assert client(sandbox=True) == 0
    assert client(undo=True) == 0
    assert client.told[-1] == f"Done. {client.client.title} no longer starts this server."
    assert list(client.path.parent.iterdir()) == []


def test_a_file_that_we_did_not_make_is_not_deleted(setup):
    desktop = setup("claude-desktop")
    desktop.holds({"command": "uvx", "args": ["quo-mcp"], "env": {KEY: "by-hand"}})
    assert desktop(undo=True) == 0
    assert json.loads(desktop.path.read_text()) == {"mcpServers": {}}


def test_an_entry_of_ours_that_was_made_by_hand_is_not_kept_as_what_was_before(setup):
    desktop = setup("claude-desktop")
    desktop.holds({"command": "uvx", "args": ["quo-mcp"], "env": {KEY: "by-hand"}})
    assert desktop() == 0
    assert "by-hand" not in backup_of(desktop.path).read_text()
    assert desktop(undo=True) == 0
    assert json.loads(desktop.path.read_text()) == {"mcpServers": {}}
    assert not backup_of(desktop.path).exists()


def test_a_record_that_holds_an_entry_of_ours_does_not_bring_it_back(setup):
    cursor = setup("cursor")
    cursor()
    backup_of(cursor.path).write_text(cursor.path.read_text())
    assert cursor(undo=True) == 0
    assert json.loads(cursor.path.read_text()) == {"mcpServers": {}}


def test_what_a_person_set_in_the_entry_stays_when_it_is_written_again(setup):
    cursor = setup("cursor")
    cursor()
    mine = {"QUO_MCP_READ_ONLY": "true", "HTTPS_PROXY": "http://me:secret@proxy"}
    old = cursor.entry
    cursor.holds({**old, "args": ["old"], "env": old["env"] | mine, "disabled": True, "x": "own"})
    assert cursor(sandbox=True) == 0
    assert cursor.entry["env"] == {KEY: "", **mine}
    assert (cursor.entry["disabled"], cursor.entry["x"], cursor.entry["args"]) == (True, "own", [])
    for shown in ('"QUO_MCP_READ_ONLY": "true"', '"HTTPS_PROXY": "••••••"', '"disabled": true'):
        assert shown in cursor.said
    assert "secret" not in cursor.said
    assert "own" not in cursor.said


def test_switches_of_the_client_itself_stay(setup):
    goose = setup("goose")
    goose()
    goose.holds(goose.entry | {"enabled": False, "timeout": 20, "env_keys": [KEY, "THEIRS"]})
    assert goose(sandbox=True) == 0
    assert (goose.entry["enabled"], goose.entry["timeout"]) == (False, 20)
    assert goose() == 0
    assert "envs" not in goose.entry


SET = {"QUO_MCP_READ_ONLY": "true", "QUO_MCP_HTTP_TOKEN": "t" * 16, "OTHER": "x"}


@pytest.mark.parametrize("name", [each for each in CLIENTS if each != "codex"])
def test_settings_that_are_set_now_go_into_the_entry_and_are_shown(setup, name):
    client = setup(name)
    client.environ = SET
    assert client() == 0
    env = client.entry[client.client.env]
    assert {each: env[each] for each in env if each != KEY} == {"QUO_MCP_READ_ONLY": "true"}
    assert "QUO_MCP_READ_ONLY" in client.said


def test_a_client_that_hands_variables_on_is_given_the_name_of_every_setting(setup):
    codex = setup("codex")
    codex.environ = SET
    assert codex() == 0
    handed = [*SETTINGS, "https_proxy", "no_proxy", "ssl_cert_file"]
    assert codex.entry["env_vars"] == handed
    assert "env" not in codex.entry
    codex.holds(codex.entry | {"env_vars": [KEY, "THEIRS"], "env": {"QUO_MCP_AUDIT": "false"}})
    assert codex(sandbox=True) == 0
    assert codex.entry["env_vars"] == [*handed[1:], "THEIRS"]
    assert codex.entry["env"] == {KEY: "", "QUO_MCP_AUDIT": "false"}


@pytest.mark.parametrize("name", CLIENTS)
def test_the_way_to_the_network_goes_only_where_the_client_hands_on_nothing(setup, name):
    client = setup(name)
    client.environ = {"https_proxy": "http://me:secret@proxy:3128", "NO_PROXY": "intranet"}
    assert client() == 0
    written = {"HTTPS_PROXY": client.environ["https_proxy"], "NO_PROXY": "intranet"}
    env = client.entry.get(client.client.env, {})
    assert {each: env[each] for each in env if each != KEY} == (
        written if name == "claude-desktop" else {}
    )
    assert "secret" not in client.said


@pytest.mark.parametrize("key", ["${MATON_API_KEY}", "$MATON_API_KEY", "two words", "kéy"])
def test_what_cannot_be_a_key_is_not_written(setup, key):
    desktop = setup("claude-desktop")
    assert desktop(key=None, person=Person(desktop.told.append, key=lambda: key)) == 2
    assert not desktop.path.exists()
    assert key not in desktop.told[-1].replace("MATON_API_KEY refers", "")
