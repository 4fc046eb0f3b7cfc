#!/bin/sh
# Calls every tool with the MCP Inspector's command line, over stdio and over HTTP.
# Usage: tests/inspector/run.sh [PYTHON]. Not part of the default test run: it installs Node 22, which the
# Inspector needs, and the Inspector itself with npm, into a temporary folder. Any failure ends it loudly.
set -eu

python=${1:-python3}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

npm install --silent --no-audit --no-fund --prefix "$folder" node@22 @modelcontextprotocol/inspector
# The package `node` gets its program from an install script, which npm may be set not to run.
test -x "$folder/node_modules/node/bin/node" || node "$folder/node_modules/node/installArchSpecificPackage.js" || true
PATH="$folder/node_modules/node/bin:$folder/node_modules/.bin:$PATH"
export PATH
case $(node --version) in
    v2[2-9].* | v[3-9][0-9].*) ;;
    *)
        echo "FAILED: the Inspector needs Node 22 or newer; this is $(node --version)" >&2
        exit 1
        ;;
esac

"$python" "$(dirname "$0")/tour.py"
