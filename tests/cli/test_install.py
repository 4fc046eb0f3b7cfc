import json
import os
import stat

import pytest

from quo_mcp.cli.install import CLIENTS, Asked, Machine, Person, overview, set_up
from quo_mcp.cli.install import atomic_file as files_of
from quo_mcp.cli.install.atomic_file import Changed, backup_of, replace
from quo_mcp.cli.install.clients import PROMPT
from quo_mcp.config.settings import KEY

A_KEY = "sk-maton-0123456789"
COMMAND = ["/opt/quo/bin/quo-mcp"]
OTHER = {"command": "npx", "args": ["--token", "theirs-secret"], "env": {"T": "theirs-too"}}


@pytest.fixture
def machine(tmp_path):
    return Machine("linux", tmp_path, {})


@pytest.fixture
def told():
    return []


def file_of(name, machine):
    return CLIENTS[name].where(machine)


def install(name, machine, told, *, person=None, **asked):
    asked = {"command": COMMAND, "yes": True} | asked
    return set_up(CLIENTS[name], machine, Asked(**asked), person or Person(told.append))


def entry_in(name, machine):
    client = CLIENTS[name]
    return client.form.read(file_of(name, machine).read_text())[client.under]["quo"]


def put_there(name, machine, text, mode=0o644):
    path = file_of(name, machine)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


every_client = pytest.mark.parametrize("name", CLIENTS)


@every_client
def test_a_client_without_a_file_gets_one_that_only_its_owner_reads(name, machine, told):
    assert install(name, machine, told, key=A_KEY) == 0
    client, entry = CLIENTS[name], entry_in(name, machine)
    assert [entry[client.command], *entry["args"]] == COMMAND
    assert mode_of(file_of(name, machine)) == 0o600
    assert install(name, machine, told, undo=True) == 0
    assert list(file_of(name, machine).parent.iterdir()) == []


@every_client
def test_the_key_is_written_only_where_the_client_can_take_it_from_nowhere_else(
    name, machine, told
):
    install(name, machine, told, key=A_KEY)
    text = file_of(name, machine).read_text()
    assert (A_KEY in text) == (name == "claude-desktop")
    assert KEY in text or PROMPT in text
    assert A_KEY not in "\n".join(told)


@every_client
def test_the_sandbox_stays_one_even_where_the_environment_has_a_key(name, machine, told):
    install(name, machine, told, key=A_KEY, sandbox=True)
    entry = entry_in(name, machine)
    assert entry[CLIENTS[name].env] == {KEY: ""}
    assert PROMPT not in file_of(name, machine).read_text()


@every_client
def test_a_dry_run_writes_nothing(name, machine, told):
    assert install(name, machine, told, dry_run=True) == 0
    assert list(machine.home.iterdir()) == []
    assert "Nothing was written (--dry-run)." in told


@every_client
def test_doing_it_twice_changes_nothing_more(name, machine, told):
    install(name, machine, told, key=A_KEY)
    before = file_of(name, machine).read_bytes()
    told.clear()
    assert install(name, machine, told, key=A_KEY) == 0
    assert file_of(name, machine).read_bytes() == before
    assert told[0].startswith("Nothing to change: ")


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
def test_undoing_brings_back_every_byte(name, machine, told):
    path = put_there(name, machine, FULL[name])
    assert install(name, machine, told, key=A_KEY) == 0
    assert "Stays as it is: theirs." in told
    assert "theirs-" not in "\n".join(told)
    assert backup_of(path).read_text() == FULL[name]
    assert mode_of(backup_of(path)) == 0o600
    assert install(name, machine, told, undo=True) == 0
    assert path.read_text() == FULL[name]
    assert not backup_of(path).exists()


def test_undoing_leaves_what_was_changed_since(machine, told):
    path = put_there("vscode", machine, FULL["vscode"])
    install("vscode", machine, told)
    assert [each["id"] for each in json.loads(path.read_text())["inputs"]] == ["their_key", PROMPT]
    path.write_text(path.read_text().replace('"servers": {', '"servers": {"newer": {},', 1))
    install("vscode", machine, told, undo=True)
    now = json.loads(path.read_text())
    assert set(now["servers"]) == {"theirs", "newer"}
    assert [each["id"] for each in now["inputs"]] == ["their_key"]


def test_undoing_brings_back_the_entry_that_was_replaced(machine, told):
    old = {"command": "old", "args": ["mine-secret"], "env": {KEY: "mine-too"}}
    path = put_there("cursor", machine, json.dumps({"mcpServers": {"quo": old}}))
    install("cursor", machine, told)
    assert "mine-" not in "\n".join(told)
    install("cursor", machine, told, sandbox=True)  # what we wrote ourselves is no earlier entry
    path.write_text(path.read_text().replace("{", '{"newer": 1, ', 1))
    install("cursor", machine, told, undo=True)
    assert json.loads(path.read_text()) == {"newer": 1, "mcpServers": {"quo": old}}


def test_going_over_to_the_sandbox_takes_the_prompt_out_again(machine, told):
    path = put_there("vscode", machine, "{}")
    install("vscode", machine, told)
    install("vscode", machine, told, sandbox=True)
    assert "inputs" not in json.loads(path.read_text())
    install("vscode", machine, told, undo=True)
    assert path.read_text() == "{}"


@pytest.mark.parametrize("name", ["cursor", "codex", "goose"])
def test_there_may_be_nothing_to_undo(name, machine, told):
    assert install(name, machine, told, undo=True) == 0
    put_there(name, machine, "")
    assert install(name, machine, told, undo=True) == 0
    assert all(line.startswith("Nothing to change: ") for line in told)


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
    name, text, machine, told
):
    path = put_there(name, machine, "")
    path.write_bytes(text.encode("latin-1"))
    assert install(name, machine, told, key=A_KEY) == 1
    assert path.read_bytes() == text.encode("latin-1")
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    assert told[0].startswith(f"{path} was not touched: ")
    assert told[1] == "To do it by hand, put this into it:"
    assert any(COMMAND[0] in line for line in told[2:])


def test_a_file_that_is_not_understood_is_not_undone_either(machine, told):
    put_there("vscode", machine, '{"servers": {},,}')
    assert install("vscode", machine, told, undo=True) == 1
    assert told[1] == "To do it by hand, take “quo” out from under “servers”."


def test_the_key_makes_the_file_its_owners_alone_and_other_files_keep_their_mode(machine, told):
    desktop = put_there("claude-desktop", machine, "{}", 0o644)
    cursor = put_there("cursor", machine, "{}", 0o640)
    install("claude-desktop", machine, told, key=A_KEY)
    install("cursor", machine, told)
    assert (mode_of(desktop), mode_of(cursor)) == (0o600, 0o640)


def test_a_link_stays_a_link(machine, told, tmp_path):
    real = tmp_path / "dotfiles" / "mcp.json"
    real.parent.mkdir()
    real.write_text("{}")
    path = file_of("cursor", machine)
    path.parent.mkdir()
    path.symlink_to(os.path.relpath(real, path.parent))
    assert install("cursor", machine, told) == 0
    assert path.is_symlink()
    assert "quo" in json.loads(real.read_text())["mcpServers"]
    assert [each.name for each in real.parent.iterdir()] == ["mcp.json"]


def test_what_somebody_else_writes_meanwhile_is_not_lost(machine, told):
    path = put_there("cursor", machine, "{}")

    def agrees(_question):
        path.write_text('{"theirs": 1}')
        return True

    assert install("cursor", machine, told, yes=False, person=Person(told.append, agrees)) == 1
    assert path.read_text() == '{"theirs": 1}'
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    assert "Try again" in told[-1]


def test_a_disk_that_fails_leaves_the_old_file_and_no_litter(tmp_path, monkeypatch):
    path = tmp_path / "mcp.json"
    path.write_text("old")

    def fails(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files_of.os, "fsync", fails)
    with pytest.raises(OSError, match="No space"):
        replace(path, "new", expected="old")
    assert [each.name for each in tmp_path.iterdir()] == ["mcp.json"]
    assert path.read_text() == "old"


def test_a_file_that_is_not_what_was_read_is_not_deleted(tmp_path):
    path = tmp_path / "mcp.json"
    path.write_text("new")
    with pytest.raises(Changed):
        replace(path, None, expected="old")
    assert path.read_text() == "new"


def test_a_place_that_cannot_be_written_is_said(machine, told, tmp_path):
    (tmp_path / ".cursor").write_text("a file where a directory should be")
    assert install("cursor", machine, told) == 1
    assert "was not touched: Not a directory" in told[-1]


@pytest.mark.parametrize(("answer", "status"), [(True, 0), (False, 1)])
def test_a_person_sees_the_change_before_they_agree(answer, status, machine, told):
    def agrees(question):
        assert any('"quo": {' in line for line in told)
        assert question == "Write it?"
        return answer

    assert install("cursor", machine, told, yes=False, person=Person(told.append, agrees)) == status
    assert file_of("cursor", machine).exists() == answer


def test_nothing_is_written_where_nobody_can_agree(machine, told):
    assert install("cursor", machine, told, yes=False) == 2
    assert not file_of("cursor", machine).exists()
    assert "--yes" in told[-1]


def test_a_key_is_asked_for_where_it_has_to_stand_in_the_file(machine, told):
    assert (
        install("claude-desktop", machine, told, person=Person(told.append, key=lambda: A_KEY)) == 0
    )
    assert entry_in("claude-desktop", machine)["env"] == {KEY: A_KEY}
    assert A_KEY not in "\n".join(told)


@pytest.mark.parametrize("key", [None, lambda: ""])
def test_without_a_key_there_is_no_entry_that_needs_one(key, machine, told):
    assert install("claude-desktop", machine, told, person=Person(told.append, key=key)) == 2
    assert not file_of("claude-desktop", machine).exists()
    assert KEY in told[-1]


def test_the_clients_are_listed_with_how_they_stand(machine, told):
    install("cursor", machine, told)
    put_there("codex", machine, "")
    put_there("vscode", machine, "{,}")
    stands = {line.split()[0]: " ".join(line.split()[1:-1]) for line in overview(machine)}
    assert stands == dict.fromkeys(CLIENTS, "no file") | {
        "cursor": "set up",
        "codex": "not set up",
        "vscode": "cannot be read",
    }
