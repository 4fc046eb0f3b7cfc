"""Everything that a result prints, given back to every argument that takes such a thing.

QUO_MCP_FULL_SWEEP=1 tries all of it; by default a seeded part.
"""

import os
import random
from collections import Counter

import pytest

from tools.resolve.printed_things import (
    ARGUMENTS,
    DRESSES,
    judge,
    printed_things,
    results,
)

pytestmark = pytest.mark.anyio

OPEN = {"toolsets": "all", "approval": "never"}
SAMPLE = 2_000  # of about 9,000
FULL = bool(os.environ.get("QUO_MCP_FULL_SWEEP"))


@pytest.mark.maton  # connections are among the printed things
async def test_what_is_printed_is_accepted_with_the_same_meaning(phone):
    async with phone(config=OPEN) as quo:
        things = printed_things(await results(quo), quo)
        assert {thing.kind for thing in things} ^ ARGUMENTS.keys() == set()
        cases = [
            (thing, argument, name)
            for thing in things
            for argument in thing.arguments
            for name in DRESSES
            if name != "whole line" or thing.is_alone
        ]
        cases = list({(c[0].kind, str(c[0].dressed(c[2])), c[1][:2]): c for c in cases}.values())
        if not FULL:
            cases = random.Random(19).sample(cases, SAMPLE)
        outcomes, problems = Counter(), []
        for thing, argument, dress in cases:
            outcome, reason = await judge(quo, thing, argument, dress)
            outcomes[outcome] += 1
            if outcome != "accepted":
                given = thing.dressed(dress)
                problems.append(f"{outcome}: {argument[:2]} {dress}: {given!r}: {reason[:300]}")
        report = f"{dict(outcomes)} of {len(cases)}\n" + "\n".join(problems[:40])
        if FULL:
            print(report)  # noqa: T201 - the figures
        assert outcomes["another meaning"] == 0, report
        assert outcomes["dead end"] == 0, report
        assert outcomes["accepted"] >= 0.99 * len(cases), report
