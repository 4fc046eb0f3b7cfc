#!/usr/bin/env bash
# The tool descriptions against the Tool Definition Quality Score's checklist: all tools, and those on by default.
set -euo pipefail
server=$(cd "$(dirname "$0")/../.." && pwd)/.venv/bin/quo-mcp
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

python3 -m venv "$folder"
"$folder/bin/pip" install --quiet tdqs==0.1.0
for toolsets in "" QUO_MCP_TOOLSETS=all; do # said in the command: tdqs hands no other variables on
    # Notes are left out: each says that there is no output schema. We answer in text, which is what a model reads.
    timeout 20 "$folder/bin/tdqs" lint --command "env $toolsets $server" --fail-on warning >"$folder/said" || {
        cat "$folder/said"
        exit 1
    }
    echo "${toolsets:-by default}: $(tail -1 "$folder/said")"
done
