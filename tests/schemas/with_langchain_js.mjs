// LangChain.js checks arguments itself, by the schema as it came.
import { MultiServerMCPClient } from "@langchain/mcp-adapters";
import { call, callArguments, checkResult, checkSchemas, url } from "./judge.mjs";

const client = new MultiServerMCPClient({ mcpServers: { quo: { transport: "http", url } } });
try {
  const tools = Object.fromEntries((await client.getTools()).map((tool) => [tool.name, tool]));
  checkResult(JSON.stringify(await tools[call].invoke(callArguments)));
  const schemas = Object.entries(tools).map(([name, tool]) => [name, tool.schema]);
  checkSchemas("@langchain/mcp-adapters", Object.fromEntries(schemas));
} finally {
  await client.close();
}
