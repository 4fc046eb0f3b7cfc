"""Quaint wording does not come back: no banned phrase in documents, manifests, snapshots or strings of the code."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

BANNED = [
    r"\bfits?\b(?! (in|into|a |on|the screen))",
    r"is none of\b",
    r"there is no such\b",
    r"stands? against",
    r"\bmend(s|ed|ing)?\b",
    r"\banew\b",
    r"\blikewise\b",
    r"\bwhoever\b",
    r"\bwhichever\b(?! of your)",
    r"\bis needed\b",
    r"\bthe very same\b",
    r"\bnobody\b",
    r"\bsomebody\b",
    r"\bjust now\b",
    r"\bbecame of\b",
    r"\bno others fit\b",
    r"\bwished\b",
    r"\bas one sees\b",
    r"\bnothing (was|is) (made|asked)\b",
    r"\bis said to\b",
    r"\bwritten down\b",
    r"\blooked over\b",
    r"\bnot so\b",
    r"\bfor ever\b",
    r"\bperson has to\b",
    r"\bby the(?:ir)? number\.",
    r"\bnot over yet\b",
    r"\bor [0-9]+ more\b",
    r"\byour (?:own |other )?numbers\b",
    r"\bsays? so first\b",
    r"\bsomething else than\b",
    r"\bstands? twice\b",
    r"\btold as\b",
    r"\ball the same\b",
    r"\bstays so\b",
    r"\bno contact's\b",
    r"\bto repeat \w+ \w+ is\b",
    "[\u201c\u201d\u2018\u2019]",
]
PATTERN = re.compile("|".join(BANNED), re.IGNORECASE)

DOCUMENTS = [
    "README.md",
    "CHANGELOG.md",
    "OPERATIONS.md",
    *(str(path.relative_to(ROOT)) for path in sorted((ROOT / "manifests").rglob("*.md"))),
]
SNAPSHOTS = sorted((ROOT / "tests/snapshots").rglob("*.*"))
MODULES = sorted((ROOT / "server/quo_mcp").rglob("*.py"))

# Modules whose strings are other people's words, or patterns that match them.
OTHER_PEOPLES_WORDS = {
    "opt_out_patterns.py",
    "automatic_notices.py",
    "call_artifacts.py",
    "seed_generator.py",
    "error_responses.py",
    "calendar_words.py",
    "name_parsing.py",
    "name_tokens.py",
    "wrapping.py",
    "text_normalization.py",
    "text_vocabulary.py",
    "placeholders.py",
}


def banned_in(text):
    return [match[0] for match in PATTERN.finditer(text)]


@pytest.mark.parametrize("path", DOCUMENTS)
def test_documents_are_in_plain_english(path):
    text = (ROOT / path).read_text(encoding="utf-8")
    assert banned_in(text) == []


def own_lines(text):
    """The lines of a result that are ours: others' words stand behind `> `."""
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith(">"))


@pytest.mark.parametrize("path", SNAPSHOTS, ids=lambda path: path.name)
def test_results_and_descriptions_are_in_plain_english(path):
    assert banned_in(own_lines(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT / "server")))
def test_the_strings_of_the_code_are_in_plain_english(path):
    if path.name in OTHER_PEOPLES_WORDS:
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    strings = [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    assert [(line, hits) for line, text in strings if (hits := banned_in(text))] == []


def test_the_pattern_finds_what_it_bans():
    assert banned_in("The arguments do not fit.") == ["fit"]
    assert banned_in("Nothing stands against it.") == ["stands against"]
    assert banned_in("\u201cJane\u201d is none of your numbers.") == [
        "\u201c",
        "\u201d",
        "is none of",
        "your numbers",
    ]
    assert banned_in("A person has to free disk space, or 4 more of your other numbers.") == [
        "person has to",
        "or 4 more",
        "your other numbers",
    ]
    assert banned_in("Each segment fits in 160 characters.") == []
