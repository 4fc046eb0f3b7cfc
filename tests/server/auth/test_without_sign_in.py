"""Without an issuer, nothing of the sign-in is loaded."""

import subprocess
import sys

import pytest

LOADED = """
import sys
from quo_mcp.config.settings import Settings
from quo_mcp.server.app import build_server
from quo_mcp.server.transports import stdio, streamable_http
build_server(Settings(http_token="a-token-that-is-long-enough"))
streamable_http.http_app(build_server(Settings()), Settings(), host="127.0.0.1", port=1)
print(sorted(name for name in sys.modules if name.split(".")[0] in ("jwt", "tomllib")
             or name.startswith("quo_mcp.server.auth.") or name.endswith("member_accounts")))
"""


@pytest.mark.parametrize("program", [LOADED])
def test_no_module_of_the_sign_in_is_imported(program):
    output = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert output.strip() == "['quo_mcp.server.auth.scopes']"
