"""How fast and how large an address book of 20,000 people is: python tests/bench/bench_people.py."""

# ruff: noqa: T201, SIM905 - a script prints; lists of words read best as words

import argparse
import gc
import random
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "server"))

from quo_mcp.directory.address_book import AddressBook, Person

SYLLABLES = (
    "an bel car da el fi go ha in jo ka li ma no ol pe qu ro sa ti ul va wi xa ye zo".split()
)
FIRST = "Jane John José Zoë Ann Anna Mary Maria Li Wei Ravi Fatima Omar Noah Emma Liam Olga Ivan".split()
COMPANY = (
    "Plumbing Bakery Dental Legal Motors Roofing Studio Clinic Foods Labs Works Travel".split()
)
ROLES = ("Owner", "Office manager", "Technician", "Accountant", "Buyer", "")


def invented(random_: random.Random, syllables: int) -> str:
    return "".join(random_.choice(SYLLABLES) for _ in range(syllables)).capitalize()


def person(number: int, random_: random.Random) -> Person:
    first = random_.choice(FIRST) if random_.random() < 0.6 else invented(random_, 2)
    last = invented(random_, random_.choice((2, 3)))
    company = f"{invented(random_, 2)} {random_.choice(COMPANY)}"
    numbers = [("mobile", f"+1{random_.randint(200, 999)}555{number % 10_000:04d}")]
    if random_.random() < 0.4:
        numbers.append(("work", f"+1{random_.randint(200, 999)}555{random_.randint(0, 9999):04d}"))
    return Person(
        id=f"{random_.getrandbits(96):024x}",
        first_name=first,
        last_name=last,
        company=company,
        role=random_.choice(ROLES),
        numbers=tuple(numbers),
        emails=(("work", f"{first}.{last}{number % 97}@example.com".lower()),),
        custom_fields=(
            ("City", invented(random_, 2)),
            ("Plan", random_.choice(("Gold", "Silver"))),
        ),
        source="public-api",
    )


def queries(people: list[Person], random_: random.Random, count: int) -> list[str]:
    found = []
    for _ in range(count):
        one = random_.choice(people)
        name = f"{one.first_name} {one.last_name}"
        at = random_.randrange(len(name) - 1)
        typo = name[:at] + name[at + 1] + name[at] + name[at + 2 :]
        shapes = (
            name,
            one.first_name,
            one.last_name[:3],
            one.first_name[:1],
            typo,
            f"{one.first_name} at {one.company}",
            one.numbers[0][1][-4:],
            one.numbers[0][1][2:],
            one.emails[0][1],
            f"{one.role} {one.company}",
            invented(random_, 4),
        )
        found.append(random_.choice(shapes))
    return found


def timed(run: Callable[[str], object], asked: list[str]) -> str:
    spent = []
    for query in asked:
        start = time.perf_counter()
        run(query)
        spent.append((time.perf_counter() - start) * 1000)
    cuts = statistics.quantiles(spent, n=100)
    worst = asked[spent.index(max(spent))]
    return f"p50 {cuts[49]:.2f} ms, p99 {cuts[98]:.2f} ms, most {max(spent):.2f} ms ({worst!r})"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--people", type=int, default=20_000)
    arguments.add_argument("--queries", type=int, default=2_000)
    asked_for = arguments.parse_args()
    random_ = random.Random(7)
    people = [person(number, random_) for number in range(asked_for.people)]

    start = time.perf_counter()
    book = AddressBook()
    for one in people:
        book.put(one)
    print(f"built in {time.perf_counter() - start:.2f} s: {len(book):,} people")

    asked = queries(people, random_, asked_for.queries)
    book.search("warm up")
    print("search  ", timed(book.search, asked))
    print("resolve ", timed(lambda query: book.resolve_number(query, region="US"), asked))

    del people, book
    gc.collect()
    tracemalloc.start()
    book = AddressBook()
    random_ = random.Random(7)
    for number in range(asked_for.people):
        book.put(person(number, random_))
    gc.collect()
    print(f"memory   {tracemalloc.get_traced_memory()[0] / 1e6:.1f} MB, people and index")


if __name__ == "__main__":
    main()
