"""Sending: into the ledger, on its way by the clock, perhaps to be answered."""

from datetime import datetime, timedelta

from quo_mcp.sandbox.http import Json, iso
from quo_mcp.sandbox.state import Habit, World

SENT_AFTER = timedelta(seconds=1)
DELIVERED_AFTER = timedelta(seconds=3)


def send(world: World, number: Json, people: list[str], text: str, user: str) -> Json:
    """Really send a text from one of our numbers. It is not delivered where nobody can get it."""
    at = world.now()
    message = world.add_text(number, people, text, at, user=user, status="queued")
    entry = {"id": message["id"], "from": number["number"], "to": list(people)}
    world.ledger.append({**entry, "content": text, "at": iso(at)})
    lost = world.opted_out.union(world.unreachable).issuperset(people)
    _becomes(world, message, "sent", at + SENT_AFTER)
    _becomes(world, message, "undelivered" if lost else "delivered", at + DELIVERED_AFTER)
    if len(people) == 1 and not lost and world.answering:
        _expect_answer(world, number, people[0], at)
    return message


def _becomes(world: World, message: Json, status: str, at: datetime) -> None:
    world.later(at, lambda when: message.update(status=status, updatedAt=iso(when)))


def _expect_answer(world: World, number: Json, person: str, at: datetime) -> None:
    habit = world.habits.get(person)
    if habit is None:
        return

    def answer(when: datetime) -> None:
        words = world.habits[person].texts
        world.habits[person] = Habit(habit.after, words[1:] or words)
        world.add_text(number, [person], words[0], when, sender=person)

    world.later(at + timedelta(seconds=habit.after), answer)
