"""Which module may import which, read from the code itself: imports inside functions and for type checkers included."""

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
from quo_mcp.publishing.layout import INNER_ORDER, PUBLISHING, ROOMS, TOOL_FAMILIES
from quo_mcp.tools.base import Tool

ROOT = Path(quo_mcp.__file__).parent

LAYERS = {room.name.removesuffix(".py"): room.layer for room in [*ROOMS, PUBLISHING]}
LAYERS |= {"": 0, "__main__": 9}  # the version, and `python -m quo_mcp`

# Who may import a third-party library, where not everybody may.
LIBRARIES = {
    "httpx2": "gateway.* server.account",  # `account` alone chooses the transport
    "mcp": "server.* cli.tool_commands cli.demo publishing.distributions",  # the last three are clients
    "mcp_types": "server.* tools.base",
    "starlette": "sandbox.* server.transports.* server.auth.*",
    "jwt": "server.auth.issuer_keys server.auth.access_tokens",
    "uvicorn": "server.transports.streamable_http server.transports.http_connections",
    "platformdirs": "config.settings",
    "tzlocal": "values.times.zones",
    "phonenumbers": "values.phone_numbers",
    "shtab": "cli.shell_completion",
}

READS_THE_ENVIRONMENT = {
    "publishing.distributions": "what it starts must not get the key or settings of this shell",
    "config.environment": "every setting is read there",
    "cli.demo": "the server it starts must not get the key or settings; NO_COLOR is the terminal's",
    "cli.setup_commands": "the configuration files of clients are found by it",
    "cli.console": "NO_COLOR is the terminal's",
    "cli.webhook_command": "the key to a webhook's signature is not a setting of the server",
}

FORBIDDEN_NAMES = {
    "utils",
    "util",
    "helpers",
    "common",
    "constants",
    "models",
    "core",
    "misc",
    "manager",
}

# Every broad `except`, with how often and why. All but those in `pipeline`, `prompts_and_resources`,
# `cache` and the last three in `outbox` clean up and raise again.
BROAD_EXCEPTS = {
    ("server.pipeline", "run_tool"): (1, "the one place where a crash becomes a result"),
    ("server.prompts_and_resources", "as_protocol_errors"): (
        1,
        "the message of a crash must reach neither client nor log",
    ),
    ("directory.cache", "_load"): (1, "a crash in the background would end the whole server"),
    ("directory.conversation_index", "_read_rest"): (
        1,
        "a crash in the background would end the whole server",
    ),
    ("directory.stored_conversations", "save"): (
        1,
        "a crash in the background would end the whole server",
    ),
    ("store.sqlite", "transaction"): (
        1,
        "a transaction that is not rolled back locks every process out",
    ),
    ("store.sqlite", "_connect"): (1, "a connection that is not closed keeps the file locked"),
    ("store.postgres", "transaction"): (
        1,
        "a transaction that is not rolled back locks every process out",
    ),
    ("store.postgres_connection", "connect"): (
        1,
        "a connection that is not closed stays on the server",
    ),
    ("safety.outbox", "_send"): (
        2,
        "a failure before the request rejects the reservation; a later one makes the outcome unknown",
    ),
    ("safety.outbox", "_post"): (1, "after any failure, the text may have been sent"),
    ("safety.outbox", "_reconcile"): (1, "a failed read leaves the outcome unknown"),
    ("safety.outbox", "_try_journal"): (1, "the outcome is a fact even if it cannot be recorded"),
    ("safety.journal", "reserve"): (
        1,
        "the reservation of a send that was never made must not stay",
    ),
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
every_module = pytest.mark.parametrize("module", MODULES, ids=lambda module: module or "quo_mcp")


@cache
def tree_of(module):
    return ast.parse(PATHS[module].read_text(encoding="utf-8"))


def imports_in(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            for alias in node.names:
                yield Import(node.module, alias.name, node.lineno)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, None, node.lineno)


def own_imports(module):
    """The modules of this package that a module imports, without the package's name."""
    for imported in imports_in(tree_of(module)):
        if imported.module.partition(".")[0] != "quo_mcp":
            continue
        base = imported.module.removeprefix("quo_mcp").strip(".")
        inner = f"{base}.{imported.name}".strip(".")
        yield inner if inner in PATHS else base


def matches(module, patterns):
    return any(fnmatchcase(module, pattern) for pattern in patterns.split())


def room_of(module):
    return module.partition(".")[0]


def inner_row(module):
    """The row of a module in its room's inner order; None if the room has none."""
    room, _, inner = module.partition(".")
    if room not in INNER_ORDER:
        return None
    exact = [row for row, group in enumerate(INNER_ORDER[room]) if inner in group]
    rows = exact or [
        row
        for row, group in enumerate(INNER_ORDER[room])
        if any(fnmatchcase(inner, pattern) for pattern in group if inner)
    ]
    if not inner and not rows:
        return None  # a package docstring, without imports
    assert rows, f"{module}: give it a place in INNER_ORDER"
    return rows[0] if exact else min(rows, key=lambda row: "*" in INNER_ORDER[room][row])


@every_module
def test_a_module_imports_only_from_lower_layers_and_its_own_room(module):
    wrong = [
        other
        for other in own_imports(module)
        if room_of(other) != room_of(module) and LAYERS[room_of(other)] >= LAYERS[room_of(module)]
    ]
    assert wrong == []


@every_module
def test_a_module_follows_the_inner_order_of_its_room(module):
    row = inner_row(module)
    wrong = [
        other
        for other in own_imports(module)
        if row is not None
        and room_of(other) == room_of(module)
        and (other_row := inner_row(other)) is not None
        and other_row > row
    ]
    assert wrong == []


def test_there_are_no_import_cycles():
    TopologicalSorter(
        {module: {other for other in own_imports(module) if other != module} for module in MODULES}
    ).prepare()


def test_every_room_and_every_name_in_the_inner_orders_exists():
    assert {room_of(module) for module in MODULES} == set(LAYERS)
    gone = [
        f"{room}.{pattern}"
        for room, rows in INNER_ORDER.items()
        for group in rows
        for pattern in group
        if not any(fnmatchcase(module, f"{room}.{pattern}".strip(".")) for module in MODULES)
    ]
    assert gone == []


def test_only_three_files_stand_outside_the_rooms():
    assert {path.name for path in ROOT.glob("*.py")} == {"__init__.py", "__main__.py", "errors.py"}


def test_there_are_at_most_14_rooms_on_8_layers():
    assert len([*ROOMS, PUBLISHING]) <= 14
    assert max(room.layer for room in ROOMS) <= 8


def test_nothing_imports_publishing():
    importers = {
        module
        for module in MODULES
        if room_of(module) != "publishing"
        for other in own_imports(module)
        if room_of(other) == "publishing"
    }
    assert importers == set()


@every_module
def test_a_library_is_imported_only_where_it_belongs(module):
    wrong = [
        f"{imported.module} in line {imported.line}"
        for imported in imports_in(tree_of(module))
        for library in [imported.module.partition(".")[0]]
        if library in LIBRARIES and not matches(module, LIBRARIES[library])
    ]
    assert wrong == []


@pytest.mark.parametrize("module", [module for module in MODULES if room_of(module) == "sandbox"])
def test_the_sandbox_shares_no_code_with_what_it_tests(module):
    outside = {imported.module.partition(".")[0] for imported in imports_in(tree_of(module))}
    assert outside - sys.stdlib_module_names <= {"quo_mcp", "starlette"}
    assert [other for other in own_imports(module) if room_of(other) != "sandbox"] == []


TOOLS_ROW = next(row for row, group in enumerate(INNER_ORDER["tools"]) if "*" in group)


def family_of(module):
    """The family of a module in the row of the tools; None for a shared module."""
    if room_of(module) != "tools" or inner_row(module) != TOOLS_ROW:
        return None
    name = module.removeprefix("tools.")
    families = [
        family for family in TOOL_FAMILIES if any(fnmatchcase(name, pattern) for pattern in family)
    ]
    assert len(families) <= 1, f"{module} is in several families"
    return families[0] if families else (name,)


def tools_in(module):
    whole = import_module(f"quo_mcp.{module}")
    return [
        thing
        for thing in vars(whole).values()
        if isinstance(thing, type)
        and issubclass(thing, Tool)
        and thing.__module__ == whole.__name__
        and not isabstract(thing)
    ]


@every_module
def test_no_tool_family_imports_from_another(module):
    family = family_of(module)
    wrong = [
        other
        for other in own_imports(module)
        if family and (other_family := family_of(other)) and other_family != family
    ]
    assert wrong == []


@every_module
def test_tools_are_in_families_and_every_family_has_tools(module):
    family = family_of(module)
    if family is None:
        assert room_of(module) != "tools" or tools_in(module) == []
    else:
        assert any(tools_in(other) for other in MODULES if family_of(other) == family)


def test_every_name_in_the_table_of_families_exists():
    families = {module.removeprefix("tools."): family_of(module) for module in MODULES}
    gone = [
        pattern
        for family in TOOL_FAMILIES
        for pattern in family
        if not any(fnmatchcase(name, pattern) and of == family for name, of in families.items())
    ]
    assert gone == []


@every_module
def test_only_these_read_the_environment(module):
    names = {"environ", "environb", "getenv"}
    reads = [
        node
        for node in ast.walk(tree_of(module))
        if (
            isinstance(node, ast.Attribute)
            and ast.unparse(node) in {f"os.{name}" for name in names}
        )
        or (isinstance(node, ast.ImportFrom) and {alias.name for alias in node.names} & names)
    ]
    assert bool(reads) == (module in READS_THE_ENVIRONMENT)


@every_module
def test_no_module_has_a_name_that_says_nothing(module):
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


def test_every_broad_except_has_a_reason():
    handlers = Counter(
        (module, function)
        for module in MODULES
        for function, handler in functions_with_handlers(tree_of(module))
        if is_broad(handler)
    )
    assert handlers == {place: often for place, (often, _) in BROAD_EXCEPTS.items()}
