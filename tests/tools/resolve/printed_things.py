"""What results print, each with its meaning, and the arguments that take such a thing."""

import re
from dataclasses import dataclass

from quo_mcp.errors import Refusal
from quo_mcp.tools.argument_parsing import parse_arguments
from quo_mcp.tools.base import name_of
from quo_mcp.tools.catalogue import TOOLSETS
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.resolve.arguments import resolve_arguments
from sandbox.play import JANE
from tools.resolve.printed_calls import DELETING, calls

TOOLS = {name_of(tool): tool for toolset in TOOLSETS.values() for tool in toolset}

DRESSES = {
    "as printed": lambda text, _line: text,
    "quotes": lambda text, _line: f'"{text}"',
    "bold": lambda text, _line: f"**{text}**",
    "bullet": lambda text, _line: f"- {text}",
    "brackets": lambda text, _line: f"[{text}]",
    "whole line": lambda _text, line: line,
}

PERSON_ARGUMENTS = [
    ("quo_list_messages", "person", {}),
    ("quo_list_calls", "person", {}),
    ("quo_get_person", "person", {}),
    ("quo_create_task", "person", {"title": "x"}),
    ("quo_send_message", "to", {"text": "Hi", "dry_run": True}),
]
ARGUMENTS = {
    "person": PERSON_ARGUMENTS,
    "number": PERSON_ARGUMENTS,
    "contact": [("quo_get_contact", "contact_id", {}), ("quo_update_contact", "contact_id", {})],
    "inbox": [
        ("quo_list_messages", "inbox", {"person": JANE}),
        ("quo_list_conversations", "inboxes", {}),
        ("quo_get_phone_number", "inbox", {}),
        ("quo_send_message", "inbox", {"to": JANE, "text": "Hi", "dry_run": True}),
    ],
    "teammate": [
        ("quo_list_tasks", "assignee", {}),
        ("quo_get_user", "user_id", {}),
        ("quo_list_messages", "sent_by", {}),
        ("quo_list_webhooks", "owner", {}),
    ],
    "message": [
        ("quo_get_message", "message_id", {}),
        ("quo_create_task", "activity_id", {"title": "x"}),
    ],
    "call": [
        ("quo_get_call", "call_id", {}),
        ("quo_get_call_transcript", "call_id", {}),
        ("quo_create_task", "activity_id", {"title": "x"}),
    ],
    "conversation": [
        ("quo_mark_conversation", "conversation", {"state": "read"}),
        ("quo_create_task", "conversation", {"title": "x"}),
    ],
    "task": [("quo_get_task", "task_id", {}), ("quo_update_task", "task_id", {"title": "x"})],
    "webhook": [("quo_get_webhook", "webhook_id", {})],
    "connection": [("quo_get_connection", "connection_id", {})],
    "time": [
        ("quo_list_messages", "since", {}),
        ("quo_list_calls", "until", {}),
        ("quo_list_conversations", "created_until", {}),
    ],
    "token": [("", "page_token", {})],  # the tool that gave it out
    "state": [("quo_list_tasks", "state", {})],
    "status": [("quo_list_connections", "status", {})],
    "event": [("quo_create_webhook", "events", {"url": "https://hooks.example.com/b"})],
    "due": [("quo_create_task", "due", {"title": "x"})],
    "group": [
        ("quo_list_messages", "person", {}),
        ("quo_send_group_message", "to", {"text": "Hi", "inbox": "Front Desk", "dry_run": True}),
    ],
    "link": [
        ("quo_mark_conversation", "conversation", {"state": "read"}),
        ("quo_create_task", "conversation", {"title": "x"}),
    ],
    "send": [("quo_get_send_status", "send_id", {})],
    "url": [("quo_create_webhook", "url", {"events": ["call.ringing"]})],
}

TIME = re.compile(r"[A-Z][a-z]{2} [0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}")
NUMBER = re.compile(r"\+[0-9][0-9 ]{8,16}[0-9]")
PATTERNS = {
    "conversation": r"\bCN[0-9a-f]{32}\b",
    "task": r"\bTK[0-9a-f]{32}\b",
    "webhook": r"\bWH[0-9a-f]{32}\b",
    "connection": r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b",
    "token": r'page_token="([^"]+)"',
    "due": r"(?<=due )[A-Z][a-z]{2} [0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}",
    "send": r"\bsend_[0-9a-f]{8,}\b",
    "event": r"\b(?:message|call)\.[a-z.]+[a-z]\b",
    "url": r"(?<=Posts to )https://\S+",
}


@dataclass(frozen=True)
class Printed:
    """A thing in a line of a result. meaning: what the plain form resolves to."""

    kind: str
    text: str
    meaning: object
    line: str
    is_alone: bool  # the only one of its kind in the line

    @property
    def arguments(self):
        """The tools and arguments that take it."""
        if self.kind != "token":
            return ARGUMENTS[self.kind]
        return [("quo_" + re.search("~tool=([a-z_]+)", self.text)[1], "page_token", {})]

    def dressed(self, dress):
        """Return it in a dress; of a group, each person."""
        if self.kind == "group":
            return [DRESSES[dress](person, self.line) for person in self.text]
        return DRESSES[dress](self.text, self.line)


async def results(quo):
    """Return the lines that are the server's own, of every call."""
    lines = []
    every_call = await calls(quo)
    assert {tool for tool, _ in every_call} == TOOLS.keys() - DELETING
    for tool, arguments in every_call:
        text = await quo(tool, **arguments)
        lines += [line for line in text.splitlines() if not line.startswith("> ")]
    return list(dict.fromkeys(lines))


def printed_things(lines, quo):
    """Return everything that the lines print."""
    state = quo.box.state
    inboxes = {inbox["id"]: inbox for inbox in state.numbers.values()}
    own_numbers = {inbox["number"] for inbox in inboxes.values()}
    users = {user["id"]: user for user in state.users.values()}
    holders = {}
    for contact in state.contacts.values():
        for phone in contact["defaultFields"]["phoneNumbers"]:
            holders.setdefault(phone["value"], []).append(contact)
    things = []
    for line in lines:
        people = people_in(line, own_numbers, holders)
        kinds = {
            "person": people,
            "number": [(text[text.rindex("+") :].rstrip(")"), number) for text, number in people],
            "contact": [(each, each) for each in state.contacts if each in line.split()[-1:]],
            "inbox": inboxes_in(line, inboxes),
            "teammate": teammates_in(line, users),
            "time": [(text, text) for text in TIME.findall(line)],
            "call": [
                (each, each)
                for each in re.findall(r"\bAC[0-9a-f]{32}\b", line)
                if each in state.calls
            ],
            "message": [
                (each, each)
                for each in re.findall(r"\bAC[0-9a-f]{32}\b", line)
                if each in state.messages
            ],
            "group": groups_in(line, people),
            "link": [
                (link, re.search("CN[0-9a-f]+", link)[0])
                for link in re.findall(r"https://my\.quo\.com/\S+", line)
            ],
            "state": [(word, word) for word in line.split(" · ") if word in {"done", "overdue"}],
            "status": [
                (word, word.upper()) for word in line.split(" · ") if word in {"active", "pending"}
            ],
        }
        if line.startswith("More: "):
            kinds = {}  # what is inside a token is not printed for anyone
        for kind, pattern in PATTERNS.items():
            kinds[kind] = [(text, text) for text in re.findall(pattern, line)]
        for kind, entries in kinds.items():
            meanings = {str(meaning) for _, meaning in entries}
            things += [
                Printed(
                    kind,
                    text,
                    meaning,
                    line,
                    len(meanings) == 1 and kind != "group" and not line.endswith("."),
                )
                for text, meaning in dict.fromkeys(entries)
            ]
    return things


def groups_in(line, people):
    """Return the members of a group conversation whose messages follow the line."""
    is_group = line.startswith(("With ", "Messages with ")) and len(people) > 1
    return [tuple(tuple(part) for part in zip(*people, strict=True))] if is_group else []


def people_in(line, own_numbers, holders):
    """Return each person in a line as printed, with their number."""
    people = []
    for match in NUMBER.finditer(line):
        number = "+" + re.sub(r"\D", "", match[0])
        if number in own_numbers:
            continue
        names = [full_label(contact) for contact in holders.get(number, ())]
        printed = next(
            (f"{name} ({match[0]})" for name in names if f"{name} ({match[0]})" in line), match[0]
        )
        people.append((printed, number))
    return people


def full_label(contact):
    fields = contact["defaultFields"]
    name = f"{fields.get('firstName') or ''} {fields.get('lastName') or ''}".strip()
    company = fields.get("company")
    return f"{name}, {company}" if company and name else name or company or ""


def inboxes_in(line, inboxes):
    entries = []
    for inbox_id, inbox in inboxes.items():
        number = NUMBER.search(line) and re.search(
            rf"{re.escape(inbox['name'])} \(\+[0-9 ]+\)", line
        )
        entries += [(number[0], inbox_id)] if number else []
        if f"on {inbox['name']}" in line:
            entries.append((inbox["name"], inbox_id))
        if inbox_id in line:
            entries.append((inbox_id, inbox_id))
    return entries


def teammates_in(line, users):
    entries = []
    for user_id, user in users.items():
        name = f"{user['firstName']} {user['lastName']}"
        if name in line:
            entries.append((name, user_id))
        if user_id in line:
            entries.append((user_id, user_id))
        if user["email"] in line:
            entries.append((user["email"], user_id))
    return entries


def plain_form(thing):
    return list(thing.meaning) if thing.kind == "group" else thing.meaning


async def meaning_of(quo, tool, arguments, field):
    """Return what an argument resolves to.

    Raises:
        Refusal: it is refused.
    """
    parsed = parse_arguments(TOOLS[tool], arguments).value
    resolved = (await resolve_arguments(parsed, ToolContext(quo.account))).value
    value = getattr(resolved, field)
    return value[0] if isinstance(value, list) and len(value) == 1 else value


OFFER = re.compile(r"^- (?P<line>.+)$|such as \"(?P<first>[^\"]+)\"", re.MULTILINE)


async def judge(quo, thing, argument, dress):  # dress: its name
    """Return how a dressed thing is taken: accepted like the plain form, refused, dead end, or another meaning."""
    tool, field, others = argument
    arguments = others | {field: thing.dressed(dress)}
    try:
        plain = await meaning_of(quo, tool, others | {field: plain_form(thing)}, field)
    except Refusal:
        plain = None  # such as a due date in the future, for a list of the past
    try:
        meaning = await meaning_of(quo, tool, arguments, field)
    except Refusal as refusal:
        if plain is None:
            return "accepted", ""  # refused like the plain form
        offers = [match["line"] or match["first"] for match in OFFER.finditer(str(refusal))]
        offers = [offer for offer in offers if not offer.startswith(f"{field}:")]
        for offer in offers:
            try:
                await meaning_of(quo, tool, others | {field: offer}, field)
            except Refusal:
                return "dead end", str(refusal)
        return "refused", str(refusal)
    if meaning == plain or (thing.kind == "contact" and str(plain) in str(meaning)):
        return "accepted", ""
    return "another meaning", f"{meaning} instead of {plain}"
