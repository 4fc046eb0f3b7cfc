"""The sandbox API over HTTP, for clients in any language."""

from quo_mcp.server.transports.http import listen, run_http


def serve_sandbox(port: int) -> None:
    """Serve the sandbox API on 127.0.0.1 until interrupted.

    Raises:
        SystemExit: the port cannot be bound.
    """
    from quo_mcp.sandbox import Sandbox  # noqa: PLC0415

    with listen("127.0.0.1", port) as listener:
        port = listener.getsockname()[1]
        print(  # noqa: T201 - this process does not speak MCP on stdout
            f"The sandbox is at http://127.0.0.1:{port} (Ctrl-C ends it). To serve it over MCP:\n"
            f"  MATON_API_KEY=sandbox QUO_MCP_BASE_URL=http://127.0.0.1:{port} quo-mcp",
            flush=True,
        )
        run_http(Sandbox().app, listener, seconds_to_finish=1)
