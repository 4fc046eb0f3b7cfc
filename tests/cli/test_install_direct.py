"""Installation with Quo's own API key, instead of Maton's."""

import pytest

from quo_mcp.cli.install.clients import CLIENTS, Machine
from quo_mcp.cli.install.installation import InstallOptions, Prompter, set_up_client
from quo_mcp.cli.install.status import UnknownEnvironment, client_environment, client_findings
from quo_mcp.cli.install.variables import MATON_KEY, QUO_KEY
from quo_mcp.config.environment import load_settings

A_KEY = "quo-key-0123456789"


@pytest.fixture
def install(tmp_path):
    def run(name, environ, **options):
        lines = []
        machine = Machine("linux", tmp_path, environ)
        prompter = options.pop("prompter", None) or Prompter(lines.append)
        options = InstallOptions(**{"command": ["quo-mcp"], "yes": True} | options)
        status = set_up_client(CLIENTS[name], machine, options, prompter)
        return status, machine, lines

    return run


@pytest.mark.parametrize("maton", [{}, {"MATON_API_KEY": "k2"}])
@pytest.mark.parametrize("name", CLIENTS)
def test_the_client_starts_the_server_with_quos_key_whatever_else_its_environment_has(
    install, name, maton
):
    environ = {"QUO_API_KEY": A_KEY} | maton
    status, machine, lines = install(name, environ, key=A_KEY, key_kind=QUO_KEY)
    assert (status, A_KEY in "\n".join(lines)) == (0, False)
    try:
        settings = load_settings(client_environment(CLIENTS[name], machine))
    except UnknownEnvironment:
        assert name == "vscode"
    else:
        assert (settings.key_variable, settings.key_in_use) == ("QUO_API_KEY", A_KEY)
    [finding] = client_findings(machine, "quo-mcp")
    assert finding.status.value == "ok"
    assert "MATON" not in finding.summary


@pytest.mark.parametrize("name", CLIENTS)
def test_another_installation_keeps_the_kind_of_key_unless_told_otherwise(install, name):
    install(name, {}, key=A_KEY, key_kind=QUO_KEY)
    status, machine, _ = install(name, {}, key=A_KEY)
    text = CLIENTS[name].config_path(machine).read_text()
    assert status == 0
    assert "QUO_API_KEY" in text or QUO_KEY.prompt_id in text
    install(name, {}, key=A_KEY, key_kind=MATON_KEY)
    text = CLIENTS[name].config_path(machine).read_text()
    assert "MATON_API_KEY" in text or MATON_KEY.prompt_id in text
    assert QUO_KEY.prompt_id not in text
    assert name == "codex" or "QUO_API_KEY" not in text


@pytest.mark.parametrize("name", CLIENTS)
def test_undo_leaves_nothing(install, name):
    _, machine, _ = install(name, {}, key=A_KEY, key_kind=QUO_KEY)
    assert install(name, {}, undo=True)[0] == 0
    path = CLIENTS[name].config_path(machine)
    assert not path.exists() or "quo" not in path.read_text()


def test_the_question_for_the_key_says_whose_key_it_is(install):
    kinds = []

    def ask_key(kind):
        kinds.append(kind.issuer)
        return A_KEY

    prompter = Prompter(lambda _line: None, ask_key=ask_key)
    assert install("claude-desktop", {}, key_kind=QUO_KEY, prompter=prompter)[0] == 0
    assert kinds == ["Quo"]


@pytest.mark.parametrize("name", [name for name in CLIENTS if name != "claude-desktop"])
def test_an_entry_with_a_file_for_quos_key_uses_it(install, name, tmp_path):
    path = tmp_path / "key"
    path.write_text(A_KEY)
    environ = {"QUO_API_KEY_FILE": str(path)}
    status, machine, _ = install(name, environ, key=A_KEY, key_kind=QUO_KEY)
    assert status == 0
    settings = load_settings(client_environment(CLIENTS[name], machine))
    assert (settings.key_variable, settings.key_in_use) == ("QUO_API_KEY", A_KEY)


@pytest.mark.parametrize("name", CLIENTS)
def test_an_entry_for_the_sandbox_stays_in_the_sandbox(install, name):
    environ = {"QUO_API_KEY": A_KEY, "MATON_API_KEY": A_KEY}
    status, machine, _ = install(name, environ, sandbox=True)
    assert status == 0
    assert load_settings(client_environment(CLIENTS[name], machine)).is_sandbox
