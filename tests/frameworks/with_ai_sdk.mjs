// The AI SDK's client over stdio: with_ai_sdk.mjs COMMAND PACKAGE
// It probes with server/discover and falls back to initialize on the same pipe after a second. The second
// errand starts the command after two seconds, as a busy machine does.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const [command, name] = process.argv.slice(2);
const { createMCPClient } = await import(name);
const { Experimental_StdioMCPTransport: StdioTransport } = await import(`${name}/mcp-stdio`);

const { PATH, HOME } = process.env;
const env = { PATH, HOME, QUO_MCP_TIME_ZONE: "America/Los_Angeles", QUO_MCP_APPROVAL: "never" };
const reply = "Thanks, Jane. We will be there on Thursday at 9.";

async function errand(program, args) {
  const client = await createMCPClient({ transport: new StdioTransport({ command: program, args, env }) });
  try {
    const tools = await client.tools();
    const call = async (tool, input) => {
      const result = await tools[tool].execute(input, { toolCallId: tool, messages: [] });
      assert.ok(!result.isError, JSON.stringify(result));
      return result.content.map((each) => each.text).join("");
    };
    const texts = () => call("quo_list_messages", { person: ["Jane Whitaker"], limit: 5 });
    assert.ok(!(await texts()).includes(reply));
    await call("quo_send_message", { to: "Jane Whitaker", text: reply });
    assert.ok((await texts()).includes(`> ${reply}`));
  } finally {
    await client.close();
  }
}

await errand(command, []);
await errand("/bin/sh", ["-c", 'sleep 2; exec "$0"', command]);
const { version } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8"));
console.log(`${name} ${version}: done`);
