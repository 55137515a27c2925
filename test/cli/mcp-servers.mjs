/** Two programs for test/cli/mcp.test.ts: our tools as a server over stdin and stdout, and a server of the SDK's own making. */
import { createInterface } from "node:readline";

if (process.argv[2] === "ours") {
  const { calculator, defineTool } = await import("kernel-helpers/agents");
  const { serveMcpStdio } = await import("kernel-helpers/mcp");
  const slow = defineTool({ name: "slow", description: "Never ends", parameters: { type: "object" }, run: (_, { signal }) => new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("ended")))) }); // prettier-ignore
  await serveMcpStdio([calculator(), slow]);
} else if (process.argv[2] === "theirs") {
  const { McpServer } = await import("@modelcontextprotocol/sdk/server/mcp.js");
  const { StdioServerTransport } = await import("@modelcontextprotocol/sdk/server/stdio.js");
  const { z } = await import("zod");
  const server = new McpServer({ name: "theirs", version: "1.0.0" });
  server.registerTool("greet.someone", { description: "Greets", inputSchema: { name: z.string().min(1) }, annotations: { readOnlyHint: true } }, ({ name }) => ({ content: [{ type: "text", text: `你好, ${name}` }, { type: "image", data: "AAAA", mimeType: "image/png" }] })); // prettier-ignore
  server.registerTool("fail", { description: "Fails", inputSchema: {} }, () => ({ isError: true, content: [{ type: "text", text: "the line is dead" }] })); // prettier-ignore
  server.registerTool("env", { inputSchema: {} }, () => ({ content: [{ type: "text", text: JSON.stringify(Object.keys(process.env)) }] })); // prettier-ignore
  await server.connect(new StdioServerTransport());
} else {
  for await (const _ of createInterface({ input: process.stdin })) console.log("I speak another language");
}
