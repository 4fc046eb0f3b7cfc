"""Documents generated from the code and pyproject.toml: README sections and everything in manifests/.

readme                  the README's tables, and the check that generated files are up to date
manifests               every file in manifests/
├── registry            the MCP registry's server.json
├── bundle              the desktop bundle
├── plugin, skills      the Claude Code plugin and its marketplace
├── gemini              the Gemini CLI extension
├── docker              the image and its entry in Docker's MCP catalog
├── smithery            Smithery's entry
├── client_snippets     the configuration of each client, and the README's section about clients
└── manifests_readme    how to publish each of them
"""
