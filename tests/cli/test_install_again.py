"""Installation over existing entries: another server's, our own, and settings added by the user."""

import json

import pytest

from quo_mcp.cli.install.atomic_file import NO_FILE_RECORD, OLD_NO_FILE_RECORD, backup_path
from quo_mcp.cli.install.clients import CLIENTS, Machine
from quo_mcp.cli.install.installation import InstallOptions, Prompter, list_clients, set_up_client
from quo_mcp.cli.install.server_entry import is_ours, mask_password
from quo_mcp.cli.install.status import client_environment, client_findings
from quo_mcp.cli.install.variables import SETTING_VARIABLES
from quo_mcp.config.environment import load_settings
from quo_mcp.config.settings import API_KEY_VARIABLE

A_KEY = "sk-maton-0123456789"
COMMAND = ["/opt/quo/bin/quo-mcp"]
OFFICIAL = {"url": "https://mcp.quo.com/mcp", "headers": {"Authorization": "Bearer their-token"}}


@pytest.fixture
def lines():
    return []


class Setup:
    """A client and its configuration file; a call runs the install command and keeps its output."""

    def __init__(self, name, home, lines):
        self.client, self.lines, self.environ = CLIENTS[name], lines, {}
        self.home = home

    def __call__(self, *, prompter=None, **options):
        self.lines.clear()
        machine = Machine("linux", self.home, self.environ)
        options = InstallOptions(**{"command": COMMAND, "yes": True, "key": A_KEY} | options)
        return set_up_client(self.client, machine, options, prompter or Prompter(self.lines.append))

    @property
    def path(self):
        return self.client.config_path(Machine("linux", self.home, {}))

    def write_entry(self, entry):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(self.client.format.dump({self.client.servers_key: {"quo": entry}}))

    @property
    def entry(self):
        return self.client.format.parse(self.path.read_text())[self.client.servers_key]["quo"]

    @property
    def output(self):
        return "\n".join(self.lines)


@pytest.fixture
def setup(tmp_path, lines):
    return lambda name: Setup(name, tmp_path, lines)


def test_another_server_of_our_name_is_not_undone(setup):
    cursor = setup("cursor")
    cursor.write_entry(OFFICIAL)
    before = cursor.path.read_bytes()
    assert cursor(undo=True) == 1
    assert "is a different server, at mcp.quo.com." in cursor.output
    assert "their-token" not in cursor.output
    assert cursor.path.read_bytes() == before
    assert [item.name for item in cursor.path.parent.iterdir()] == [cursor.path.name]


def test_another_server_of_our_name_is_listed_as_that(setup, tmp_path):
    cursor = setup("cursor")
    cursor.write_entry(OFFICIAL)
    [line] = [item for item in list_clients(Machine("linux", tmp_path, {})) if "cursor " in item]
    assert 'other "quo" server' in line


def test_yes_alone_does_not_replace_another_server(setup):
    cursor = setup("cursor")
    cursor.write_entry(OFFICIAL)
    before = cursor.path.read_text()
    assert cursor(sandbox=True) == 2
    assert 'replaces another server that is called "quo" there, at mcp.quo.com.' in cursor.output
    assert "--replace" in cursor.lines[-1]
    assert cursor.path.read_text() == before
    assert cursor(sandbox=True, replace=True) == 0
    assert cursor.entry["command"] == COMMAND[0]
    assert cursor(undo=True) == 0
    assert cursor.lines[-1] == "Done. The previous server was restored."
    assert "their-token" not in cursor.output
    assert cursor.path.read_text() == before


def test_a_person_is_asked_in_words_whether_another_server_may_go(setup):
    cursor = setup("cursor")
    cursor.write_entry({"command": "npx", "args": ["mcp-remote", "https://mcp.quo.com/mcp"]})
    questions = []

    def confirm(question):
        questions.append(question)
        return True

    assert cursor(yes=False, prompter=Prompter(cursor.lines.append, confirm)) == 0
    assert questions == ["Replace it?"]
    assert "there, started by npx." in cursor.output


def test_the_entry_that_is_replaced_is_shown_without_its_secrets(setup):
    cursor = setup("cursor")
    cursor.write_entry({"command": "npx", "args": ["secret-1"], "env": {"TOKEN": "secret-2"}})
    assert cursor(dry_run=True, replace=True) == 0
    removed, added = (
        [line for line in cursor.lines if line.startswith(f"  {sign} ")] for sign in "-+"
    )
    assert any('"command": "npx"' in line for line in removed)
    assert any('"TOKEN": "••••••"' in line for line in removed)
    assert any(COMMAND[0] in line for line in added)
    assert "secret" not in cursor.output
    assert cursor(replace=True) == 0
    assert cursor(undo=True) == 0
    assert '  +       "command": "npx",' in cursor.lines
    assert "secret" not in cursor.output


def test_a_new_entry_is_shown_without_anything_removed(setup):
    cursor = setup("cursor")
    assert cursor(dry_run=True) == 0
    assert any(COMMAND[0] in line for line in cursor.lines)
    assert not any(line.startswith("  - ") for line in cursor.lines)
    assert cursor() == 0
    assert cursor(undo=True) == 0
    assert any(COMMAND[0] in line for line in cursor.lines)
    assert not any(line.startswith("  + ") for line in cursor.lines)


@pytest.mark.parametrize(("sandbox", "prompts"), [(False, 1), (True, 0)])
def test_the_snippet_for_a_client_that_asks_for_the_key_has_the_question(setup, sandbox, prompts):
    code = setup("vscode")
    code.path.parent.mkdir(parents=True)
    code.path.write_text("{,}")
    assert code(sandbox=sandbox) == 1
    assert code.output.count('"promptString"') == prompts


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
    cursor.write_entry(entry)
    assert cursor() == 2
    assert cursor(undo=True) == 1


@pytest.mark.parametrize("name", CLIENTS)
def test_undoing_after_a_second_time_leaves_nothing_of_the_first(setup, name):
    client = setup(name)
    assert client(key="sk-first-0123456789") == 0
    assert backup_path(client.path).read_text() == NO_FILE_RECORD
    assert client(sandbox=True) == 0
    assert client(undo=True) == 0
    assert client.lines[-1] == f"Done. {client.client.title} no longer starts this server."
    assert list(client.path.parent.iterdir()) == []


@pytest.mark.parametrize(
    "record", [OLD_NO_FILE_RECORD, OLD_NO_FILE_RECORD.replace("\n", "\r\n"), NO_FILE_RECORD.strip()]
)
@pytest.mark.parametrize("name", CLIENTS)
def test_an_entry_of_an_earlier_version_is_undone_like_one_of_this(setup, name, record):
    client = setup(name)
    assert client(sandbox=True) == 0
    backup_path(client.path).write_bytes(record.encode())
    assert client(undo=True) == 0
    assert list(client.path.parent.iterdir()) == []


def test_a_file_that_we_did_not_make_is_not_deleted(setup):
    desktop = setup("claude-desktop")
    desktop.write_entry(
        {"command": "uvx", "args": ["quo-mcp"], "env": {API_KEY_VARIABLE: "by-hand"}}
    )
    assert desktop(undo=True) == 0
    assert json.loads(desktop.path.read_text()) == {"mcpServers": {}}


def test_an_entry_of_ours_that_was_made_by_hand_is_not_kept_as_what_was_before(setup):
    desktop = setup("claude-desktop")
    desktop.write_entry(
        {"command": "uvx", "args": ["quo-mcp"], "env": {API_KEY_VARIABLE: "by-hand"}}
    )
    assert desktop() == 0
    assert "by-hand" not in backup_path(desktop.path).read_text()
    assert desktop(undo=True) == 0
    assert json.loads(desktop.path.read_text()) == {"mcpServers": {}}
    assert not backup_path(desktop.path).exists()


def test_a_record_that_holds_an_entry_of_ours_does_not_bring_it_back(setup):
    cursor = setup("cursor")
    cursor()
    backup_path(cursor.path).write_text(cursor.path.read_text())
    assert cursor(undo=True) == 0
    assert json.loads(cursor.path.read_text()) == {"mcpServers": {}}


def test_what_a_person_set_in_the_entry_stays_when_it_is_written_again(setup):
    cursor = setup("cursor")
    cursor()
    mine = {"QUO_MCP_READ_ONLY": "true", "HTTPS_PROXY": "http://me:secret@proxy"}
    old = cursor.entry
    cursor.write_entry(
        {**old, "args": ["old"], "env": old["env"] | mine, "disabled": True, "x": "own"}
    )
    assert cursor(sandbox=True) == 0
    assert cursor.entry["env"] == {API_KEY_VARIABLE: "", "QUO_API_KEY": "", **mine}
    assert (cursor.entry["disabled"], cursor.entry["x"], cursor.entry["args"]) == (True, "own", [])
    for shown in (
        '"QUO_MCP_READ_ONLY": "true"',
        '"HTTPS_PROXY": "http://me:••••••@proxy"',
        '"disabled": true',
    ):
        assert shown in cursor.output
    assert "secret" not in cursor.output
    assert "own" not in cursor.output


def test_switches_of_the_client_itself_stay(setup):
    goose = setup("goose")
    goose()
    goose.write_entry(
        goose.entry | {"enabled": False, "timeout": 20, "env_keys": [API_KEY_VARIABLE, "THEIRS"]}
    )
    assert goose(sandbox=True) == 0
    assert (goose.entry["enabled"], goose.entry["timeout"]) == (False, 20)
    assert goose() == 0
    assert "envs" not in goose.entry


SET = {"QUO_MCP_READ_ONLY": "true", "QUO_MCP_HTTP_TOKEN": "t" * 16, "OTHER": "x"}


@pytest.mark.parametrize("name", [item for item in CLIENTS if item != "codex"])
def test_settings_that_are_set_now_go_into_the_entry_and_are_shown(setup, name):
    client = setup(name)
    client.environ = SET
    assert client() == 0
    env = client.entry[client.client.env_field]
    assert {item: env[item] for item in env if item != API_KEY_VARIABLE} == {
        "QUO_MCP_READ_ONLY": "true"
    }
    assert "QUO_MCP_READ_ONLY" in client.output


def test_a_client_that_hands_variables_on_is_given_the_name_of_every_setting(setup):
    codex = setup("codex")
    codex.environ = SET
    assert codex() == 0
    assert SETTING_VARIABLES[:4] == (
        API_KEY_VARIABLE,
        "MATON_API_KEY_FILE",
        "QUO_API_KEY",
        "QUO_API_KEY_FILE",
    )
    handed = [*SETTING_VARIABLES, "https_proxy", "no_proxy", "ssl_cert_file"]
    assert codex.entry["env_vars"] == handed
    assert "env" not in codex.entry
    codex.write_entry(
        codex.entry | {"env_vars": [API_KEY_VARIABLE, "THEIRS"], "env": {"QUO_MCP_AUDIT": "false"}}
    )
    assert codex(sandbox=True) == 0
    assert codex.entry["env_vars"] == [*handed[4:], "THEIRS"]
    assert codex.entry["env"] == {API_KEY_VARIABLE: "", "QUO_API_KEY": "", "QUO_MCP_AUDIT": "false"}


@pytest.mark.parametrize("name", CLIENTS)
def test_the_way_to_the_network_goes_only_where_the_client_hands_on_nothing(setup, name):
    client = setup(name)
    client.environ = {"https_proxy": "http://me:secret@proxy:3128", "NO_PROXY": "intranet"}
    agree = Prompter(client.lines.append, confirm=lambda _question: True)
    assert client(yes=False, prompter=agree) == 0
    written = {"HTTPS_PROXY": client.environ["https_proxy"], "NO_PROXY": "intranet"}
    env = client.entry.get(client.client.env_field, {})
    assert {item: env[item] for item in env if item != API_KEY_VARIABLE} == (
        written if name == "claude-desktop" else {}
    )
    assert "secret" not in client.output


@pytest.mark.parametrize("answer", [True, False])
def test_the_way_to_the_network_is_shown_and_asked_for_before_it_is_written(setup, answer):
    desktop = setup("claude-desktop")
    desktop.environ = {
        "HTTPS_PROXY": "http://me:secret@proxy:3128",
        "SSL_CERT_FILE": "/etc/own.pem",
        "QUO_MCP_READ_ONLY": "true",
    }
    questions = []

    def confirm(question):
        questions.append((question, desktop.output))
        return answer if len(questions) == 1 else True

    assert desktop(yes=False, prompter=Prompter(desktop.lines.append, confirm)) == 0
    question, shown = questions[0]
    assert question == "Add these settings to the client's configuration too?"
    assert "  HTTPS_PROXY=http://me:••••••@proxy:3128" in shown
    assert "  SSL_CERT_FILE=/etc/own.pem" in shown
    assert "secret" not in desktop.output
    env = desktop.entry["env"]
    assert env["QUO_MCP_READ_ONLY"] == "true"
    assert ("HTTPS_PROXY" in env, "SSL_CERT_FILE" in env) == (answer, answer)
    assert len(questions) == 2


@pytest.mark.parametrize("options", [{}, {"yes": False}, {"dry_run": True}])
def test_network_settings_are_not_added_unless_a_person_was_asked(setup, options):
    desktop = setup("claude-desktop")
    desktop.environ = {"HTTPS_PROXY": "http://me:secret@proxy:1", "SSL_CERT_FILE": "/own.pem"}
    desktop(**options)
    assert desktop.output.count("Network settings in this shell, not added: ") == 1
    assert "not added: HTTPS_PROXY, SSL_CERT_FILE. To add them, run this" in desktop.output
    assert '"HTTPS_PROXY"' not in desktop.output
    if not options:
        assert desktop.entry["env"] == {API_KEY_VARIABLE: A_KEY}


def test_network_settings_that_are_in_the_entry_stay_and_the_sandbox_needs_none(setup):
    desktop = setup("claude-desktop")
    desktop.environ = {"HTTPS_PROXY": "http://proxy:1"}
    agree = Prompter(desktop.lines.append, confirm=lambda _question: True)
    assert desktop(sandbox=True, yes=False, prompter=agree) == 0
    assert desktop.entry["env"] == {API_KEY_VARIABLE: "", "QUO_API_KEY": ""}
    assert "Network settings" not in desktop.output
    assert desktop(yes=False, prompter=agree) == 0
    assert desktop() == 0
    assert desktop.entry["env"] == {API_KEY_VARIABLE: A_KEY, "HTTPS_PROXY": "http://proxy:1"}


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://me:secret@proxy:1", "http://me:••••••@proxy:1"),
        ("me:se:cr@t/@proxy", "me:••••••@proxy"),
        ("http://me@proxy:1", "http://me@proxy:1"),
        ("proxy:3128", "proxy:3128"),
        ("/etc/own.pem", "/etc/own.pem"),
    ],
)
def test_only_a_password_is_masked(url, shown):
    assert mask_password(url) == shown


def test_a_file_with_the_key_is_passed_on_where_the_key_is_not_written(setup):
    for name, expected in (("cursor", "/run/key"), ("claude-desktop", None)):
        client = setup(name)
        client.environ = {"MATON_API_KEY_FILE": "/run/key"}
        assert client() == 0
        assert client.entry["env"].get("MATON_API_KEY_FILE") == expected


@pytest.mark.parametrize("key", ["${MATON_API_KEY}", "$MATON_API_KEY", "two words", "kéy"])
def test_what_cannot_be_a_key_is_not_written(setup, key):
    desktop = setup("claude-desktop")
    assert (
        desktop(key=None, prompter=Prompter(desktop.lines.append, ask_key=lambda _kind: key)) == 2
    )
    assert not desktop.path.exists()
    assert key not in desktop.lines[-1].replace("MATON_API_KEY contains", "")


KEY_FILE = {"MATON_API_KEY_FILE": "/run/key"}


@pytest.mark.parametrize("name", CLIENTS)
@pytest.mark.parametrize("earlier", [False, True])
def test_an_entry_for_the_sandbox_has_no_way_to_a_file_with_the_key(setup, name, earlier):
    client = setup(name)
    client.environ = KEY_FILE
    if earlier:
        assert client() == 0
    assert client(sandbox=True) == 0
    assert "MATON_API_KEY_FILE" not in client.path.read_text()
    assert client.entry[client.client.env_field] == {API_KEY_VARIABLE: "", "QUO_API_KEY": ""}
    machine = Machine("linux", client.home, KEY_FILE)
    assert load_settings(client_environment(client.client, machine)).is_sandbox


@pytest.mark.parametrize("name", [name for name in CLIENTS if name != "claude-desktop"])
def test_an_entry_with_a_file_for_the_key_uses_it_and_keeps_it(setup, name, tmp_path):
    path = tmp_path / "key"
    path.write_text(A_KEY)
    client = setup(name)
    client.environ = environ = {"MATON_API_KEY_FILE": str(path)}
    assert client(command=["quo-mcp"]) == 0
    if name != "codex":  # it takes both variables from its own environment
        client.environ = environ = {}
        assert client(command=["quo-mcp"]) == 0
    machine = Machine("linux", client.home, environ)
    settings = load_settings(client_environment(client.client, machine))
    assert settings.api_key.get_secret_value() == A_KEY
    [finding] = client_findings(machine, "quo-mcp")
    assert finding.status == "ok"
    assert "sandbox" not in finding.summary


def test_a_key_that_is_empty_in_the_shell_keeps_the_file_out_of_the_entry(setup):
    cursor = setup("cursor")
    cursor.environ = KEY_FILE | {API_KEY_VARIABLE: ""}
    assert cursor() == 0
    assert cursor.entry["env"] == {API_KEY_VARIABLE: "${env:MATON_API_KEY}"}


@pytest.mark.parametrize("name", CLIENTS)
def test_a_removed_entry_is_previewed_without_made_up_fields(setup, name):
    client = setup(name)
    client(sandbox=True)
    assert client(undo=True) == 0
    assert "…" not in client.output
    assert "  - (other fields omitted)" in client.lines
