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

    @property
    def path(self) -> str:
        return self.name if self.name.endswith(".py") else f"{self.name}/"


PACKAGE = "server/quo_mcp"

ROOMS = (
    Room(1, "errors.py", "the error classes, shown as a tree; how a crash is logged"),
    Room(
        1,
        "sandbox",
        "a simulated Maton and Quo; independent of the server code, so it cannot share its bugs",
    ),
    Room(2, "values", "pure functions for phone numbers, SMS segments, times and untrusted text"),
    Room(
        3,
        "gateway",
        "the HTTP client for Maton and Quo: retries, rate limit, error mapping, choice of connection",
    ),
    Room(3, "records", "what Quo returns, one file per resource"),
    Room(
        3,
        "store",
        "the database, SQLite or PostgreSQL, and which processes are using it",
    ),
    Room(4, "config", "the settings, and the environment variables that they are read from"),
    Room(
        4, "directory", "who is who: contacts, teammates and inboxes, looked up by name and cached"
    ),
    Room(5, "history", "all activity in a time range as one list, and which parts were not read"),
    Room(
        5,
        "safety",
        "what may be sent and what was sent: recipients, opt-outs, duplicates, limits, journal, audit log",
    ),
    Room(
        6,
        "tools",
        "one class per tool, listed in `catalogue.py`; how arguments are resolved and results rendered",
    ),
    Room(
        7,
        "server",
        "the MCP server: the steps of a tool call (`pipeline.py`), approval, prompts, resources, stdio and HTTP",
    ),
    Room(8, "cli", "the `quo-mcp` command: `serve`, `install`, `doctor`, `demo`, `sends`, …"),
)

# Not in the wheel, and imported by nothing: it reads the code and writes documents.
PUBLISHING = Room(
    9, "publishing", "generates the tables in this file and all of `manifests/`; not in the wheel"
)

FOLDERS = {
    "tests": "one folder per room; also `snapshots/` (every tool and result), `contract/` (Quo's published API), "
    "`process/` (the real command), `torture/` and `bench/` (run by hand)",
    "manifests": "what registries and clients read to install the server; generated, see its README",
}
"""The other folders of the repository, with a phrase each."""

INNER_ORDER = {
    "values": (
        (
            "name_likeness",
            "person_names",
            "phone_numbers",
            "principal",
            "references",
            "request_window",
            "sms_segments",
            "wrapping",
        ),
        ("numbers_in_text", "people_lists", "reference_ids"),
        ("untrusted",),
        ("times", "times.*", "business_hours", "steady_clock"),
    ),
    "gateway": (
        ("retry", "endpoint", "redaction", "clock_skew", "instruments"),
        ("rate_limit", "decoding", "proxy", "request", "pages", "connection_choice"),
        ("error_body", "network_fault"),
        ("transport",),
        ("rejection_hint",),
        ("error_mapping",),
        ("attempts",),
        ("client",),
        ("",),
    ),
    "config": (("field_types",), ("settings",), ("environment",)),
    "directory": (
        ("cache", "keyed_lock", "address_book", "address_book.*", "conversation_scan"),
        ("contact_reader", "stored_contacts", "indexed_conversation"),
        ("stored_conversations",),
        ("conversation_index",),
        ("directory",),
    ),
    "history": (
        ("cursor", "activity_lookup", "task_activity", "closing_words"),
        ("query", "artifact_lookup"),
        ("coverage", "merged_pages"),
        ("span",),
        ("reading_pass",),
        ("reading_window",),
        ("activity_reader", "automatic_replies", "answers"),
        ("first_answers",),
        ("statistics",),
        ("feed",),
        (
            "everyone_feed",
            "voicemails",
            "sona_follow_up",
            "call_backs",
            "latest_activity",
            "waiting_pages",
        ),
    ),
    "safety": (
        (
            "text_normalization",
            "text_vocabulary",
            "opt_out_patterns",
            "automatic_notices",
            "opt_out_field",
            "quiet_hours",
            "placeholders",
            "journal_clock",
            "audit_file",
            "forgotten_numbers",
            "schema",
            "verdict_store",
        ),
        ("send_record",),
        (
            "text_facts",
            "opt_out_detection",
            "opt_out_store",
            "approval_records",
            "recent_activity",
            "audit_chain",
        ),
        ("audit",),
        ("known_opt_outs", "scoped_api"),
        ("member_api",),
        ("account_store",),
        ("account_identity",),
        (
            "send_limits",
            "send_pauses",
            "near_duplicates",
            "reconciliation",
            "recipient_rules",
            "carrier_opt_outs",
        ),
        ("journal_sql",),
        ("forgetting",),
        ("duplicates",),
        ("journal",),
        ("message_api",),
        ("outbox",),
    ),
    "tools": (
        ("choices", "fields", "input_schema", "rendering", "quo_parameter_names", "stored_text"),
        ("rendering.coverage_notes",),
        ("rendering.feeds",),
        ("rendering.*",),
        ("context",),
        ("base",),
        ("page_tokens", "split_pages"),
        ("argument_errors", "argument_parsing", "resolve", "resolve.*"),
        ("activity_list",),
        ("*",),  # the tool families
        ("catalogue",),
    ),
    "server": (
        (
            "approval_prompt",
            "approval_seal",
            "approval_code",
            "structured_results",
            "open_paths",
            "tool_policy",
            "result_text",
            "audit_outcome",
            "call_deadline",
        ),
        ("approval", "tool_listings"),
        ("prompt_template", "prompts", "resource_template", "resources", "completions"),
        ("databases",),
        ("account", "pipeline"),
        ("prompts_and_resources",),
        ("static_lists", "auth", "auth.principal_lookup", "auth.scopes", "auth.issuer_keys"),
        ("auth.access_tokens", "auth.roles", "request_handlers"),
        ("auth.role_file", "auth.sign_in"),
        ("member_accounts",),
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
    ("contacts", "find_contacts", "create_contact", "update_contact", "contact_*"),
    ("tasks", "create_task", "update_task"),
    ("send_*",),
    ("check_setup", "setup_*"),
    ("conversations", "mark_conversation"),
    ("person_*",),
    ("transcripts", "transcript_*"),
    ("stats", "stats_*"),
)
