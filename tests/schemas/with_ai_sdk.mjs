// The AI SDK: the tools of its MCP client in generateText, with a scripted model.
import { createMCPClient } from "@ai-sdk/mcp";
import { generateText, stepCountIs } from "ai";
import { MockLanguageModelV4 } from "ai/test";
import { call, callArguments, checkResult, checkSchemas, url } from "./judge.mjs";

const prompts = [];
const model = new MockLanguageModelV4({
  doGenerate: async (options) => {
    prompts.push(options);
    const part =
      prompts.length === 1
        ? { type: "tool-call", toolCallId: "1", toolName: call, input: JSON.stringify(callArguments) }
        : { type: "text", text: "Done." };
    return {
      content: [part],
      finishReason: { unified: prompts.length === 1 ? "tool-calls" : "stop" },
      usage: { inputTokens: {}, outputTokens: {} },
      warnings: [],
    };
  },
});
const client = await createMCPClient({ transport: { type: "http", url } });
try {
  await generateText({ model, tools: await client.tools(), prompt: "Add Nora.", stopWhen: stepCountIs(2) });
} finally {
  await client.close();
}
checkResult(JSON.stringify(prompts[1].prompt.at(-1)));
checkSchemas("ai", Object.fromEntries(prompts[0].tools.map((tool) => [tool.name, tool.inputSchema])));
