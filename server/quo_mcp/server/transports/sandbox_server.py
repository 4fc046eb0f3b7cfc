"""The pretend gateway, for clients in any language."""

from quo_mcp.server.transports.http import bound, run_http


def serve_sandbox(port: int) -> None:
    """Serves the pretend gateway on this machine, for clients in any language.

    Raises:
        SystemExit: the port cannot be listened on.
    """
    from quo_mcp.sandbox import Sandbox  # noqa: PLC0415

    with bound("127.0.0.1", port) as door:
        port = door.getsockname()[1]
        print(  # noqa: T201 - nothing speaks MCP here
            f"The sandbox is at http://127.0.0.1:{port} (Ctrl-C ends it). To serve it over MCP:\n"
            f"  MATON_API_KEY=sandbox QUO_MCP_BASE_URL=http://127.0.0.1:{port} quo-mcp",
            flush=True,
        )
        run_http(Sandbox().app, door, seconds_to_finish=1)
