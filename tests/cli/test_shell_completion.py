import argparse
import os
import re
import shutil
import subprocess
import sys
from contextlib import suppress

import pytest

from quo_mcp.cli import build_parser
from quo_mcp.cli.shell_completion import completion_script

if sys.platform != "win32":
    import pty


def small():
    top = argparse.ArgumentParser(prog="quo-mcp")
    top.add_argument("--version", action="store_true", help="it's the version: 100 %%")
    commands = top.add_subparsers()
    one = commands.add_parser("install", help="set it up, that's all")
    one.add_argument("client")
    one.add_argument("--dry-run", "-n", action="store_true", help="only show")
    one.add_argument("--limit", default=20, help="how many (default: %(default)s)")
    nested = commands.add_parser("audit", help="the log").add_subparsers()
    nested.add_parser("verify", help="it").add_argument("--deep", action="store_true")
    two = commands.add_parser("shell", help="shells")
    two.add_argument("which", choices=["a", "b"])
    two.add_argument("payload", nargs="?")
    two.add_argument("--key-file")
    return top


MORE = {"client": ["cursor", "codex"]}
SHELLS = ("bash", "zsh", "fish")


def bash(line):
    """What bash offers where the line ends."""
    words = line.split(" ")
    asked = f"""
{completion_script("bash", small(), MORE)}
COMP_WORDS=({" ".join(f"'{word}'" for word in words)}); COMP_CWORD={len(words) - 1}
_shtab_quo_mcp; printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.split()


needs_bash = pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash here")


@needs_bash
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("quo-mcp ", ["install", "audit", "shell"]),
        ("quo-mcp --", ["--help", "--version"]),
        ("quo-mcp in", ["install"]),
        ("quo-mcp install c", ["cursor", "codex"]),
        ("quo-mcp install cursor --d", ["--dry-run"]),
        ("quo-mcp install --limit 5 c", ["cursor", "codex"]),
        ("quo-mcp audit ", ["verify"]),
        ("quo-mcp audit verify --", ["--help", "--deep"]),
        ("quo-mcp shell ", ["a", "b"]),
        ("quo-mcp shell a /et", ["/etc"]),
        ("quo-mcp shell --key-file /et", ["/etc"]),
    ],
)
def test_bash_offers_what_can_follow(line, offered):
    assert sorted(bash(line)) == sorted(offered)


@needs_bash
def test_the_real_script_is_bash():
    text = completion_script("bash", build_parser(), {})
    subprocess.run(["bash", "-n"], input=text, text=True, check=True)
    assert "complete -o bashdefault -F _shtab_quo_mcp quo-mcp" in text


def test_bash_as_old_as_on_macos_has_all_that_the_script_asks_for():
    text = completion_script("bash", build_parser(), {})
    assert not re.search(r"mapfile|readarray|declare -A|<\(quo", text)


def needs(shell):
    return pytest.mark.skipif(not shutil.which(shell), reason=f"there is no {shell} here")


def at_a_zsh(line, before, home):
    """What zsh runs where somebody types the line, whose tabs complete. before: what its session begins with."""
    typed = f'{before}\nquo-mcp() {{ print -r -- "ran:$*." }}\n{line}\nexit\n'
    ours, theirs = pty.openpty()
    env = {"HOME": str(home), "TERM": "dumb", "PATH": os.environ["PATH"]}
    with subprocess.Popen(
        ["zsh", "-fi"], stdin=theirs, stdout=theirs, stderr=theirs, env=env, start_new_session=True
    ) as process:
        os.close(theirs)
        os.write(ours, typed.encode())
        said = b""
        with suppress(OSError):  # its end
            while more := os.read(ours, 4096):
                said += more
        process.wait()
    os.close(ours)
    return re.findall(r"^ran:(.*)\.\r?$", said.decode(), re.MULTILINE)


@needs("zsh")
@pytest.mark.parametrize("way", ["evaluated", "evaluated before compinit", "autoloaded"])
@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ("quo-mcp inst\t", "install"),
        ("quo-mcp install cu\t", "install cursor"),
        ("quo-mcp install cursor --d\t", "install cursor --dry-run"),
        ("quo-mcp audit v\t", "audit verify"),
        ("quo-mcp shell a /et\t", "shell a /etc"),
    ],
)
def test_zsh_completes_at_the_first_tab(way, line, becomes, tmp_path):
    text = completion_script("zsh", small(), MORE)
    subprocess.run(["zsh", "-n"], input=text, text=True, check=True)
    (tmp_path / "_quo-mcp").write_text(text)
    compinit = "autoload -Uz compinit && compinit -D -u"
    before = {
        "evaluated": f'{compinit}; eval "$(<{tmp_path}/_quo-mcp)"',
        "evaluated before compinit": f'eval "$(<{tmp_path}/_quo-mcp)"',
        "autoloaded": f"fpath=({tmp_path} $fpath); {compinit}",
    }
    assert at_a_zsh(line, before[way], tmp_path) == [becomes]


def fish(line, home):
    """What fish offers where the line ends."""
    asked = f"{completion_script('fish', small(), MORE)}\ncomplete -C '{line}'"
    env = {"HOME": str(home), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        ["fish", "--no-config", "-c", asked],
        capture_output=True,
        text=True,
        check=True,
        env=env,
        cwd=home,
    )
    assert done.stderr == ""
    return [each.partition("\t")[0] for each in done.stdout.splitlines()]


@needs("fish")
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("quo-mcp ", ["install", "audit", "shell"]),
        ("quo-mcp in", ["install"]),
        ("quo-mcp install c", ["cursor", "codex"]),
        ("quo-mcp install cursor --d", ["--dry-run"]),
        ("quo-mcp audit ", ["verify"]),
        ("quo-mcp shell ", ["a", "b"]),
        ("quo-mcp shell --key-file /et", ["/etc/"]),
    ],
)
def test_fish_offers_what_can_follow(line, offered, tmp_path):
    assert sorted(fish(line, tmp_path)) == sorted(offered)


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_real_script_is_understood_by_its_shell(shell):
    if not shutil.which(shell):
        pytest.skip(f"there is no {shell} here")
    subprocess.run(
        [shell, "-n"], input=completion_script(shell, build_parser(), {}), text=True, check=True
    )


@pytest.mark.parametrize("shell", SHELLS)
def test_every_subcommand_is_in_every_script(shell):
    text = completion_script(shell, build_parser(), MORE)
    for word in ("serve", "install", "doctor", "completion", "cursor", "sandbox"):
        assert word in text


def test_zsh_has_what_each_subcommand_is_for():
    text = completion_script("zsh", small(), MORE)
    assert "install:'set it up, that'\"'\"'s all'" in text
    assert '":client:(cursor codex)"' in text


def test_fish_has_what_each_word_is_for():
    lines = completion_script("fish", small(), MORE).splitlines()
    [line] = [line for line in lines if " -a install " in line]
    assert line.endswith(" -d 'set it up, that'\"'\"'s all'")
    seen = "complete -c quo-mcp -n '_shtab_quo_mcp_using install"
    assert any(line.startswith(seen) and '"cursor codex"' in line for line in lines)
    assert any(
        line.startswith(seen) and "-l limit -x -d 'how many (default: 20)'" in line
        for line in lines
    )


def test_a_long_description_is_not_what_a_menu_shows():
    text = completion_script("fish", build_parser(), {})
    assert "-a doctor -d 'check the setup'" in text
