"""The rooms of the package, lowest layer first: the README's "Project layout", and the rule that tests/test_layers.py enforces.

A module imports only from rooms on lower layers and from its own room. Within a room, `INNER_ORDER`
lists groups of modules, lowest first, by the same rule; modules in one group may import each other.
"""

from typing import NamedTuple


class Room(NamedTuple):
    """One folder or top-level file of the package.

    layer: 1 is the lowest.
    description: one phrase for the README.
    """

    layer: int
    name: str
    description: str


ROOMS = (
    Room(1, "errors.py", "every error, as a tree; how a crash is logged"),
    Room(1, "sandbox", "the simulated Maton and Quo; imports nothing else of this package"),
    Room(2, "values", "phone numbers, SMS segments, times, untrusted text: pure functions"),
    Room(3, "gateway", "the HTTP client: retries, rate limit, error mapping, choice of connection"),
    Room(3, "records", "what Quo returns, one file per resource"),
    Room(3, "store", "the database and process liveness"),
    Room(4, "config", "settings and the environment variables that they are read from"),
    Room(4, "directory", "who is who: contacts, teammates and inboxes, cached in memory"),
    Room(5, "history", "several of Quo's lists read as one feed, with what was and was not read"),
    Room(5, "safety", "what may be sent, what was sent: journal, outbox, opt-outs, limits, audit"),
    Room(
        6,
        "tools",
        "one class per tool, with the resolution of arguments and the rendering of results",
    ),
    Room(
        7, "server", "one call in order, approval, tool policy, prompts, resources, stdio and HTTP"
    ),
    Room(8, "cli", "the `quo-mcp` command: serve, install, doctor, demo, sends, …"),
)

# Not in the wheel, and imported by nothing: it reads the code and writes documents.
PUBLISHING = Room(9, "publishing", "generates README sections and manifests/ from the code")

INNER_ORDER = {
    "values": (
        ("name_likeness", "phone_numbers", "sms_segments"),
        ("untrusted",),
        ("times", "times.*"),
    ),
    "gateway": (
        ("retry", "endpoint", "redaction", "clock_skew"),
        ("rate_limit", "decoding", "proxy", "request", "pages", "connection_choice"),
        ("error_body", "transport"),
        ("rejection_hint",),
        ("error_mapping",),
        ("attempts",),
        ("client",),
        ("",),
    ),
    "config": (("field_types",), ("settings",), ("environment",)),
    "directory": (
        ("cache", "keyed_lock", "address_book", "address_book.*", "conversation_scan"),
        ("directory",),
    ),
    "history": (
        ("cursor", "activity_lookup", "task_activity"),
        ("query", "artifact_lookup"),
        ("coverage", "merged_pages"),
        ("feed",),
        ("voicemails",),
    ),
    "safety": (
        (
            "text_normalization",
            "opt_out_patterns",
            "quiet_hours",
            "placeholders",
            "scoped_api",
            "audit",
            "schema",
        ),
        ("send_record", "opt_out_detection", "opt_out_store", "recent_activity"),
        ("send_limits", "near_duplicates", "reconciliation", "recipient_rules"),
        ("journal_sql",),
        ("duplicates",),
        ("journal",),
        ("message_api",),
        ("outbox",),
    ),
    "tools": (
        ("fields", "rendering", "argument_names"),
        ("rendering.feeds",),
        ("rendering.*",),
        ("page_tokens", "context"),
        ("base",),
        ("argument_errors", "argument_parsing", "resolve", "resolve.*"),
        ("activity_list",),
        ("*",),  # the tool families
        ("catalogue",),
    ),
    "server": (
        ("approval_prompt", "tool_policy", "result_text", "call_outcome"),
        ("approval",),
        ("prompt_template", "prompts", "resource_template", "resources", "completions"),
        ("account", "pipeline"),
        ("prompts_and_resources",),
        ("app",),
        ("transports", "transports.*"),
    ),
    "cli": (
        (
            "console",
            "tables",
            "webhook_signature",
            "install",
            "install.*",
            "demo",
            "shell_completion",
        ),
        ("doctor",),
        ("*",),
        ("",),
    ),
}

# The modules of one family share code; no module imports from another family. Each further module
# in the row of the tools is a family of its own.
TOOL_FAMILIES = (
    ("contacts", "create_contact", "update_contact", "contact_*"),
    ("tasks", "create_task", "update_task"),
    ("send_*",),
    ("check_setup", "setup_*"),
    ("transcripts", "transcript_search"),
)
