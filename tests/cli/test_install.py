import json
import os
import stat

import pytest

from quo_mcp.cli.install import atomic_file
from quo_mcp.cli.install.atomic_file import ConcurrentWrite, backup_path, replace_file
from quo_mcp.cli.install.clients import CLIENTS, Machine
from quo_mcp.cli.install.installation import InstallOptions, Prompter, list_clients, set_up_client
from quo_mcp.cli.install.variables import MATON_KEY
from quo_mcp.config.settings import API_KEY_VARIABLE

A_KEY = "sk-maton-0123456789"
COMMAND = ["/opt/quo/bin/quo-mcp"]
OTHER = {"command": "npx", "args": ["--token", "theirs-secret"], "env": {"T": "theirs-too"}}


@pytest.fixture
def machine(tmp_path):
    return Machine("linux", tmp_path, {})


@pytest.fixture
def output():
    return []


def config_path(name, machine):
    return CLIENTS[name].config_path(machine)


def install(name, machine, output, *, prompter=None, **options):
    options = {"command": COMMAND, "yes": True} | options
    return set_up_client(
        CLIENTS[name], machine, InstallOptions(**options), prompter or Prompter(output.append)
    )


def read_entry(name, machine):
    client = CLIENTS[name]
    return client.format.parse(config_path(name, machine).read_text())[client.servers_key]["quo"]


def write_config(name, machine, text, mode=0o644):
    path = config_path(name, machine)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


every_client = pytest.mark.parametrize("name", CLIENTS)


@every_client
def test_a_client_without_a_file_gets_one_that_only_its_owner_reads(name, machine, output):
    assert install(name, machine, output, key=A_KEY) == 0
    client, entry = CLIENTS[name], read_entry(name, machine)
    assert [entry[client.command_field], *entry["args"]] == COMMAND
    assert mode_of(config_path(name, machine)) == 0o600
    assert install(name, machine, output, undo=True) == 0
    assert list(config_path(name, machine).parent.iterdir()) == []


@every_client
def test_the_key_is_written_only_where_the_client_can_take_it_from_nowhere_else(
    name, machine, output
):
    install(name, machine, output, key=A_KEY)
    text = config_path(name, machine).read_text()
    assert (A_KEY in text) == (name == "claude-desktop")
    assert API_KEY_VARIABLE in text or MATON_KEY.prompt_id in text
    assert A_KEY not in "\n".join(output)


@every_client
def test_the_sandbox_stays_one_even_where_the_environment_has_a_key(name, machine, output):
    install(name, machine, output, key=A_KEY, sandbox=True)
    entry = read_entry(name, machine)
    assert entry[CLIENTS[name].env_field] == {API_KEY_VARIABLE: "", "QUO_API_KEY": ""}
    assert MATON_KEY.prompt_id not in config_path(name, machine).read_text()


@every_client
def test_a_dry_run_writes_nothing(name, machine, output):
    assert install(name, machine, output, dry_run=True) == 0
    assert list(machine.home.iterdir()) == []
    assert "Nothing written (--dry-run)." in output


@every_client
def test_doing_it_twice_changes_nothing_more(name, machine, output):
    install(name, machine, output, key=A_KEY)
    before = config_path(name, machine).read_bytes()
    output.clear()
    assert install(name, machine, output, key=A_KEY) == 0
    assert config_path(name, machine).read_bytes() == before
    assert output[0].startswith("Nothing to change: ")


FULL = {
    "gemini": '// mine\n{\n  "mcpServers": {\n    "theirs": {"command": "x"}, // theirs-secret\n  },\n}\n',
    "claude-desktop": json.dumps({"mcpServers": {"theirs": OTHER}, "theme": "dark"}, indent=4),
    "vscode": json.dumps(
        {"inputs": [{"id": "their_key"}], "servers": {"theirs": OTHER}}, indent="\t"
    ),
    "codex": '# mine\n[mcp_servers.theirs]\ncommand = "npx"\nargs = ["theirs-secret"]\n',
    "goose": "extensions:\n  # good\n  theirs:\n    cmd: theirs-secret\nA: 1\n",
}


@pytest.mark.parametrize("name", FULL)
def test_undoing_brings_back_every_byte(name, machine, output):
    path = write_config(name, machine, FULL[name])
    assert install(name, machine, output, key=A_KEY) == 0
    assert "Other servers, unchanged: theirs." in output
    assert "theirs-" not in "\n".join(output)
    assert backup_path(path).read_text() == FULL[name]
    assert mode_of(backup_path(path)) == 0o600
    assert install(name, machine, output, undo=True) == 0
    assert path.read_text() == FULL[name]
    assert not backup_path(path).exists()


def test_undoing_leaves_what_was_changed_since(machine, output):
    path = write_config("vscode", machine, FULL["vscode"])
    install("vscode", machine, output)
    assert [item["id"] for item in json.loads(path.read_text())["inputs"]] == [
        "their_key",
        MATON_KEY.prompt_id,
    ]
    path.write_text(path.read_text().replace('"servers": {', '"servers": {"newer": {},', 1))
    install("vscode", machine, output, undo=True)
    now = json.loads(path.read_text())
    assert set(now["servers"]) == {"theirs", "newer"}
    assert [item["id"] for item in now["inputs"]] == ["their_key"]


def test_undoing_brings_back_the_entry_that_was_replaced(machine, output):
    old = {"command": "old", "args": ["mine-secret"], "env": {API_KEY_VARIABLE: "mine-too"}}
    path = write_config("cursor", machine, json.dumps({"mcpServers": {"quo": old}}))
    install("cursor", machine, output)
    assert "mine-" not in "\n".join(output)
    install("cursor", machine, output, sandbox=True)  # what we wrote ourselves is no earlier entry
    path.write_text(path.read_text().replace("{", '{"newer": 1, ', 1))
    install("cursor", machine, output, undo=True)
    assert json.loads(path.read_text()) == {"newer": 1, "mcpServers": {"quo": old}}


def test_going_over_to_the_sandbox_takes_the_prompt_out_again(machine, output):
    path = write_config("vscode", machine, "{}")
    install("vscode", machine, output)
    install("vscode", machine, output, sandbox=True)
    assert "inputs" not in json.loads(path.read_text())
    install("vscode", machine, output, undo=True)
    assert path.read_text() == "{}"


@pytest.mark.parametrize("name", ["cursor", "codex", "goose"])
def test_there_may_be_nothing_to_undo(name, machine, output):
    assert install(name, machine, output, undo=True) == 0
    write_config(name, machine, "")
    assert install(name, machine, output, undo=True) == 0
    assert all(line.startswith("Nothing to change: ") for line in output)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("vscode", '{\n  // my servers\n  "servers": {},,\n}\n'),
        ("cursor", '{"mcpServers": []}'),
        ("cursor", '{"mcpServers": "x"}'),
        ("vscode", '{"servers": {}, "inputs": {}}'),
        ("codex", "nonsense"),
        ("goose", "extensions: [a]"),
        ("gemini", "\udce9".encode("utf-8", "surrogateescape").decode("latin-1")),
    ],
)
def test_a_file_that_is_not_surely_understood_is_left_alone_with_what_to_put_there(
    name, text, machine, output
):
    path = write_config(name, machine, "")
    path.write_bytes(text.encode("latin-1"))
    assert install(name, machine, output, key=A_KEY) == 1
    assert path.read_bytes() == text.encode("latin-1")
    assert [item.name for item in path.parent.iterdir()] == [path.name]
    assert output[0].startswith(f"Nothing written to {path}: ")
    assert output[1] == "To add the server manually, merge this into the file:"
    assert any(COMMAND[0] in line for line in output[2:])


def test_a_file_that_is_not_understood_is_not_undone_either(machine, output):
    write_config("vscode", machine, '{"servers": {},,}')
    assert install("vscode", machine, output, undo=True) == 1
    assert output[1] == 'To remove the server manually, delete "quo" from "servers".'


def test_the_key_makes_the_file_its_owners_alone_and_other_files_keep_their_mode(machine, output):
    desktop = write_config("claude-desktop", machine, "{}", 0o644)
    cursor = write_config("cursor", machine, "{}", 0o640)
    install("claude-desktop", machine, output, key=A_KEY)
    install("cursor", machine, output)
    assert (mode_of(desktop), mode_of(cursor)) == (0o600, 0o640)


def test_a_link_stays_a_link(machine, output, tmp_path):
    real = tmp_path / "dotfiles" / "mcp.json"
    real.parent.mkdir()
    real.write_text("{}")
    path = config_path("cursor", machine)
    path.parent.mkdir()
    path.symlink_to(os.path.relpath(real, path.parent))
    assert install("cursor", machine, output) == 0
    assert path.is_symlink()
    assert "quo" in json.loads(real.read_text())["mcpServers"]
    assert [item.name for item in real.parent.iterdir()] == ["mcp.json"]


def test_what_somebody_else_writes_meanwhile_is_not_lost(machine, output):
    path = write_config("cursor", machine, "{}")

    def confirm(_question):
        path.write_text('{"theirs": 1}')
        return True

    assert (
        install("cursor", machine, output, yes=False, prompter=Prompter(output.append, confirm))
        == 1
    )
    assert path.read_text() == '{"theirs": 1}'
    assert [item.name for item in path.parent.iterdir()] == [path.name]
    assert "Run the command again" in output[-1]


def test_a_disk_that_fails_leaves_the_old_file_and_no_litter(tmp_path, monkeypatch):
    path = tmp_path / "mcp.json"
    path.write_text("old")

    def fails(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic_file.os, "fsync", fails)
    with pytest.raises(OSError, match="No space"):
        replace_file(path, "new", expected="old")
    assert [item.name for item in tmp_path.iterdir()] == ["mcp.json"]
    assert path.read_text() == "old"


def test_a_file_that_is_not_what_was_read_is_not_deleted(tmp_path):
    path = tmp_path / "mcp.json"
    path.write_text("new")
    with pytest.raises(ConcurrentWrite):
        replace_file(path, None, expected="old")
    assert path.read_text() == "new"


def test_a_place_that_cannot_be_written_is_said(machine, output, tmp_path):
    (tmp_path / ".cursor").write_text("a file where a directory should be")
    assert install("cursor", machine, output) == 1
    assert ": Not a directory" in output[-1]


@pytest.mark.parametrize(("answer", "status"), [(True, 0), (False, 1)])
def test_a_person_sees_the_change_before_they_agree(answer, status, machine, output):
    def confirm(question):
        assert any('"quo": {' in line for line in output)
        assert question == "Write it?"
        return answer

    assert (
        install("cursor", machine, output, yes=False, prompter=Prompter(output.append, confirm))
        == status
    )
    assert config_path("cursor", machine).exists() == answer


def test_nothing_is_written_where_nobody_can_agree(machine, output):
    assert install("cursor", machine, output, yes=False) == 2
    assert not config_path("cursor", machine).exists()
    assert "--yes" in output[-1]


def test_a_key_is_asked_for_where_it_has_to_stand_in_the_file(machine, output):
    assert (
        install(
            "claude-desktop",
            machine,
            output,
            prompter=Prompter(output.append, ask_key=lambda _kind: A_KEY),
        )
        == 0
    )
    assert read_entry("claude-desktop", machine)["env"] == {API_KEY_VARIABLE: A_KEY}
    assert A_KEY not in "\n".join(output)


@pytest.mark.parametrize("key", [None, lambda _kind: ""])
def test_without_a_key_there_is_no_entry_that_needs_one(key, machine, output):
    assert (
        install("claude-desktop", machine, output, prompter=Prompter(output.append, ask_key=key))
        == 2
    )
    assert not config_path("claude-desktop", machine).exists()
    assert API_KEY_VARIABLE in output[-1]


def test_the_clients_are_listed_with_how_they_stand(machine, output):
    install("cursor", machine, output)
    write_config("codex", machine, "")
    write_config("vscode", machine, "{,}")
    *lines, last = list_clients(machine, "/opt/quo-mcp")
    assert last == "To set one up: /opt/quo-mcp install CLIENT"
    stands = {line.split()[0]: " ".join(line.split()[1:-1]) for line in lines}
    assert stands == dict.fromkeys(CLIENTS, "not set up") | {
        "cursor": "set up",
        "codex": "not set up",
        "vscode": "cannot be read",
    }
