/** Searching: an index, and a service of the web that is played by a server here. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { searchTool, webSearchTool } from "../../../kernel-helpers/agents/index.ts";
import { loadHandbook } from "../../../kernel-helpers/data/index.ts";
import { chunk, handbookGold, KeywordRetriever } from "../../../kernel-helpers/rag/index.ts";

test("the handbook's index answers with passages, and says where there are none", async () => {
  const { documents } = handbookGold(await loadHandbook());
  const tool = searchTool(new KeywordRetriever(documents.flatMap((document) => chunk(document))), { topK: 2, threshold: 0.2 });
  const { value } = await tool.call({ query: "probation period" });
  expect(value).toHaveLength(2);
  expect((value as { text: string }[])[0]!.text).toMatch(/probation/i);
  expect((await tool.call({ query: "zebra quantum football" })).content).toBe("nothing was found");
  expect((await tool.call({ query: "" })).error).toBe("invalid-arguments");
  expect(() => searchTool({} as never)).toThrow("retriever must be a retriever");
});

describe("the web", () => {
  let server: Server;
  let endpoint = "";
  const asked: { headers: IncomingMessage["headers"]; body: unknown }[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      void (async () => {
        let text = "";
        for await (const piece of request) text += String(piece);
        asked.push({ headers: request.headers, body: JSON.parse(text) });
        const { query } = JSON.parse(text) as { query: string };
        if (query === "elsewhere") response.writeHead(302, { location: "http://127.0.0.1:1/steal" }).end();
        else if (request.headers.authorization !== "Bearer right") response.writeHead(401).end("{}");
        else if (query === "odd") response.end('{"results": 5}');
        else
          response.end(
            JSON.stringify({
              results: [1, 2, 3].map((n) => ({ title: `t${n}`, url: `https://example.org/${n}`, content: `c${n}`, score: 0.5 })),
            }),
          );
      })();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/search`;
  });
  afterAll(() => void server.close());

  test("is searched with a key, which goes into the header, and is not a tool without one", async () => {
    const tool = webSearchTool({ apiKey: "right", endpoint, topK: 2 })!;
    expect((await tool.call({ query: "cups" })).value).toEqual(
      [1, 2].map((n) => ({ source: `https://example.org/${n}`, title: `t${n}`, text: `c${n}` })),
    );
    expect(asked.at(-1)!.body).toEqual({ query: "cups", max_results: 2 });
    expect(webSearchTool({ endpoint, apiKey: "" })).toBeUndefined();
  });

  test("refuses a wrong key, a redirection, and an answer of another form; errors never show the key", async () => {
    for (const [apiKey, query, problem] of [
      ["wrong", "cups", "refused the key"],
      ["right", "elsewhere", "cannot be reached"],
      ["right", "odd", "sent no results"],
    ] as const) {
      const { error, content } = await webSearchTool({ apiKey, endpoint })!.call({ query });
      expect([error, content.includes(problem), content.includes(apiKey)]).toEqual(["failed", true, false]);
    }
  });
});
