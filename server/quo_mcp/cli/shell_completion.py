"""Shell completion scripts, generated from the command's parser."""

import argparse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class CompletionWord:
    """A word that completion offers."""

    text: str
    description: str = ""


@dataclass(frozen=True)
class CommandWords:
    """The words to offer after the program's name, and after each subcommand."""

    program: str
    top_level: tuple[CompletionWord, ...]
    by_command: Mapping[str, tuple[CompletionWord, ...]]


def completion_script(
    shell: str,
    parser: argparse.ArgumentParser,
    extra_words: Mapping[str, Iterable[str]] | None = None,
) -> str:
    """Return the script for bash, zsh or fish. extra_words: more words to offer after each subcommand."""
    return SHELLS[shell](read_commands(parser, extra_words or {}))


def read_commands(
    parser: argparse.ArgumentParser, extra_words: Mapping[str, Iterable[str]]
) -> CommandWords:
    """Collect a parser's words. Words of nested subcommands are offered after the outer one."""
    subparsers = _subparsers(parser)
    by_command = {
        name: (*map(CompletionWord, extra_words.get(name, ())), *_all_words(subparser))
        for name, subparser in subparsers.items()
    }
    return CommandWords(parser.prog, tuple(_words(parser)), by_command)


def _all_words(parser: argparse.ArgumentParser) -> tuple[CompletionWord, ...]:
    nested_words = [
        word for subparser in _subparsers(parser).values() for word in _all_words(subparser)
    ]
    return tuple(dict.fromkeys([*_words(parser), *nested_words]))


# argparse has no public API to list a parser's actions.


def _subparsers(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Return a parser's subcommands by name."""
    return {
        name: subparser
        for action in parser._actions  # noqa: SLF001 - see above
        if isinstance(action, argparse._SubParsersAction)  # noqa: SLF001 - see above
        for name, subparser in action.choices.items()
    }


def _words(parser: argparse.ArgumentParser) -> list[CompletionWord]:
    words = []
    for action in parser._actions:  # noqa: SLF001 - see above
        description = " ".join(
            (action.help or "").replace("%(default)s", str(action.default)).split()
        )
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - see above
            choices = action._choices_actions  # noqa: SLF001 - see above
            descriptions = {choice.dest: choice.help or "" for choice in choices}
            words += [CompletionWord(name, descriptions.get(name, "")) for name in action.choices]
        elif action.option_strings:
            words.append(CompletionWord(max(action.option_strings, key=len), description))
        elif action.choices:
            words += [CompletionWord(str(choice)) for choice in action.choices]
    return words


def _join_words(words: Iterable[CompletionWord]) -> str:
    return " ".join(word.text for word in words)


def bash_script(commands: CommandWords) -> str:
    """Return the script for bash. It works in bash 3.2, the version on macOS, which has no mapfile."""
    name = _function_name(commands)
    cases = "\n".join(
        f'      {command}) words="{_join_words(words)}" ;;'
        for command, words in commands.by_command.items()
    )
    return f"""\
# bash completion for {commands.program}; try it with: eval "$({commands.program} completion bash)"
{name}() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" words="{_join_words(commands.top_level)}" word
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


def zsh_script(commands: CommandWords) -> str:
    """Return the script for zsh. It can be evaluated, or saved to a file in `fpath` and autoloaded."""
    name = _function_name(commands)
    cases = "\n".join(
        f"    {command}) offered=({_join_words(words)}) ;;"
        for command, words in commands.by_command.items()
    )
    first = " ".join(_quote(f"{word.text}:{word.description}") for word in commands.top_level)
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


def fish_script(commands: CommandWords) -> str:
    start = f"complete -c {commands.program}"
    lines = [
        f"# fish completion for {commands.program}; try it with: {commands.program} completion fish | source"
    ]
    lines += [f"{start} -n __fish_use_subcommand -f"]
    lines += [
        f"{start} -n __fish_use_subcommand {_fish_options(word)}" for word in commands.top_level
    ]
    for command, words in commands.by_command.items():
        condition = f"-n '__fish_seen_subcommand_from {command}'"
        lines += [f"{start} {condition} {_fish_options(word)}" for word in words]
    return "\n".join(lines) + "\n"


def _fish_options(word: CompletionWord) -> str:
    is_long, is_short = word.text.startswith("--"), word.text.startswith("-")
    condition = (
        f"-l {word.text[2:]}"
        if is_long
        else f"-s {word.text[1:]}"
        if is_short
        else f"-a {word.text}"
    )
    return (
        f"{condition} -d {_quote(word.description, fish=True)}" if word.description else condition
    )


def _quote(text: str, *, fish: bool = False) -> str:
    if fish:
        text = text.replace("\\", "\\\\").replace("'", "\\'")
        return f"'{text}'"
    return "'" + text.replace("'", "'\\''") + "'"


def _function_name(commands: CommandWords) -> str:
    return f"_{commands.program.replace('-', '_')}"


SHELLS: dict[str, Callable[[CommandWords], str]] = {
    "bash": bash_script,
    "zsh": zsh_script,
    "fish": fish_script,
}
