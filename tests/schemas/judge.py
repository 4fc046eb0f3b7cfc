"""What the judges in Python share: the tools as the server lists them, one call, and what was lost.

Each runs as `python with_NAME.py URL TOOLS`; TOOLS is a file with the list as the server sent it.
"""

import json
import sys
from collections import Counter
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

URL = sys.argv[1]
TOOLS: dict[str, dict[str, Any]] = {
    tool["name"]: tool for tool in json.loads(Path(sys.argv[2]).read_text("utf-8"))
}
CALL = "quo_create_contact"
CUSTOM_FIELDS = json.loads(Path(__file__).with_name("arguments.json").read_text("utf-8"))["array"][
    "custom_fields"
]
EXPECTED = ("Tags: vip, new", "Gate code: 42", "Buyer")


def arguments(judge: str) -> dict[str, Any]:
    """Return the arguments of the one call, for a contact that no other judge has created."""
    return {"first_name": f"Nora {judge}", "role": "Buyer", "custom_fields": CUSTOM_FIELDS}


def check_result(text: str) -> None:
    """Check that every argument of the call arrived at the server.

    Raises:
        AssertionError: one is missing in the result.
    """
    assert [words for words in EXPECTED if words not in text] == [], text


def check_schemas(package: str, schemas: Mapping[str, Mapping[str, Any]]) -> None:
    """Check the schemas that would go to the model's API, and print what they lack as one line of JSON.

    Raises:
        AssertionError: a tool or a property is missing, or a property has another type.
    """
    assert schemas.keys() == TOOLS.keys(), schemas.keys() ^ TOOLS.keys()
    lost: Counter[str] = Counter()
    for name, tool in TOOLS.items():
        compare(tool["inputSchema"], schemas[name], lost, name, schemas[name].get("$defs", {}))
    result = {"judge": f"{package} {version(package)}", "lost": dict(sorted(lost.items()))}
    print(json.dumps(result))  # noqa: T201


def compare(
    ours: Mapping[str, Any],
    theirs: Mapping[str, Any],
    lost: Counter[str],
    path: str,
    definitions: Mapping[str, Any],
) -> None:
    """Compare a schema with what a judge made of it. lost: how often each keyword is missing."""
    theirs = plain(theirs, definitions)
    assert str(theirs["type"]).lower() == ours["type"], f"{path}: {theirs}"
    lost.update(
        key for key in ours if theirs.get(key) in (None, [], {}) and ours[key] not in ([], {})
    )
    invented = set(theirs.get("required") or ()) - set(ours.get("required", ()))
    lost.update(["optional made required"] * len(invented))
    for name, nested in ours.get("properties", {}).items():
        compare(nested, theirs["properties"][name], lost, f"{path}.{name}", definitions)
    if "items" in ours and "items" in theirs:
        compare(ours["items"], theirs["items"], lost, f"{path}[]", definitions)


def plain(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema with its reference resolved, and without null among its types."""
    rest = {key: value for key, value in schema.items() if key not in {"$ref", "anyOf"}}
    if reference := schema.get("$ref"):
        return plain({**definitions[reference.rpartition("/")[2]], **rest}, definitions)
    if "anyOf" in schema:
        [option] = [each for each in schema["anyOf"] if each.get("type") != "null"]
        return plain({**option, **rest}, definitions)
    return schema
