"""A process that writes to an audit log. In a module of its own, because a spawned process imports it by name."""

from datetime import UTC, datetime

from quo_mcp.safety.audit import AuditEntry, AuditLog


def clock():
    return datetime(2026, 3, 4, 18, 30, tzinfo=UTC)


def write_many(path, count):
    log = AuditLog(path, now=clock, secret="key")
    for number in range(count):
        log._append(AuditEntry(f"tool {number}"))
