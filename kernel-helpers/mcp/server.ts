/** Our tools as a server of the Model Context Protocol (modelcontextprotocol.io), by its official SDK: over the standard streams of a process, or over HTTP. */
import { timingSafeEqual, createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { CallToolRequestSchema, ErrorCode, ListToolsRequestSchema, McpError } from "@modelcontextprotocol/sdk/types.js";
import { argumentError, checkArray, checkInstance, checkInteger, checkOptions, checkText } from "../runtime/check.ts";
import { AgentTool } from "../agents/index.ts";

export interface McpServerOptions {
  /** What clients are told it is. @default "cairn" */
  name?: string;
  /** @default "0.1.0" */
  version?: string;
}

export interface McpHttpOptions extends McpServerOptions {
  /** @default 0: any that is free */
  port?: number;
  /** @default "127.0.0.1": this machine alone */
  host?: string;
  /** What clients have to send as a bearer token. Set one where others reach the port. @default none */
  token?: string;
}

/** A server that listens; close() ends it. */
export interface McpService {
  /** Of HTTP: "http://127.0.0.1:1234/mcp". */
  url: string;
  close(): Promise<void>;
}

/** Bytes of a request at most. */
const maxBody = 4_000_000;

/**
 * Serves tools over stdin and stdout until the client goes: the last line of a program that a client starts. Nothing else may write to stdout.
 *
 * @example
 * await serveMcpStdio([calculator()])
 */
export async function serveMcpStdio(tools: readonly AgentTool[], options: McpServerOptions = {}): Promise<void> {
  checkOptions("options", options, ["name", "version"]);
  const server = serverOf(tools, options);
  const gone = once(process.stdin, "end"); // so a client ends what it started
  await server.connect(new StdioServerTransport());
  await gone;
  await server.close();
}

/**
 * Serves tools over streamable HTTP, at /mcp. It keeps no sessions: each request stands for itself. Requests that name another host than this one are refused, so that
 * no web page reaches it by DNS rebinding.
 */
export async function serveMcpHttp(tools: readonly AgentTool[], options: McpHttpOptions = {}): Promise<McpService> {
  checkOptions("options", options, ["name", "version", "port", "host", "token"]);
  const { port = 0, host = "127.0.0.1", token } = options;
  checkInteger("port", port, { min: 0, max: 65_535 });
  checkText("host", host, { allowEmpty: false });
  if (token !== undefined) checkText("token", token, { allowEmpty: false });
  serverOf(tools, options); // wrong tools are refused now, not at the first request
  const http = createServer((request, response) => {
    void answer(request, response).catch(() => {
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  http.listen(port, host);
  await once(http, "listening");
  const place = `${host.includes(":") ? `[${host}]` : host}:${(http.address() as AddressInfo).port}`;
  const allowedHosts = [place, `localhost:${(http.address() as AddressInfo).port}`];

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refuse = (status: number, headers: Record<string, string> = {}): void => void response.writeHead(status, headers).end();
    if (new URL(request.url ?? "/", "http://localhost").pathname !== "/mcp") return refuse(404);
    if (token !== undefined && !isSame(request.headers.authorization ?? "", `Bearer ${token}`))
      return refuse(401, { "www-authenticate": "Bearer" });
    if (request.method !== "POST") return refuse(405, { allow: "POST" });
    if (Number(request.headers["content-length"] ?? 0) > maxBody) return refuse(413);
    const server = serverOf(tools, options);
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: undefined,
      enableJsonResponse: true,
      enableDnsRebindingProtection: true,
      allowedHosts,
      maxRequestBodySize: maxBody,
    } as never);
    response.on("close", () => void server.close());
    await server.connect(transport as never);
    await transport.handleRequest(request, response);
  }

  return {
    url: `http://${place}/mcp`,
    async close() {
      const closed = once(http, "close");
      http.close();
      http.closeAllConnections();
      await closed;
    },
  };
}

function serverOf(tools: readonly AgentTool[], { name = "cairn", version = "0.1.0" }: McpServerOptions): Server {
  checkArray("tools", tools, (at, tool) =>
    checkInstance(at, tool, AgentTool, { expected: "a tool", hint: "make it with defineTool({ … })" }),
  );
  const names = tools.map((tool) => tool.name);
  if (new Set(names).size < names.length) throw argumentError("tools", "tools of different names", tools);
  const server = new Server({ name: checkText("name", name), version: checkText("version", version) }, { capabilities: { tools: {} } });
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: tools.map((tool) => ({
      name: tool.name,
      description: tool.description,
      inputSchema: tool.parameters as { type: "object" },
      annotations: { readOnlyHint: !tool.hasEffects },
    })),
  }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal }) => {
    const tool = tools.find((one) => one.name === params.name);
    if (!tool) throw new McpError(ErrorCode.InvalidParams, `there is no tool ${params.name}`);
    const { content, error } = await tool.call(params.arguments ?? {}, { signal });
    return { content: [{ type: "text", text: content }], ...(error !== undefined && { isError: true }) };
  });
  return server;
}

/** In constant time. */
const isSame = (one: string, other: string): boolean => timingSafeEqual(digest(one), digest(other));
const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
