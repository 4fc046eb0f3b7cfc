"""A pretend world: Maton's gateway, its control plane and Quo's v1 API, played by one ASGI app.

It imports Starlette and the standard library only, and nothing of the server's own: a fake that
shared our records would share their mistakes.
"""

from quo_mcp.sandbox.asgi import Sandbox
from quo_mcp.sandbox.faults import Fault
from quo_mcp.sandbox.http import Dropped

__all__ = ["Dropped", "Fault", "Sandbox"]
