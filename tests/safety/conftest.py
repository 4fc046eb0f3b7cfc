"""The file that the journal, the approvals and the opt-outs share, opened by as many processes as it takes."""

import pytest

from quo_mcp.safety.database import Database


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "journal.db"


@pytest.fixture
def databases(path):
    """As many processes as are asked for."""
    opened = []

    def another(**options):
        opened.append(Database(path, **options))
        return opened[-1]

    yield another
    for database in opened:
        database.close()
