/** The Model Context Protocol between real processes: our server with the official client, our client with the official server, over streams and HTTP. */
import path from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { calculator, createAgent, defineTool } from "kernel-helpers/agents";
import { connectMcp, serveMcpHttp } from "kernel-helpers/mcp";
import { describe, expect, test } from "vitest";
import { call, scripted } from "../agents/scripted.ts";

const servers = path.join(import.meta.dirname, "mcp-servers.mjs");
const start = (which: string) => ({ command: process.execPath, args: [servers, which] });
const isGone = (pid: number): boolean => {
  try {
    return !process.kill(pid, 0);
  } catch {
    return true;
  }
};

describe("our tools as a server", () => {
  test("over streams: the official client lists and calls them; a failure is an error of the tool, and the process ends with its client", async () => {
    const transport = new StdioClientTransport(start("ours"));
    const client = new Client({ name: "test", version: "1" });
    await client.connect(transport);
    const { tools } = await client.listTools();
    expect(tools.map(({ name, annotations }) => [name, annotations])).toEqual([["calculator", { readOnlyHint: true }], ["slow", { readOnlyHint: true }]]); // prettier-ignore
    expect(tools[0]!.inputSchema).toMatchObject({ type: "object", required: ["expression"] });
    expect(await client.callTool({ name: "calculator", arguments: { expression: "6 * 7" } })).toEqual({
      content: [{ type: "text", text: "42" }],
    });
    expect(await client.callTool({ name: "calculator", arguments: { expression: "" } })).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining("invalid arguments") as string }],
    });
    await expect(client.callTool({ name: "nothing" })).rejects.toThrow("there is no tool nothing");
    await expect(client.callTool({ name: "slow" }, undefined, { timeout: 300 })).rejects.toThrow(/timed out/i);
    const pid = transport.pid!;
    await client.close();
    await expect.poll(() => isGone(pid)).toBe(true);
  });

  test("over HTTP: with a token, for this host alone, at one address, for requests of a sensible size", async () => {
    const service = await serveMcpHttp([calculator()], { token: "right" });
    try {
      const client = new Client({ name: "test", version: "1" });
      await client.connect(
        new StreamableHTTPClientTransport(new URL(service.url), { requestInit: { headers: { authorization: "Bearer right" } } }) as never,
      );
      expect(await client.callTool({ name: "calculator", arguments: { expression: "2^10" } })).toEqual({
        content: [{ type: "text", text: "1024" }],
      });
      await client.close();

      const ask = async (
        init: { path?: string; method?: string; body?: string; headers?: Record<string, string> } = {},
      ): Promise<number> => {
        const headers = {
          "content-type": "application/json",
          accept: "application/json, text/event-stream",
          authorization: "Bearer right",
          ...init.headers,
        };
        const body = init.method === "GET" ? null : (init.body ?? JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }));
        return (await fetch(new URL(init.path ?? "/mcp", service.url), { method: "POST", ...init, headers, body })).status;
      };
      expect(await ask()).toBe(200);
      expect(await ask({ headers: { authorization: "Bearer wrong" } })).toBe(401);
      expect(await ask({ path: "/../etc/passwd" })).toBe(404);
      expect(await ask({ method: "GET" })).toBe(405);
      expect(await ask({ body: "not JSON" })).toBe(400);
      expect(await ask({ body: "x".repeat(5_000_000) })).toBe(413);
      const port = new URL(service.url).port;
      const { request } = await import("node:http");
      const rebound = await new Promise<number>((resolve) => {
        const one = request(
          {
            port,
            host: "127.0.0.1",
            path: "/mcp",
            method: "POST",
            headers: {
              host: "evil.example",
              authorization: "Bearer right",
              "content-type": "application/json",
              accept: "application/json, text/event-stream",
            },
          },
          (answer) => resolve(answer.statusCode!),
        );
        one.end('{"jsonrpc":"2.0","id":1,"method":"tools/list"}');
      });
      expect(rebound).toBe(403);
    } finally {
      await service.close();
    }
    await expect(fetch(service.url)).rejects.toThrow("fetch failed");
  });
});

describe("a server's tools as ours", () => {
  test("over streams: names, schemas, results and errors; what changes something needs a person's word; our environment stays here", async () => {
    process.env["CAIRN_TEST_KEY"] = "secret";
    await using connection = await connectMcp(start("theirs"));
    const { tools, name } = connection;
    expect([name, tools.map((tool) => [tool.name, tool.description, tool.hasEffects])]).toEqual(["theirs", [["greet_someone", "Greets", false], ["fail", "Fails", true], ["env", "env", true]]]); // prettier-ignore
    const [greet, fail, env] = tools;
    expect(await greet!.call({ name: "小李" })).toMatchObject({ content: "你好, 小李\n[image: left out]", error: undefined });
    expect((await greet!.call({ name: "" })).error).toBe("invalid-arguments");
    expect(await fail!.call({})).toMatchObject({ content: "error: the line is dead", error: "failed" });
    expect([await greet!.needsApproval({ name: "x" }), await fail!.needsApproval({})]).toEqual([false, true]);
    expect((await env!.call({})).content).not.toContain("CAIRN_TEST_KEY");
    const agent = createAgent({ model: scripted([{ calls: [call("greet_someone", { name: "Li" })] }, { text: "Greeted." }]), tools });
    expect(await agent.run("Greet Li")).toMatchObject({ finishReason: "stop", text: "Greeted." });
  });

  test("over HTTP, ours with ours: what goes out comes in", async () => {
    const note = defineTool({ name: "note", description: "Notes", parameters: { type: "object", properties: { text: { type: "string" } }, required: ["text"] }, hasEffects: true, run: ({ text }) => ({ noted: text }) }); // prettier-ignore
    const service = await serveMcpHttp([calculator(), note], { name: "desk" });
    try {
      await using connection = await connectMcp({ url: service.url });
      expect([connection.name, connection.tools.map(({ hasEffects }) => hasEffects)]).toEqual(["desk", [false, true]]);
      expect(connection.tools.map(({ parameters }) => parameters)).toEqual([calculator().parameters, note.parameters]);
      expect((await connection.tools[1]!.call({ text: "一" })).content).toBe('{"noted":"一"}');
    } finally {
      await service.close();
    }
  });

  test("what is not there, or speaks another language, is said", async () => {
    await expect(connectMcp({ command: "/no/such/program" })).rejects.toThrow("the MCP server /no/such/program does not answer as one");
    await expect(connectMcp({ ...start("other"), timeout: 2 })).rejects.toThrow("does not answer as one");
    await expect(connectMcp({ url: "http://127.0.0.1:1/mcp" })).rejects.toThrow("does not answer as one");
    await expect(connectMcp({ url: "ftp://x" })).rejects.toThrow("url must be an http or https address");
    await expect(connectMcp({})).rejects.toThrow("options must be of a command or of a url");
  });
});
