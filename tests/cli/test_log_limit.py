"""Repeated log lines of libraries."""

import logging

from quo_mcp.cli.log_limit import RepetitionLimit


class Time:
    now = 0.0

    def __call__(self):
        return self.now


def record(name="library", line=1, message="Bad host: %s", args=("x",)):
    return logging.LogRecord(name, logging.WARNING, "file.py", line, message, args, None)


def test_one_line_per_place_and_minute_passes_and_then_tells_how_many_did_not():
    limit = RepetitionLimit(time := Time())
    assert limit.filter(record())
    for _ in range(3):
        assert not limit.filter(record(message="Bad host: %s", args=("y",)))
    assert limit.filter(record(line=2))
    time.now = 60.0
    again = record(args=("z",))
    assert limit.filter(again)
    assert again.getMessage() == "Bad host: z (3 similar lines omitted)"
    time.now = 120.0
    alone = record()
    assert limit.filter(alone)
    assert alone.getMessage() == "Bad host: x"


def test_this_packages_own_lines_all_pass():
    limit = RepetitionLimit(Time())
    for name in ("quo_mcp", "quo_mcp.server.pipeline"):
        assert all(limit.filter(record(name)) for _ in range(3))
    assert limit.filter(record("quo_mcpx"))
    assert not limit.filter(record("quo_mcpx"))
