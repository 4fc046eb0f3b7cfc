"""Documents generated from the code and pyproject.toml: README sections and everything in manifests/.

generated_files         all of them, and those that are no longer generated
├── readme, layout      the README's tables
├── registry            the MCP registry's server.json
├── bundle              the desktop bundle
├── plugin, skills      the Claude Code plugin and its marketplace
├── gemini              the Gemini CLI extension
├── docker              the image and its entry in Docker's MCP catalog
├── smithery            Smithery's entry
├── client_snippets     the configuration of each client, and the README's section about clients
└── manifests_readme    how to publish each of them
"""
