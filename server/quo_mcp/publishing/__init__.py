"""What clients and catalogues read about this server, written from the code and pyproject.toml.

folder              every file under manifests/
├── registry        the MCP registry's server.json
├── bundle          the desktop bundle
├── plugin skills   the Claude Code plugin, and the marketplace that offers it
├── gemini          the Gemini CLI extension
├── docker          the image, and its entry in Docker's catalogue
├── smithery        Smithery's entry
├── clients         a snippet for each client; the README's section with links
└── guide           where each of them goes
"""
