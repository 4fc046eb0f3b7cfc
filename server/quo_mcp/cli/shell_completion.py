"""Completion scripts for shells, written from the command's own parser: they cannot fall behind it."""

import argparse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Word:
    """Something that can be typed, and what it is for."""

    text: str
    about: str = ""


@dataclass(frozen=True)
class Commands:
    """The words that can follow the program's name, and those that can follow each subcommand."""

    program: str
    first: tuple[Word, ...]
    after: Mapping[str, tuple[Word, ...]]


def script(
    shell: str, parser: argparse.ArgumentParser, more: Mapping[str, Iterable[str]] | None = None
) -> str:
    """The script for bash, zsh or fish. more: further words after a subcommand."""
    return SHELLS[shell](commands_of(parser, more or {}))


def commands_of(parser: argparse.ArgumentParser, more: Mapping[str, Iterable[str]]) -> Commands:
    """What a parser takes; what a subcommand's own subcommands take counts as its own."""
    below = _below(parser)
    after = {
        name: (*map(Word, more.get(name, ())), *_all_words(sub)) for name, sub in below.items()
    }
    return Commands(parser.prog, tuple(_words(parser)), after)


def _all_words(parser: argparse.ArgumentParser) -> tuple[Word, ...]:
    deeper = [word for sub in _below(parser).values() for word in _all_words(sub)]
    return tuple(dict.fromkeys([*_words(parser), *deeper]))


# argparse has no public way to ask a parser what it takes.


def _below(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """A parser's subcommands."""
    return {
        name: sub
        for each in parser._actions  # noqa: SLF001 - see above
        if isinstance(each, argparse._SubParsersAction)  # noqa: SLF001 - see above
        for name, sub in each.choices.items()
    }


def _words(parser: argparse.ArgumentParser) -> list[Word]:
    words = []
    for each in parser._actions:  # noqa: SLF001 - see above
        about = " ".join((each.help or "").replace("%(default)s", str(each.default)).split())
        if isinstance(each, argparse._SubParsersAction):  # noqa: SLF001 - see above
            abouts = {sub.dest: sub.help or "" for sub in each._choices_actions}  # noqa: SLF001 - see above
            words += [Word(name, abouts.get(name, "")) for name in each.choices]
        elif each.option_strings:
            words.append(Word(max(each.option_strings, key=len), about))
        elif each.choices:
            words += [Word(str(choice)) for choice in each.choices]
    return words


def _texts(words: Iterable[Word]) -> str:
    return " ".join(word.text for word in words)


def bash(commands: Commands) -> str:
    """For bash 3.2, too, which macOS has: no mapfile, and nothing is sourced from a substitution."""
    name = _function(commands)
    cases = "\n".join(
        f'      {command}) words="{_texts(words)}" ;;' for command, words in commands.after.items()
    )
    return f"""\
# bash completion for {commands.program}; try it with: eval "$({commands.program} completion bash)"
{name}() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" words="{_texts(commands.first)}" word
  if ((COMP_CWORD > 1)); then
    case "${{COMP_WORDS[1]}}" in
{cases}
      *) words="" ;;
    esac
  fi
  COMPREPLY=()
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$words" -- "$current")
}}
complete -o default -F {name} {commands.program}
"""


def zsh(commands: Commands) -> str:
    """To be evaluated, or to stand in a file of `fpath`: whose first call loads it, and has to complete."""
    name = _function(commands)
    cases = "\n".join(
        f"    {command}) offered=({_texts(words)}) ;;" for command, words in commands.after.items()
    )
    first = " ".join(_quoted(f"{word.text}:{word.about}") for word in commands.first)
    return f"""\
#compdef {commands.program}
# zsh completion for {commands.program}; try it with: eval "$({commands.program} completion zsh)"
{name}() {{
  local -a offered
  if (( CURRENT == 2 )); then
    offered=({first})
    _describe 'command' offered
    return
  fi
  case "$words[2]" in
{cases}
  esac
  compadd -- $offered
  _files
}}
if [[ ${{zsh_eval_context[-1]}} == loadautofunc ]]; then
  {name} "$@"
else
  (( $+functions[compdef] )) || {{ autoload -Uz compinit && compinit -i }}
  compdef {name} {commands.program}
fi
"""


def fish(commands: Commands) -> str:
    start = f"complete -c {commands.program}"
    lines = [
        f"# fish completion for {commands.program}; try it with: {commands.program} completion fish | source"
    ]
    lines += [f"{start} -n __fish_use_subcommand -f"]
    lines += [f"{start} -n __fish_use_subcommand {_fish(word)}" for word in commands.first]
    for command, words in commands.after.items():
        seen = f"-n '__fish_seen_subcommand_from {command}'"
        lines += [f"{start} {seen} {_fish(word)}" for word in words]
    return "\n".join(lines) + "\n"


def _fish(word: Word) -> str:
    long, short = word.text.startswith("--"), word.text.startswith("-")
    typed = f"-l {word.text[2:]}" if long else f"-s {word.text[1:]}" if short else f"-a {word.text}"
    return f"{typed} -d {_quoted(word.about, fish=True)}" if word.about else typed


def _quoted(text: str, *, fish: bool = False) -> str:
    if fish:
        text = text.replace("\\", "\\\\").replace("'", "\\'")
        return f"'{text}'"
    return "'" + text.replace("'", "'\\''") + "'"


def _function(commands: Commands) -> str:
    return f"_{commands.program.replace('-', '_')}"


SHELLS: dict[str, Callable[[Commands], str]] = {"bash": bash, "zsh": zsh, "fish": fish}
