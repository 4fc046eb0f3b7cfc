// A TypeScript SDK's client over stdio: with_typescript.mjs COMMAND PACKAGE
// PACKAGE is @modelcontextprotocol/client (2.x) or @modelcontextprotocol/sdk (1.x).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const [command, name] = process.argv.slice(2);
const v1 = name.endsWith("/sdk");
const { Client } = await import(v1 ? `${name}/client/index.js` : name);
const { StdioClientTransport } = await import(v1 ? `${name}/client/stdio.js` : `${name}/stdio`);

const reply = "Thanks, Jane. We will be there on Thursday at 9.";
const { PATH, HOME } = process.env;
const client = new Client(
  { name: "front-desk", version: "1.0.0" },
  v1 ? {} : { versionNegotiation: { mode: "auto" } },
);
await client.connect(
  new StdioClientTransport({
    command,
    args: [],
    env: { PATH, HOME, QUO_MCP_TIME_ZONE: "America/Los_Angeles" },
  }),
);
try {
  const { tools } = await client.listTools();
  assert.ok(tools.some((tool) => tool.name === "quo_send_message"));
  const call = async (tool, args) => {
    const result = await client.callTool({ name: tool, arguments: args });
    assert.ok(!result.isError, JSON.stringify(result));
    return result.content.map((each) => each.text).join("");
  };
  const texts = () => call("quo_list_messages", { person: ["Jane Whitaker"], limit: 5 });

  const found = await call("quo_find_contacts", { query: "Jane Whitaker" });
  const [, number] = found.match(/Jane Whitaker.*\n.*?(\+1[ 0-9]+)/);
  const before = await texts();
  assert.match(before, /\n> /);
  assert.ok(!before.includes(reply));
  await call("quo_send_message", { to: number.replaceAll(" ", ""), text: reply });
  assert.ok((await texts()).includes(`> ${reply}`));
} finally {
  await client.close();
}
const { version } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8"));
console.log(`${name} ${version}: done`);
