"""Generated customers with conversations and calls, made of the phrases in world.json.

All randomness comes from the state's generator, so one seed always generates the same data. The
texts stay consistent: a call's summary and next steps match its transcript, and each exchange of
texts is about one job from start to end.
"""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from quo_mcp.sandbox.call_artifacts import (
    Utterances,
    add_summary_and_transcript,
    add_voicemail,
    create_call,
)
from quo_mcp.sandbox.http import Json, format_time
from quo_mcp.sandbox.state import SandboxState

CUSTOMER_COUNT = 52
TEXTING_CUSTOMER_COUNT = 48
UNANSWERED_STATUSES = (
    "missed",
    "missed",
    "no-answer",
    "abandoned",
    "busy",
    "canceled",
    "failed",
)


def add_contact(
    state: SandboxState,
    names: Mapping[str, str | None],
    at: datetime,
    *,
    phones: list[list[str]],
    emails: list[list[str]],
    custom: Mapping[str, Any],
    **fields: Any,
) -> Json:
    """Add a contact.

    `phones` and `emails` are [label, value] pairs, `custom` holds custom fields' values by key, and
    `fields` are other fields under Quo's names.
    """
    custom_fields = {field["key"]: field for field in state.custom_fields}
    contact: Json = {
        "id": state.new_id("", 24),
        "externalId": None,
        "source": None,
        "sourceUrl": None,
        "defaultFields": {
            **names,
            "emails": [_labelled_value(state, label, value) for label, value in emails],
            "phoneNumbers": [_labelled_value(state, label, value) for label, value in phones],
        },
        "customFields": [
            {**custom_fields[key], "id": state.new_id("", 10), "value": value}
            for key, value in custom.items()
        ],
        "createdAt": format_time(at),
        "updatedAt": format_time(at),
        "createdByUserId": state.owner_id,
    } | fields
    state.contacts[contact["id"]] = contact
    return contact


def _labelled_value(state: SandboxState, label: str, value: str) -> Json:
    return {"name": label, "value": value, "id": state.new_id("", 10)}


def generate(state: SandboxState, phrases: Json) -> None:
    """Add the generated customers. Three in four use the first number."""
    first_number, *other_numbers = state.numbers.values()
    for i in range(CUSTOMER_COUNT):
        customer = _add_customer(state, phrases, i)
        number = first_number if i % 4 else other_numbers[i // 4 % len(other_numbers)]
        if i < TEXTING_CUSTOMER_COUNT:
            _add_texts(state, phrases, number, customer)
        _add_calls(state, phrases, number, customer)
        _set_conversation_status(state, number, customer)


class Customer(dict[str, str]):
    """A customer's values for placeholders in phrases: {first}, {last}, {street} and {phone}."""


def _add_customer(state: SandboxState, phrases: Json, i: int) -> Customer:
    rng = state.rng
    first, last = phrases["first"][i % len(phrases["first"])], phrases["last"][i]
    phone = f"+1{phrases['areas'][i % len(phrases['areas'])]}555{i % 100 + 100:04d}"
    company = rng.choice(phrases["companies"]) if i % 5 == 0 else None
    role = rng.choice(phrases["roles"]) if company else None
    names = {"firstName": first, "lastName": last, "company": company, "role": role}
    email = f"{_ascii_letters(first)}.{_ascii_letters(last)}@example.com"
    street = f"{rng.randint(11, 989)} {rng.choice(phrases['streets'])}"
    custom: Json = {"service-address": f"{street}, {rng.choice(phrases['towns'])}"}
    if i % 2:
        custom["system"] = rng.choice(phrases["systems"])
    if i % 3 == 0:
        custom["last-service"] = format_time(state.now() - timedelta(days=rng.randint(20, 700)))
    if i % 7 == 0:
        custom |= {"gate-code": rng.randint(1000, 9999), "service-plan": True}
    emails = [["home", email]] if i % 3 else []
    created = state.now() - timedelta(days=rng.randint(5, 600), minutes=rng.randint(0, 1400))
    source = {"source": "jobber", "externalId": f"jobber-{4100 + i}"} if i % 6 == 1 else {}
    phones = [["mobile", phone]]
    add_contact(state, names, created, phones=phones, emails=emails, custom=custom, **source)
    return Customer(first=first, last=last, street=street, phone=phone)


def _ascii_letters(name: str) -> str:
    return "".join(c for c in name.lower() if "a" <= c <= "z") or "customer"


def _working_time(state: SandboxState, min_days_ago: float, max_days_ago: float) -> datetime:
    """Return a random time on a working day in Pacific time, at least six hours ago."""
    day = state.now() - timedelta(days=state.rng.uniform(min_days_ago, max_days_ago))
    time = day.replace(hour=16, minute=0, second=0) + timedelta(minutes=state.rng.randint(0, 560))
    while time.weekday() >= 5 or time > state.now() - timedelta(hours=6):
        time -= timedelta(days=1)
    return time


def _placeholders(
    state: SandboxState, phrases: Json, customer: Customer, user: Json
) -> dict[str, str]:
    """Return the values for the placeholders in one exchange of texts or one call."""
    rng: random.Random = state.rng
    choices = {name: rng.choice(options) for name, options in phrases["blanks"].items()}
    trouble = rng.choice(phrases["troubles"])
    job = trouble["job"]
    price = str(rng.randrange(95, 940, 5))
    return {
        **choices,
        **trouble,
        **customer,
        "Job": job[0].upper() + job[1:],
        "me": str(user["firstName"]),
        "price": price,
    }


def _add_texts(state: SandboxState, phrases: Json, number: Json, customer: Customer) -> None:
    """Add two or three exchanges of texts on different days."""
    rng = state.rng
    for script in rng.sample(phrases["errands"], rng.choice((2, 2, 3, 3))):
        user = rng.choice(number["users"])
        placeholders = _placeholders(state, phrases, customer, user)
        at = _working_time(state, 0.5, 30)
        for author, variants in script:
            text = rng.choice(variants).format_map(placeholders)
            people, sender = [customer["phone"]], None if author == "us" else customer["phone"]
            state.add_message(number, people, text, at, sender=sender, user_id=user["id"])
            at += timedelta(seconds=rng.choice((35, 80, 140, 260, 420, 900)) + rng.randint(0, 50))


def _set_conversation_status(state: SandboxState, number: Json, customer: Customer) -> None:
    """Mark 70 % of conversations as done and assign 15 %."""
    conversation = state.ensure_conversation(number["id"], [customer["phone"]], state.now())
    chance = state.rng.random()
    if chance < 0.7:
        state.mark_done(conversation, state.now() - timedelta(hours=2))
    elif chance < 0.85:
        conversation["assignedTo"] = state.rng.choice(number["users"])["id"]


def _add_calls(state: SandboxState, phrases: Json, number: Json, customer: Customer) -> None:
    rng = state.rng
    for _ in range(rng.choice((2, 3, 3, 4))):
        user, at = rng.choice(number["users"]), _working_time(state, 0.5, 40)
        incoming = rng.random() < 0.6
        if rng.random() < 0.45:
            _add_unanswered_call(state, phrases, number, customer, at, incoming=incoming)
            continue
        script = rng.choice(phrases["calls"])
        placeholders = _placeholders(state, phrases, customer, user)
        utterances: Utterances = [
            (
                user["id"] if speaker == "us" else None,
                rng.choice(variants).format_map(placeholders),
            )
            for speaker, variants in script["lines"]
        ]
        is_short = rng.random() < 0.3
        call = create_call(
            state,
            number,
            customer["phone"],
            at,
            incoming=incoming,
            status="completed",
            seconds=rng.randint(8, 29),
            user_id=user["id"],
            utterances=[] if is_short else utterances,
        )
        if not is_short:
            summary, next_steps = (
                [line.format_map(placeholders) for line in script[name]]
                for name in ("summary", "next")
            )
            add_summary_and_transcript(
                state, call, utterances, summary=summary, next_steps=next_steps
            )


def _add_unanswered_call(
    state: SandboxState,
    phrases: Json,
    number: Json,
    customer: Customer,
    at: datetime,
    *,
    incoming: bool,
) -> None:
    statuses = UNANSWERED_STATUSES[:4] if incoming else UNANSWERED_STATUSES[2:]
    status = state.rng.choice(statuses)
    call = create_call(
        state,
        number,
        customer["phone"],
        at,
        incoming=incoming,
        status=status,
        seconds=0,
        user_id=None,
        utterances=[],
    )
    if incoming and status == "missed" and state.rng.random() < 0.8:
        placeholders = _placeholders(state, phrases, customer, state.rng.choice(number["users"]))
        text = state.rng.choice(phrases["voicemails"]).format_map(placeholders)
        add_voicemail(state, call, text)


def walkthrough(phrases: Json, rng: random.Random) -> list[list[str]]:
    """Return the [speaker, text] lines of a long call that goes through a building flat by flat.

    Each aside occurs once, at even distances.
    """
    lines: list[list[str]] = list(phrases["opening"])
    asides = rng.sample(phrases["asides"], len(phrases["asides"]))
    finding = None
    flats_per_aside = len(phrases["flats"]) / len(asides)
    for i, flat in enumerate(phrases["flats"]):
        # No finding comes twice in a row.
        finding = rng.choice([other for other in phrases["findings"] if other is not finding])
        lines += [
            [speaker, rng.choice(variants).format(flat=flat)] for speaker, variants in finding
        ]
        if int((i + 1) / flats_per_aside) > int(i / flats_per_aside):
            lines += asides.pop()
    return lines + list(phrases["closing"])
