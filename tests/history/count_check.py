"""Counts calls and messages over the sandbox's raw data, without the server's code."""

import re
from collections import defaultdict
from datetime import datetime, timedelta


def parse(text):
    return datetime.fromisoformat(text) if text else None


def is_listed(people):
    """Whether Quo's API lists what is said with these people."""
    return bool(people) and all(re.fullmatch(r"\+[1-9][0-9]{6,14}", person) for person in people)


def raw_items(state, start, inbox=None):
    """Return (people, conversation id, record, is_call) of everything since `start`, oldest first."""
    numbers = {number["number"] for number in state.numbers.values()}
    items = []
    for message in state.messages.values():
        conversation = state.conversations[message["conversationId"]]
        items.append((frozenset(conversation["participants"]), conversation["id"], message, False))
    for call in state.calls.values():
        people = [person for person in call["participants"] if person not in numbers]
        conversation = state.find_conversation(call["phoneNumberId"], people)
        items.append((frozenset(people), conversation["id"], call, True))
    return sorted(
        (
            item
            for item in items
            if is_listed(item[0])
            and parse(item[2]["createdAt"]) >= start
            and inbox in (None, item[2]["phoneNumberId"])
        ),
        key=lambda item: item[2]["createdAt"],
    )


def spoke(call):
    """Whether a teammate and the other party spoke."""
    return bool(call["answeredAt"] or call.get("answeredBy")) and not call.get("aiHandled")


def was_missed(call):
    is_open = not call["completedAt"] and call["status"] in {
        "queued",
        "initiated",
        "ringing",
        "in-progress",
    }
    handled = (
        call["answeredAt"]
        or call.get("answeredBy")
        or call.get("aiHandled")
        or call.get("forwardedTo")
    )
    return call["direction"] == "incoming" and not is_open and not handled


def seconds_between(first, second):
    return (parse(second["createdAt"]) - parse(first["createdAt"])).total_seconds()


def was_tried(call):
    """Whether we called, and the call is over."""
    return call["direction"] == "outgoing" and call["completedAt"] is not None


def count_raw_calls(state, start, end, inbox=None):
    """Return the counts of the calls from `start` on, before `end`."""
    calls = [item for item in raw_items(state, start, inbox) if item[3]]
    counts = defaultdict(float)
    times = []
    for people, _, call, _ in calls:
        if parse(call["createdAt"]) >= end:
            continue
        taken_by = "talk" if spoke(call) else "sona" if call.get("aiHandled") else "no"
        counts[f"{taken_by}_seconds"] += call["duration"] or 0
        if call["direction"] == "outgoing":
            counts["outgoing"] += 1
            counts["outgoing_answered"] += spoke(call)
            continue
        counts["incoming"] += 1
        if call.get("aiHandled"):
            counts["by_sona"] += 1
        elif spoke(call):
            counts["answered"] += 1
        elif not was_missed(call):
            counts["other_incoming"] += 1
        else:
            counts["missed"] += 1
            counts["voicemails"] += call["id"] in state.voicemails
            later = [
                other
                for others, _, other, _ in calls
                if others == people and other["createdAt"] > call["createdAt"]
            ]
            reached = next((other for other in later if spoke(other)), None)
            if reached:
                span = parse(reached["createdAt"]) - parse(call["createdAt"])
                times.append(span.total_seconds())
            elif any(other["direction"] == "outgoing" and other["completedAt"] for other in later):
                counts["tried"] += 1
    counts.pop("no_seconds", None)
    return {key: value for key, value in counts.items() if value}, sorted(times)


def words(text):
    return re.findall(r"\w+", text.casefold())


def automatic_ids(items):
    """Return the ids of the messages that are probably automatic: see the definitions that the tool prints."""
    places = defaultdict(set)
    for _, conversation, record, is_call in items:
        if not is_call and record["direction"] == "outgoing":
            places[tuple(words(record["text"]))].add(conversation)
    automatic = set()
    incoming, person = {}, {}
    for _, conversation, record, is_call in items:
        now = parse(record["createdAt"])
        if is_call:
            if was_missed(record):
                incoming[conversation] = parse(record["completedAt"]) or now
            elif record["direction"] == "outgoing":
                person[conversation] = now
            continue
        if record["direction"] == "incoming":
            incoming[conversation] = now
            continue
        text = tuple(words(record["text"]))
        since_incoming = now - incoming[conversation] if incoming.get(conversation) else None
        is_quick = since_incoming is not None and since_incoming <= timedelta(seconds=90)
        was_writing = conversation in person and now - person[conversation] <= timedelta(hours=1)
        if (len(text) >= 4 and len(places[text]) > 1) or (is_quick and not was_writing):
            automatic.add(record["id"])
        else:
            person[conversation] = now
        incoming[conversation] = None
    return automatic


def count_raw_messages(state, start, end, is_closing, inbox=None):
    """Return the counts of the messages from `start` on, before `end`, and the seconds to each first answer.

    is_closing: whether a text has closing words only.
    """
    items = raw_items(state, start, inbox)
    automatic = automatic_ids(items)
    counts = defaultdict(int)
    for _, _, record, is_call in items:
        if is_call or parse(record["createdAt"]) >= end:
            continue
        if record["direction"] == "incoming":
            counts["incoming"] += 1
        else:
            counts["outgoing"] += 1
            counts["automatic"] += record["id"] in automatic
            counts["undelivered"] += record["status"] in {"undelivered", "failed"}
    times = []
    for people in {item[0] for item in items}:
        row = []
        for _, _, record, is_call in [item for item in items if item[0] == people] + [
            (None, None, None, None)
        ]:
            is_end = record is None
            answers = not is_end and (
                spoke(record)
                if is_call
                else record["direction"] == "outgoing"
                and record["id"] not in automatic
                and record["status"] not in {"undelivered", "failed"}
            )
            if is_end or answers:
                counts_here = row and parse(row[0]["createdAt"]) < end
                if counts_here and not all(is_closing(message["text"]) for message in row):
                    if is_end:
                        counts["unanswered"] += 1
                    else:
                        times.append(seconds_between(row[0], record))
                row = []
            elif not is_call and record["direction"] == "incoming":
                row.append(record)
    return {key: value for key, value in counts.items() if value}, sorted(times)
