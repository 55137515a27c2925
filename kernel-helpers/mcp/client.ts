/** Tools of any server of the Model Context Protocol as ours, by its official SDK. */
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { defineTool, type AgentTool } from "../agents/index.ts";
import { FormatError, UnavailableError } from "../errors.ts";
import type { JsonSchema } from "../llm/index.ts";
import { argumentError, checkArray, checkFunction, checkNumber, checkObject, checkOptions, checkText } from "../runtime/check.ts";

export interface McpConnectOptions {
  /** A program that speaks the protocol over its standard streams: it is started, and ended by close(). */
  command?: string;
  args?: readonly string[];
  /** Its environment, beside PATH, HOME and the like; no other variable of ours reaches it. */
  env?: Readonly<Record<string, string>>;
  /** Or the address of one that listens. */
  url?: string;
  /** Sent with each request, such as { authorization: "Bearer …" }. */
  headers?: Readonly<Record<string, string>>;
  /** Which tools need a person's word. What a server says about its tools is its word alone. @default all but those that say that they only read */
  needsApproval?: (tool: { name: string; isReadOnly: boolean }) => boolean;
  /** Seconds for the beginning, and for each call. @default 30 */
  timeout?: number;
}

export interface McpConnection extends AsyncDisposable {
  /** Of the server, as it calls itself. */
  name: string;
  tools: readonly AgentTool[];
  close(): Promise<void>;
}

/** Pages of a list at most: a server that never ends its list is not read for ever. */
const maxPages = 50;

/**
 * @throws {UnavailableError} The server cannot be started or reached.
 * @example
 * const { tools, close } = await connectMcp({ command: 'npx', args: ['-y', '@modelcontextprotocol/server-everything'] })
 */
export async function connectMcp(options: McpConnectOptions): Promise<McpConnection> {
  const known = ["command", "args", "env", "url", "headers", "needsApproval", "timeout"];
  checkOptions("options", checkObject("options", options, { hint: "pass { command, args } or { url }" }), known);
  const { command, args = [], env = {}, url, headers = {}, timeout = 30, needsApproval = ({ isReadOnly }) => !isReadOnly } = options;
  if ((command === undefined) === (url === undefined))
    throw argumentError("options", "of a command or of a url", options, { hint: "pass one of the two" });
  checkArray("args", args, checkText);
  checkFunction("needsApproval", needsApproval);
  const timeoutMs = checkNumber("timeout", timeout, { above: 0, max: 86_400 }) * 1000;
  const transport =
    url === undefined
      ? new StdioClientTransport({
          command: checkText("command", command, { allowEmpty: false }),
          args: [...args],
          env: { ...env },
          stderr: "ignore",
        })
      : new StreamableHTTPClientTransport(checkUrl(url), { requestInit: { headers: { ...headers } } });
  const client = new Client({ name: "cairn", version: "0.1.0" });
  const place = url ?? [command, ...args].join(" ");
  try {
    await client.connect(transport as never, { timeout: timeoutMs });
    const tools: AgentTool[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < maxPages; page++) {
      const listed = await client.listTools(cursor === undefined ? {} : { cursor }, { timeout: timeoutMs });
      for (const tool of listed.tools) {
        const isReadOnly = tool.annotations?.readOnlyHint === true;
        tools.push(toolOf(client, tool, { timeout, isReadOnly, needsApproval: needsApproval({ name: tool.name, isReadOnly }) }));
      }
      cursor = listed.nextCursor;
      if (cursor === undefined) break;
    }
    const close = (): Promise<void> => client.close();
    return { name: client.getServerVersion()?.name ?? place, tools, close, [Symbol.asyncDispose]: close };
  } catch (cause) {
    await client.close().catch(() => {});
    throw new UnavailableError(`the MCP server ${place} does not answer as one: ${(cause as Error).message}`, {
      hint: "check that it starts, or that the address ends in what the server listens at, such as /mcp",
      cause,
      facts: { place },
    });
  }
}

function toolOf(
  client: Client,
  { name, description = "", inputSchema }: { name: string; description?: string | undefined; inputSchema: object },
  { timeout, isReadOnly, needsApproval }: { timeout: number; isReadOnly: boolean; needsApproval: boolean },
): AgentTool {
  return defineTool({
    name: name.replaceAll(/[^a-zA-Z0-9_-]/g, "_").slice(0, 64),
    description: description === "" ? name : description,
    parameters: inputSchema as JsonSchema,
    hasEffects: !isReadOnly,
    needsApproval,
    timeout,
    async run(given, { signal }) {
      const { content, isError } = await client.callTool({ name, arguments: given }, undefined, { signal, timeout: timeout * 1000 + 1000 });
      const text = textOf(name, content);
      if (isError === true) throw new Error(text.replace(/^error: /, ""));
      return text;
    },
  });
}

/** Models here read text: what else comes is named. */
function textOf(name: string, content: unknown): string {
  if (!Array.isArray(content))
    throw new FormatError(`the tool ${name} sent no content`, { hint: "the server does not keep to the protocol" });
  return (content as { type?: string; text?: string; resource?: { text?: string; uri?: string }; uri?: string }[])
    .map(({ type, text, resource, uri }) =>
      type === "text" ? (text ?? "") : (resource?.text ?? `[${type}: ${uri ?? resource?.uri ?? "left out"}]`),
    )
    .join("\n");
}

function checkUrl(url: string): URL {
  checkText("url", url);
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) throw argumentError("url", "an http or https address", url);
  return new URL(url);
}
