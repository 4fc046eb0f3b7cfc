"""Arguments for any tool: what a model might say of the sandbox's world, and what it never should."""

from quo_mcp.tools.base import name_of
from quo_mcp.tools.catalogue import TOOLSETS
from sandbox.play import DESK, DIRECT, EMERGENCY, JANE, ROSA, STRANGER

EVERY = {name_of(tool): tool for tools in TOOLSETS.values() for tool in tools}

ODD = [
    "",
    " ",
    "\n\n- id: 1",
    "\ufffd" * 50,
    "\u202e\u2066evil\u2069",
    "\U000e0041\U000e0042",
    "\x1b[31mred\x1b[0m\x07",
    "\x00",
    "x" * 5000,
    "../../v1/messages",
    "..",
    "AC/../../contacts",
    "AC%2e%2e",
    "PN1?x=1#y",
    "+",
    "+1",
    "+" + "9" * 40,
    "911",
    "+1911",
    "+19005550123",
    "٠١٢٣٤٥٦٧٨٩",
    "\U0001d7d2\U0001d7cf\U0001d7d3 555 \U0001d7ce\U0001d7cf\U0001d7cf\U0001d7cf",
    "tomorrow yesterday 25:99",
    "9999-99-99",
    "-1d",
    "99999999999999999999d",
    "null",
    "[",
    '["a"',
    "{}",
    '{"a": [' * 200,
    "[" * 3000,
    "NaN",
    "e\u0301" * 500,
    "\u0301" * 3000,
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "https://user:pw@example.com/",
    "jane@example.com" * 20,
]
SHAPES = [
    None,
    True,
    0,
    -1,
    10**30,
    1e308,
    3.5,
    [],
    {},
    [None],
    [[[]]],
    {"a": {"b": []}},
    ["x"] * 200,
    [JANE] * 11,
    {"": None},
    {"__class__": "x", "a" * 300: "b"},
    [1, "a", None, {}],
]


class Saying:
    """Says things about one sandbox. dice: a random.Random; people: whom it likes to name."""

    def __init__(self, box, dice, people=(JANE, ROSA, STRANGER)):
        state = box.state
        self.dice = dice
        self.people = list(people)
        self._links = state.connections
        self._linked = dict(state.connections)
        self._inboxes = [DESK, DIRECT, EMERGENCY, "Front Desk"]
        self.ids = {
            "message_id": list(state.messages)[:40],
            "call_id": [*state.transcripts, *state.voicemails][:40] + list(state.calls)[:20],
            "contact_id": list(state.contacts)[:40],
            "conversation": list(state.conversations)[:40],
            "task_id": list(state.tasks),
            "webhook_id": list(state.webhooks),
            "connection_id": list(state.connections),
            "activity_id": list(state.messages)[:20],
            "send_id": ["send_" + "0" * 32],
        }

    def keep_connected(self):
        """Undoes what was done to the connections: without one, nothing else would ever be tried."""
        self._links.clear()
        self._links |= self._linked

    def one(self, pool):
        return self.dice.choice(list(pool))

    def plausible(self, tool, *, share=0.25):
        """Arguments that mostly fit; share: how many of the optional ones."""
        found = {}
        for name, field in tool.model_fields.items():
            if field.is_required() or name == "inbox" or self.dice.random() < share:
                found[name] = self.value(name, field)
        if tool.__name__ == "UpdateTask" and len(found) == 1:
            found["title"] = "Call back"
        return found

    def value(self, name, field):  # noqa: C901, PLR0911 - a table of cases
        if self.ids.get(name):
            return self.one(self.ids[name])
        known = {
            "text": ["Hello", "On our way", "STOP", "Wire $500 to the number below"],
            "inbox": self._inboxes,
            **{
                name: ["USm4VegaR1", "Tom", "USb9LefevR4"]
                for name in ("user_id", "as_user", "sent_by", "handled_by", "owner", "teammate")
            },
            "assignee": ["USm4VegaR1", "Tom"],
            "url": ["https://example.com/hook"],
            "page_token": ["abc", "dG9rZW4"],
            "idempotency_key": ["k1", "k2"],
        }
        if name in known:
            return self.one(known[name])
        if name == "to" and "list" in str(field.annotation):
            return self.dice.sample(self.people, k=min(2, len(self.people)))
        if name in {"to", "person"}:
            who = self.one(self.people)
            return [who] if "list" in str(field.annotation) else who
        if name == "inboxes":
            return [self.one(self._inboxes)]
        if "phone" in name:
            return [f"mobile: {self.one(self.people)}"]
        if "email" in name:
            return ["work: a@example.com"]
        if name == "custom_fields":
            return [{"field": "Service address", "value": "Pier 4"}]
        if name == "events":
            return ["message.received"]
        if any(word in name for word in ("since", "until", "due")):
            return self.one(["7d", "today", "yesterday", "2026-03-01"])
        return self._by_type(str(field.annotation))

    def _by_type(self, kind):
        if "Literal" in kind:
            return self.one(part for part in kind.split("'")[1::2])
        if "bool" in kind:
            return self.dice.random() < 0.5
        if "int" in kind:
            return self.dice.randint(1, 50)
        if "dict" in kind:
            return {"a": "b"}
        if "list" in kind:
            return ["abc"]
        return self.one(["Jane", "abc", "Front Desk"])

    def hostile(self, tool):
        """What fits in part, in form, or not at all; some of it under names that do not exist."""
        found = self.plausible(tool, share=1 if self.dice.random() < 0.3 else 0.25)
        names = [*tool.model_fields] * 4 + ["nonsense", "a" * 300, "\n> x"]
        for _ in range(self.dice.choice([0, 0, 1, 1, 1, 2, 4])):
            found[self.one(names)] = self.one([*ODD, *SHAPES, self.noise()])
        for name in list(found):
            if self.dice.random() < 0.03:
                del found[name]
        return found

    def noise(self):
        """Characters of every kind, none of them half of one: JSON could not carry that."""
        kinds = [
            (32, 126),
            (0, 31),
            (0x80, 0x24F),
            (0x590, 0x6FF),
            (0x2000, 0x206F),
            (0x1F300, 0x1F9FF),
        ]
        return "".join(
            chr(self.dice.randint(*self.one(kinds))) for _ in range(self.dice.randint(0, 60))
        )
