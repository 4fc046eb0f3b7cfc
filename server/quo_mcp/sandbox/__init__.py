"""The sandbox: one ASGI app that simulates Maton's gateway, its control plane and Quo's v1 API.

The room imports Starlette and the standard library only. It shares no code with the server, so that
the two cannot share a mistake.
"""

from quo_mcp.sandbox.asgi import Sandbox
from quo_mcp.sandbox.faults import Fault
from quo_mcp.sandbox.http import ConnectionDropped

__all__ = ["ConnectionDropped", "Fault", "Sandbox"]
