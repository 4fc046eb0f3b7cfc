"""`python -m quo_mcp` is the command `quo-mcp`."""

from quo_mcp.cli import main

raise SystemExit(main())
