#!/bin/sh
# Drives the server with the MCP Inspector's command line: over stdio and over HTTP.
# Usage: tests/inspector/run.sh [PYTHON]. Not part of the default test run: it installs Node 22, which the
# Inspector needs, and the Inspector itself with npm, into a temporary folder. Any failure ends it loudly.
set -eu

python=${1:-python3}
folder=$(mktemp -d)
server=
trap 'test -z "$server" || kill "$server"; rm -rf "$folder"' EXIT

fail() {
    echo "FAILED: $1" >&2
    test ! -f "$folder/out" || head -c 2000 "$folder/out" >&2
    exit 1
}

# What the Inspector prints must hold a text: expect TEXT NAME ARGUMENTS…
expect() {
    text=$1 name=$2
    shift 2
    mcp-inspector --cli "$@" >"$folder/out" 2>&1 || fail "$name: exit status $?"
    grep -q -- "$text" "$folder/out" || fail "$name: no \"$text\" in the output"
    echo "ok: $name"
}

npm install --silent --no-audit --no-fund --prefix "$folder" node@22 @modelcontextprotocol/inspector \
    || fail "npm install"
# The package `node` gets its program from an install script, which npm may be set not to run.
test -x "$folder/node_modules/node/bin/node" || node "$folder/node_modules/node/installArchSpecificPackage.js" || true
PATH="$folder/node_modules/node/bin:$folder/node_modules/.bin:$PATH"
export PATH
case $(node --version) in
    v2[2-9].* | v[3-9][0-9].*) ;;
    *) fail "the Inspector needs Node 22 or newer; this is $(node --version)" ;;
esac

unset MATON_API_KEY
export QUO_MCP_STATE_DIR="$folder/state"

serve="$python -m quo_mcp"
# shellcheck disable=SC2086 # a command and its arguments
{
    expect quo_send_message "stdio: tools/list" $serve --method tools/list
    expect "Front Desk" "stdio: a read" $serve --method tools/call --tool-name quo_list_phone_numbers
    expect "Jane Whitaker" "stdio: a call with arguments" \
        $serve --method tools/call --tool-name quo_find_contacts --tool-arg "query=Jane Whitaker" limit=1
}

$serve serve --http --port 0 2>"$folder/server" &
server=$!
tries=0
until url=$(grep -o 'http://[^ ]*/mcp' "$folder/server"); do
    tries=$((tries + 1))
    test $tries -lt 300 || fail "the HTTP server did not start"
    sleep 0.1
done
expect quo_send_message "HTTP: tools/list" "$url" --transport http --method tools/list
expect "Front Desk" "HTTP: a read" "$url" --transport http --method tools/call --tool-name quo_list_phone_numbers
echo "The Inspector works with it."
