"""The tables of the journal and of the opt-outs.

They hold the recipient, time and outcome of each message. The text itself is deleted when the journal is
used a day or more after the outcome is known; only its fingerprint remains. They hold no API keys.
"""

from quo_mcp.store.loss_guard import ERASURES_SCHEMA, GUARD_SCHEMA
from quo_mcp.store.witness import WitnessedTable

MIGRATIONS = (
    """
CREATE TABLE sends (
    send_id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    inbox TEXT NOT NULL,
    people TEXT NOT NULL,          -- a sorted JSON list
    text TEXT,                     -- set to null a day or more after settled_at
    cents INTEGER NOT NULL,
    key TEXT,
    again INTEGER NOT NULL,
    state TEXT NOT NULL,
    owner TEXT NOT NULL,           -- the lock file of the sending process
    lease_until REAL NOT NULL,     -- times are Unix seconds
    message_id TEXT,
    status TEXT,
    reason TEXT,
    created_at REAL NOT NULL,
    began_at REAL,
    settled_at REAL
);
CREATE UNIQUE INDEX one_send_a_message ON sends (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX by_fingerprint ON sends (fingerprint);
CREATE INDEX by_key ON sends (account, key) WHERE key IS NOT NULL;
CREATE INDEX by_time ON sends (account, created_at);
CREATE INDEX by_age ON sends (created_at);
CREATE INDEX still_open ON sends (state) WHERE state IN ('reserved', 'in flight');
CREATE TABLE approvals (approval TEXT PRIMARY KEY, send_id TEXT, used_at REAL NOT NULL);
CREATE TABLE optouts (
    number TEXT PRIMARY KEY,
    since REAL,                    -- null if a person allowed a number that had not opted out
    words TEXT,
    source TEXT,
    allowed_at REAL                -- null while the opt-out is in force
);
""",
    """
CREATE TABLE secrets (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL            -- made by this server, never an API key
);
CREATE TABLE refusals (question TEXT PRIMARY KEY, refused_at REAL NOT NULL);
""",
    """
CREATE TABLE account_keys (key_id TEXT PRIMARY KEY, account TEXT NOT NULL);
CREATE TABLE account_numbers (
    account TEXT NOT NULL,
    number_id TEXT NOT NULL,       -- PN…
    PRIMARY KEY (account, number_id)
);
""",
    GUARD_SCHEMA,
    """
CREATE TABLE verdicts (
    account TEXT NOT NULL,
    assumption TEXT NOT NULL,      -- see records.assumptions
    holds INTEGER,                 -- null if the account's data could not tell
    evidence TEXT NOT NULL,        -- counts only
    checked_at REAL NOT NULL,
    PRIMARY KEY (account, assumption)
);
""",
    """
CREATE TABLE pauses (
    scope TEXT PRIMARY KEY,        -- 'sends'
    paused_at REAL NOT NULL,
    reason TEXT NOT NULL,
    resumed_at REAL                -- null while the pause is in force
);
""",
    ERASURES_SCHEMA,
    """
CREATE TABLE hash_keys (
    name TEXT PRIMARY KEY,         -- what the hashes stand for
    value TEXT NOT NULL            -- in hex; made by this server, never an API key
);
""",
)
"""What a database needs to create the tables. A later change is one more script at the end."""

MINIMUM_READER = 8
"""How many of the migrations a server must know to use the tables.

An older server works on beside a newer one as long as this does not change: while migrations only add tables, and
columns that may be empty. Change it to the number of the first migration that an older server must not miss.
"""

WITNESSED = (
    WitnessedTable("sends", ("send_id",), omitted=("text",)),
    WitnessedTable("approvals", ("approval",)),
    WitnessedTable("refusals", ("question",)),
    WitnessedTable("optouts", ("number",)),
    WitnessedTable("pauses", ("scope",)),
    WitnessedTable("hash_keys", ("name",)),
    WitnessedTable("account_keys", ("key_id",)),
    WitnessedTable("account_numbers", ("account", "number_id")),
)
"""The tables that must survive the loss of the file: see `store.loss_guard`."""
