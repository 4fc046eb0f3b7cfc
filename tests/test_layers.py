"""Which module may import which, read from the code itself, imports inside functions included."""

import ast
import sys
from collections import Counter
from fnmatch import fnmatchcase
from functools import cache
from graphlib import TopologicalSorter
from importlib import import_module
from inspect import isabstract
from pathlib import Path
from typing import NamedTuple

import pytest

import quo_mcp
from quo_mcp.tool import Tool

ROOT = Path(quo_mcp.__file__).parent

# Lowest first. A module imports from rows above its own; within a row, from its own group only
# (a group is the patterns in one text: one noun that was split over several modules). A module that
# is named in full stands there, and not where a pattern would put it.
LAYERS = [
    [""],  # the package: its version
    ["errors", "crashes", "outside namelike", "numbers", "segments", "signatures"],
    ["times times.*", "people people.*"],
    ["gateway gateway.*"],
    ["records", "fields", "kept", "turns"],
    ["threads", "paging"],
    [
        "config environment forms"
    ],  # its checks of URLs, keys and zones are those of gateway and times
    ["rendering"],
    ["directory"],
    # What a send goes through: `quo` hands it to the tools, so it stands below them.
    ["safety safety.*"],
    ["quo"],
    ["tool"],
    [
        "settling settling.*",
        "answers",
        "arguments",
        "safety.approval",
        "safety.policy",
    ],  # these look at tools from outside
    ["tools tools.*"],
    ["prompt prompts", "resource resources", "completions"],
    ["offers"],  # these three, as the protocol has them
    ["sandbox sandbox.*"],
    ["account"],
    ["calling"],
    ["app"],
    ["publishing publishing.*"],
    ["serving serving.*", "docs", "demo", "install install.*", "doctor", "shells"],
    ["cli cli.*"],
    ["__main__"],
]

PLACES = [(row, group) for row, groups in enumerate(LAYERS) for group in groups]

# Who may import what is not ours, where not everybody may.
LIBRARIES = {
    "httpx2": "gateway.* account",  # account alone says which transport there is
    "mcp": "app calling offers safety.approval serving.stdio serving.http serving.sessions cli.tools demo",  # the last two are clients
    "mcp_types": "tool app calling offers safety.approval serving.sessions",
    "starlette": "sandbox.* serving.http serving.sessions serving.ending",
    "uvicorn": "serving.http",
    "platformdirs": "config",
    "tzlocal": "times",
    "phonenumbers": "numbers",
}

READS_THE_ENVIRONMENT = {
    "environment": "everything a person can set is read there",
    "demo": "the server it starts must not get the key or settings; NO_COLOR is the terminal's",
    "cli.setup": "what clients keep is found by it",
    "cli.speaking": "NO_COLOR is the terminal's",
    "cli.webhooks": "the key to a webhook's signature is no setting of the server's",
}

FORBIDDEN_NAMES = {"utils", "util", "helpers", "common", "constants", "models", "core", "misc"}

# Every place that catches whatever there is, with how often and why. All but those of `calling`,
# `offers`, `kept` and the last three of `outbox` clean up and raise again.
BROAD_EXCEPTS = {
    ("calling", "call"): (1, "the one place where a crash becomes an answer"),
    ("offers", "as_the_protocol_says"): (1, "a crash's words must reach neither client nor log"),
    ("kept", "_load"): (1, "a crash in the background would take the whole server with it"),
    ("safety.database", "writing"): (
        1,
        "a transaction that is not rolled back locks everybody out",
    ),
    ("safety.database", "_connect"): (1, "a connection that is not closed keeps the file locked"),
    ("safety.outbox", "_deliver"): (
        2,
        "what broke before the request left is taken back; after, kept as unknown",
    ),
    ("safety.outbox", "_attempt"): (1, "whatever broke, the text may have gone out"),
    ("safety.outbox", "_look_once"): (1, "a look that fails leaves things as unknown as they were"),
    ("safety.outbox", "_do_if_possible"): (
        1,
        "what has happened has happened, written down or not",
    ),
    ("safety.journal", "reserve"): (1, "a claim on a send that was never made must not stay"),
}


class Import(NamedTuple):
    """`module` as it is written, and the name taken from it, if any."""

    module: str
    name: str | None
    line: int


def module_of(path):
    return (
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix("__init__").strip(".")
    )


PATHS = {module_of(path): path for path in sorted(ROOT.rglob("*.py"))}
MODULES = list(PATHS)
every_module = pytest.mark.parametrize("module", MODULES, ids=lambda each: each or "quo_mcp")


@cache
def tree_of(module):
    return ast.parse(PATHS[module].read_text(encoding="utf-8"))


def at_run_time(node):
    """Every node below, but for what stands under `if TYPE_CHECKING`."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            for other in child.orelse:
                yield other
                yield from at_run_time(other)
            continue
        yield child
        yield from at_run_time(child)


def imports_in(tree):
    for node in at_run_time(tree):
        if isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            for each in node.names:
                yield Import(node.module, each.name, node.lineno)
        elif isinstance(node, ast.Import):
            for each in node.names:
                yield Import(each.name, None, node.lineno)


def ours_in(module):
    """The modules of ours that a module imports, by their names without the package's."""
    for each in imports_in(tree_of(module)):
        if each.module.partition(".")[0] != "quo_mcp":
            continue
        base = each.module.removeprefix("quo_mcp").strip(".")
        inner = f"{base}.{each.name}".strip(".")
        yield inner if inner in PATHS else base


def fits(module, patterns):
    return any(fnmatchcase(module, pattern) for pattern in patterns.split() or [""])


def place_of(module):
    """Its row and its group in that row."""
    named = [(row, group) for row, group in PLACES if module in (group.split() or [""])]
    places = named or [(row, group) for row, group in PLACES if fits(module, group)]
    assert len(places) == 1, f"{module}: give it one place in LAYERS (it has {len(places)})"
    return places[0]


@every_module
def test_a_module_imports_only_from_below(module):
    row, group = place_of(module)
    wrong = [
        other
        for other in ours_in(module)
        if place_of(other)[0] >= row and place_of(other) != (row, group)
    ]
    assert wrong == []


def test_no_imports_go_round_in_a_circle():
    TopologicalSorter(
        {module: {other for other in ours_in(module) if other != module} for module in MODULES}
    ).prepare()


def test_nothing_in_the_table_of_layers_is_gone():
    patterns = [pattern for _, group in PLACES for pattern in group.split()]
    gone = [each for each in patterns if not any(fnmatchcase(module, each) for module in MODULES)]
    assert gone == []


@every_module
def test_a_library_is_imported_only_where_it_belongs(module):
    wrong = [
        f"{each.module} in line {each.line}"
        for each in imports_in(tree_of(module))
        for library in [each.module.partition(".")[0]]
        if library in LIBRARIES and not fits(module, LIBRARIES[library])
    ]
    assert wrong == []


@pytest.mark.parametrize("module", [each for each in MODULES if fits(each, "sandbox sandbox.*")])
def test_the_sandbox_shares_nothing_with_what_it_tests(module):
    outside = {each.module.partition(".")[0] for each in imports_in(tree_of(module))}
    assert outside - sys.stdlib_module_names <= {"quo_mcp", "starlette"}
    assert [other for other in ours_in(module) if not fits(other, "sandbox sandbox.*")] == []


@pytest.mark.parametrize("module", [each for each in MODULES if fits(each, "tools.*")])
def test_tools_share_records_and_words_but_no_tool_is_made_of_others_unless_it_says_so(module):
    named = [
        each for each in imports_in(tree_of(module)) if each.module.startswith("quo_mcp.tools")
    ]
    assert [each for each in named if each.name is None or each.module == "quo_mcp.tools"] == []
    taken = [getattr(import_module(each.module), each.name) for each in named]
    used = [each for each in taken if isinstance(each, type) and issubclass(each, Tool)]
    whole = import_module(f"quo_mcp.{module}")
    shown = {
        other
        for each in vars(whole).values()
        if isinstance(each, type) and issubclass(each, Tool) and each.__module__ == whole.__name__
        for other in each.shows
    }
    assert {each for each in used if not isabstract(each)} == shown


@every_module
def test_only_these_read_the_environment(module):
    names = {"environ", "environb", "getenv"}
    reads = [
        node
        for node in ast.walk(tree_of(module))
        if (
            isinstance(node, ast.Attribute)
            and ast.unparse(node) in {f"os.{each}" for each in names}
        )
        or (isinstance(node, ast.ImportFrom) and {each.name for each in node.names} & names)
    ]
    assert bool(reads) == (module in READS_THE_ENVIRONMENT)


@every_module
def test_a_module_is_named_after_what_it_is_about(module):
    assert set(module.split(".")) & FORBIDDEN_NAMES == set()


def functions_with_handlers(tree, inside=""):
    for child in ast.iter_child_nodes(tree):
        is_function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
        if isinstance(child, ast.ExceptHandler):
            yield inside, child
        yield from functions_with_handlers(child, child.name if is_function else inside)


def is_broad(handler):
    caught = (
        {"BaseException"}
        if handler.type is None
        else {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
    )
    return bool(caught & {"Exception", "BaseException", "BaseExceptionGroup", "ExceptionGroup"})


def test_whatever_goes_wrong_is_caught_only_where_there_is_a_reason():
    found = Counter(
        (module, function)
        for module in MODULES
        for function, handler in functions_with_handlers(tree_of(module))
        if is_broad(handler)
    )
    assert found == {place: often for place, (often, _) in BROAD_EXCEPTS.items()}
