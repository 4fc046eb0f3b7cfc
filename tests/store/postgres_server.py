"""A real PostgreSQL for tests, from the system's packages: python postgres_server.py COMMAND… runs a command with one.

The command gets its URL in QUO_MCP_TEST_DATABASE, and the tests of the database then use it instead of SQLite.
"""

import hashlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

FAST = "fsync=off\nfull_page_writes=off\nmax_connections=300\nshared_buffers=32MB\n"
VARIABLE = "QUO_MCP_TEST_DATABASE"


def find_binaries():
    """Return the folder of initdb and pg_ctl, or None."""
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parts[-2])
    found = shutil.which("initdb")
    folders = [*reversed(packaged), *([Path(found).resolve().parent] if found else [])]
    return next((path for path in folders if (path / "pg_ctl").exists()), None)


def schema_of(path):
    """Return the schema that stands for a database file, so that tests with files run on PostgreSQL too."""
    return f"t_{hashlib.sha256(str(path).encode()).hexdigest()[:20]}"


class PostgresServer:
    """A server on a free port of the loopback interface, in a temporary folder. As root, it runs as another user."""

    def __init__(self, *, durable=False):
        self._binaries = find_binaries()
        self._folder = Path(tempfile.mkdtemp(prefix="quo-mcp-postgres-"))
        self._user = "postgres" if os.name == "posix" and os.getuid() == 0 else None
        if self._user:
            entry = pwd.getpwnam(self._user)
            os.chown(self._folder, entry.pw_uid, entry.pw_gid)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"postgresql://quo:unguessable@127.0.0.1:{self.port}/postgres"
        self._run(
            "initdb", "-D", self._data, "-A", "trust", "-U", "quo", "-E", "UTF8", "--locale=C", "-N"
        )
        settings = f"listen_addresses='127.0.0.1'\nport={self.port}\nunix_socket_directories='{self._folder}'\n"
        with (Path(self._data) / "postgresql.conf").open("a") as file:
            file.write(settings + ("" if durable else FAST))
        self.start()

    @property
    def _data(self):
        return str(self._folder / "data")

    def start(self):
        self._run("pg_ctl", "-D", self._data, "-w", "-l", str(self._folder / "log"), "start")

    def stop(self, mode="fast"):
        self._run("pg_ctl", "-D", self._data, "-w", "-m", mode, "stop")

    def close(self):
        self.stop("immediate")
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, name, *arguments):
        done = subprocess.run(
            [str(self._binaries / name), *arguments],
            user=self._user,
            group=self._user,
            extra_groups=[] if self._user else None,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if name == "initdb" else subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            check=False,
        )
        assert done.returncode == 0, f"{name}: {done.stdout!r}"


if __name__ == "__main__":
    server = PostgresServer()
    try:
        status = subprocess.run(
            sys.argv[1:], env=os.environ | {VARIABLE: server.url}, check=False
        ).returncode
    finally:
        server.close()
    sys.exit(status)
