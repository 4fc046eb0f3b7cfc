"""What fills the world out: more customers, their threads and calls, made of varied phrases.

All chance comes from the world's dice, so one seed makes one world. Nothing is said by chance
alone: a call's summary and next steps belong to the words spoken in it, a thread is one errand
from its first text to its last.
"""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from quo_mcp.sandbox.call_artifacts import Words, keep_voicemail, keep_words, record
from quo_mcp.sandbox.http import Json, iso
from quo_mcp.sandbox.state import World

CUSTOMERS = 52
THREADS = 48
UNANSWERED = ("missed", "missed", "no-answer", "abandoned", "busy", "canceled", "failed")


def add_contact(
    world: World,
    names: Mapping[str, str | None],
    at: datetime,
    *,
    phones: list[list[str]],
    emails: list[list[str]],
    custom: Mapping[str, Any],
    **told: Any,
) -> Json:
    """A contact; `phones` and `emails` are [label, value] pairs, `custom` values by key."""
    fields = {field["key"]: field for field in world.custom_fields}
    contact: Json = {
        "id": world.new_id("", 24),
        "externalId": None,
        "source": None,
        "sourceUrl": None,
        "defaultFields": {
            **names,
            "emails": [_item(world, *each) for each in emails],
            "phoneNumbers": [_item(world, *each) for each in phones],
        },
        "customFields": [
            {**fields[key], "id": world.new_id("", 10), "value": value}
            for key, value in custom.items()
        ],
        "createdAt": iso(at),
        "updatedAt": iso(at),
        "createdByUserId": world.owner,
    } | told
    world.contacts[contact["id"]] = contact
    return contact


def _item(world: World, name: str, value: str) -> Json:
    return {"name": name, "value": value, "id": world.new_id("", 10)}


def grow(world: World, phrases: Json) -> None:
    numbers = list(world.numbers.values())
    shared, others = numbers[0], numbers[1:]
    for i in range(CUSTOMERS):
        person = _customer(world, phrases, i)
        number = shared if i % 4 else others[i // 4 % len(others)]
        if i < THREADS:
            _errands(world, phrases, number, person)
        _calls(world, phrases, number, person)
        _tidied(world, number, person)


class Person(dict[str, str]):
    """A customer's words for the blanks in phrases: {first}, {street}, … and {phone}."""


def _customer(world: World, phrases: Json, i: int) -> Person:
    dice = world.dice
    first, last = phrases["first"][i % len(phrases["first"])], phrases["last"][i]
    phone = f"+1{phrases['areas'][i % len(phrases['areas'])]}555{i % 100 + 100:04d}"
    company = dice.choice(phrases["companies"]) if i % 5 == 0 else None
    role = dice.choice(phrases["roles"]) if company else None
    names = {"firstName": first, "lastName": last, "company": company, "role": role}
    mail = f"{_plain(first)}.{_plain(last)}@example.com"
    street = f"{dice.randint(11, 989)} {dice.choice(phrases['streets'])}"
    custom: Json = {"service-address": f"{street}, {dice.choice(phrases['towns'])}"}
    if i % 2:
        custom["system"] = dice.choice(phrases["systems"])
    if i % 3 == 0:
        custom["last-service"] = iso(world.now() - timedelta(days=dice.randint(20, 700)))
    if i % 7 == 0:
        custom |= {"gate-code": dice.randint(1000, 9999), "service-plan": True}
    emails = [["home", mail]] if i % 3 else []
    made = world.now() - timedelta(days=dice.randint(5, 600), minutes=dice.randint(0, 1400))
    source = {"source": "jobber", "externalId": f"jobber-{4100 + i}"} if i % 6 == 1 else {}
    phones = [["mobile", phone]]
    add_contact(world, names, made, phones=phones, emails=emails, custom=custom, **source)
    return Person(first=first, last=last, street=street, phone=phone)


def _plain(name: str) -> str:
    return "".join(c for c in name.lower() if "a" <= c <= "z") or "customer"


def _working_moment(world: World, latest: float, earliest: float) -> datetime:
    """Some time of a working day on the Pacific coast, so many days ago; never later than now."""
    day = world.now() - timedelta(days=world.dice.uniform(latest, earliest))
    at = day.replace(hour=16, minute=0, second=0) + timedelta(minutes=world.dice.randint(0, 560))
    while at.weekday() >= 5 or at > world.now() - timedelta(hours=6):
        at -= timedelta(days=1)
    return at


def _blanks(world: World, phrases: Json, person: Person, user: Json) -> dict[str, str]:
    dice: random.Random = world.dice
    chosen = {name: dice.choice(options) for name, options in phrases["blanks"].items()}
    trouble = dice.choice(phrases["troubles"])
    job = trouble["job"]
    price = str(dice.randrange(95, 940, 5))
    me = str(user["firstName"])
    return {
        **chosen,
        **trouble,
        **person,
        "Job": job[0].upper() + job[1:],
        "me": me,
        "price": price,
    }


def _errands(world: World, phrases: Json, number: Json, person: Person) -> None:
    """Two or three exchanges of texts on different days."""
    dice = world.dice
    for script in dice.sample(phrases["errands"], dice.choice((2, 2, 3, 3))):
        user = dice.choice(number["users"])
        blanks = _blanks(world, phrases, person, user)
        at = _working_moment(world, 0.5, 30)
        for who, variants in script:
            text = dice.choice(variants).format_map(blanks)
            people, speaker = [person["phone"]], None if who == "us" else person["phone"]
            world.add_text(number, people, text, at, sender=speaker, user=user["id"])
            at += timedelta(seconds=dice.choice((35, 80, 140, 260, 420, 900)) + dice.randint(0, 50))


def _tidied(world: World, number: Json, person: Person) -> None:
    """Most threads are done; some are somebody's to go on with."""
    conversation = world.open_thread(number["id"], [person["phone"]], world.now())
    chance = world.dice.random()
    if chance < 0.7:
        world.finish(conversation, world.now() - timedelta(hours=2))
    elif chance < 0.85:
        conversation["assignedTo"] = world.dice.choice(number["users"])["id"]


def _calls(world: World, phrases: Json, number: Json, person: Person) -> None:
    dice = world.dice
    for _ in range(dice.choice((2, 3, 3, 4))):
        user, at = dice.choice(number["users"]), _working_moment(world, 0.5, 40)
        incoming = dice.random() < 0.6
        if dice.random() < 0.45:
            _unanswered(world, phrases, number, person, at, incoming=incoming)
            continue
        script = dice.choice(phrases["calls"])
        blanks = _blanks(world, phrases, person, user)
        told = [
            (who, dice.choice(variants).format_map(blanks)) for who, variants in script["lines"]
        ]
        words: Words = [(user["id"] if who == "us" else None, text) for who, text in told]
        quiet = dice.random() < 0.3
        call = record(
            world,
            number,
            person["phone"],
            at,
            incoming=incoming,
            status="completed",
            seconds=dice.randint(8, 29),
            by=user["id"],
            words=[] if quiet else words,
        )
        if not quiet:
            summary, steps = (
                [line.format_map(blanks) for line in script[name]] for name in ("summary", "next")
            )
            keep_words(world, call, words, summary=summary, steps=steps)


def _unanswered(
    world: World, phrases: Json, number: Json, person: Person, at: datetime, *, incoming: bool
) -> None:
    status = world.dice.choice(UNANSWERED[:4] if incoming else UNANSWERED[2:])
    phone = person["phone"]
    call = record(
        world, number, phone, at, incoming=incoming, status=status, seconds=0, by=None, words=[]
    )
    if incoming and status == "missed" and world.dice.random() < 0.8:
        blanks = _blanks(world, phrases, person, world.dice.choice(number["users"]))
        keep_voicemail(world, call, world.dice.choice(phrases["voicemails"]).format_map(blanks))


def walkthrough(told: Json, dice: random.Random) -> list[list[str]]:
    """A long call: flat by flat through a building, and what comes up on the way, each of it once."""
    lines: list[list[str]] = list(told["opening"])
    asides = dice.sample(told["asides"], len(told["asides"]))
    finding = None
    every = len(told["flats"]) / len(asides)
    for i, flat in enumerate(told["flats"]):
        finding = dice.choice([each for each in told["findings"] if each is not finding])
        lines += [[who, dice.choice(variants).format(flat=flat)] for who, variants in finding]
        if int((i + 1) / every) > int(i / every):
            lines += asides.pop()
    return lines + list(told["closing"])
