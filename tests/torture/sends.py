"""Tries to make a text go out twice, and fails if it succeeds.

    python tests/torture/sends.py --intents 10000 --kills 1000 --seed 1

Any episode can be seen again by its seed: --seed N --intents 20 --kills 0.
"""

# ruff: noqa: T201 - a command tells what it found

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from torture import processes, simulation

AT_ONCE = 20  # requests in one episode


def simulate(requests: int, seed: int, folder: Path) -> list[str]:
    wrong: list[str] = []
    seen: Counter[str] = Counter()
    unknown = arrived = 0
    for episode in range(seed, seed + -(-requests // AT_ONCE)):
        world = simulation.play(episode, AT_ONCE, folder)
        wrong += [f"seed {episode}: {what}" for what in world.wrong]
        seen += world.seen
        unknown += len(world.unknown)
        arrived += len(world.quo.ledger)
    print(f"  {arrived} texts arrived; {unknown} were told to be unknown at first")
    print(f"  points passed: {dict(seen)}")
    return wrong


def duplicates_without_journal(requests: int, seed: int, folder: Path) -> int:
    return sum(
        len(simulation.play(episode, AT_ONCE, folder, journaled=False).wrong)
        for episode in range(seed, seed + -(-requests // AT_ONCE))
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--intents", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    wrong: list[str] = []
    print(f"seed {options.seed}")

    def report(title: str, found: list[str], started: float) -> None:
        wrong.extend(found)
        print(f"{title}: {len(found)} wrong ({time.perf_counter() - started:.1f} s)", flush=True)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        started = time.perf_counter()
        found = simulate(options.intents, options.seed, folder)
        report(f"{options.intents} intents", found, started)

        started = time.perf_counter()
        kept = duplicates_without_journal(min(options.intents, 1000), options.seed, folder)
        found = [] if kept else ["without the journal the checks see no duplicate"]
        report(f"without the journal {kept} duplicates, which the checks see", found, started)

        if options.kills:
            started = time.perf_counter()
            (folder / "kills").mkdir()
            kills = processes.kill(options.kills, folder / "kills")
            print(f"  kills: {kills.done}")
            report(f"{sum(kills.done.values())} kills", kills.wrong, started)

            started = time.perf_counter()
            for number, fatal_post in enumerate((0, 5)):
                (folder / f"limit-{number}").mkdir()
                found = processes.limited(
                    1000, 37, 4, folder / f"limit-{number}", fatal_post=fatal_post
                )
                report(f"1000 calls under a limit, killed post {fatal_post}", found, started)
            started = time.perf_counter()
            (folder / "same").mkdir()
            found = processes.identical(50, 4, folder / "same")
            report("50 identical calls in 4 processes", found, started)
    print("\n".join(wrong[:50]) or "Nothing went out twice, and every answer was the truth.")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
