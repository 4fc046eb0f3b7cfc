"""Shell completion scripts, which shtab generates from the command's parser."""

import argparse
from collections.abc import Iterable, Iterator, Mapping

import shtab

FILE_ARGUMENTS = {"key_file", "payload"}
# So that a script works that is evaluated before the user's own compinit.
ZSH_PREAMBLE = "(( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }\n"


def completion_script(
    shell: str, parser: argparse.ArgumentParser, choices: Mapping[str, Iterable[str]]
) -> str:
    """Return the script for bash, zsh or fish. The parser is of no use afterwards.

    choices: words to offer for arguments of subcommands, by the argument's name in argparse.
    """
    for subparser in subparsers_of(parser):
        subparser.description = None  # its place is taken by the help, which is shorter
        for action in subparser._actions:  # noqa: SLF001 - argparse has no public list of them
            if action.dest in choices:
                action.choices = list(choices[action.dest])
            if action.dest in FILE_ARGUMENTS:
                vars(action)["complete"] = shtab.FILE
    return shtab.complete(parser, shell, preamble=ZSH_PREAMBLE if shell == "zsh" else "")


def subparsers_of(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield the parser of each subcommand."""
    for action in parser._actions:  # noqa: SLF001 - argparse has no public list of them
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - as above
            yield from action.choices.values()
