"""Names: a stranger must be able to guess the file from the question, and the meaning from the name."""

import ast
from collections import defaultdict
from functools import cache
from pathlib import Path

import quo_mcp

ROOT = Path(quo_mcp.__file__).parent
PATHS = sorted(ROOT.rglob("*.py"))

# A file may have a resource's name in each of these folders.
RESOURCE_FOLDERS = {"records", "tools", "tools/rendering", "tools/resolve", "sandbox"}
RESOURCES = {
    "activities", "calls", "connections", "contacts", "conversations", "inboxes", "messages", "people", "tasks", "webhooks",
    "workspace",
}  # fmt: skip

# Participles, adverbs and pronouns, which alone do not say what is meant.
BARE = """
across ago aside asked became each else elsewhere fault fits found given gone had heard held here him how it kept lately left
listed made meant met named none one ours received said sent settled shown taken that their theirs them then there these
thing things this those told turned used was way well what when where which who whom whose why
"""
BARE_VARIABLES = """
asked each fault found given heard it kept lately listed made meant said settled shown taken them thing things those told way
what who whom
"""


@cache
def trees():
    return [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in PATHS]


def test_a_file_name_stands_once_except_a_resources():
    folders = defaultdict(list)
    for path in PATHS:
        if path.stem not in {"__init__", "__main__"}:
            folders[path.stem].append(path.relative_to(ROOT).parent.as_posix())
    twice = {
        name: places
        for name, places in folders.items()
        if len(places) > 1 and not (name in RESOURCES and set(places) <= RESOURCE_FOLDERS)
    }
    assert twice == {}


def test_a_public_class_name_stands_once():
    places = defaultdict(list)
    for path, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(str(path.relative_to(ROOT)))
    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}


def is_bare(name, words, path):
    """Whether the name is one of the words. In the sandbox a fault is what is injected."""
    word = name.lower().strip("_")
    return word in words.split() and (word != "fault" or not path.is_relative_to(ROOT / "sandbox"))


def definitions(tree):
    """Every public class and function, with methods."""
    for node in ast.walk(tree):
        if isinstance(
            node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        ) and not node.name.startswith("_"):
            yield node


def variables(tree):
    """Every parameter and local variable, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name, node.lineno


def test_no_module_class_or_function_has_a_bare_word_for_a_name():
    bare = [str(path.relative_to(ROOT)) for path in PATHS if is_bare(path.stem, BARE, path)]
    bare += [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path, tree in trees()
        for node in definitions(tree)
        if is_bare(node.name, BARE, path)
    ]
    assert bare == []


def test_no_parameter_or_local_has_a_bare_word_for_a_name():
    assert [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for path, tree in trees()
        for name, line in variables(tree)
        if is_bare(name, BARE_VARIABLES, path)
    ] == []
