/** The generator of load measures what a server did, and what it kept others waiting for. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { closedLoop, openLoop, percentiles } from "../../kernel-helpers/serve/index.ts";

let server: Server | undefined;
afterEach(() => void server?.close());

/** A server that streams `tokens` words, after `wait` milliseconds; 0 tokens are a refusal. */
async function start(answer: (index: number) => { wait: number; tokens: number }): Promise<string> {
  let count = 0;
  server = createServer((request, response) => {
    request.resume().on("end", async () => {
      const { wait, tokens } = answer(count++);
      if (tokens === 0) return response.writeHead(429).end("{}");
      await setTimeout(wait);
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (let token = 0; token < tokens; token++)
        response.write(`data: ${JSON.stringify({ choices: [{ delta: { content: `${token} ` } }] })}\n\n`);
      response.write(`data: ${JSON.stringify({ choices: [], usage: { completion_tokens: tokens } })}\n\n`);
      return response.end("data: [DONE]\n\n");
    });
  });
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const bodyOf = (): object => ({ model: "m", messages: [] });

describe("an open loop", () => {
  test("counts answers, refusals and tokens", async () => {
    const baseUrl = await start((index) => ({ wait: 1, tokens: index % 4 === 3 ? 0 : 5 }));
    const report = await openLoop({ baseUrl, rate: 400, requests: 40, bodyOf });
    expect(report).toMatchObject({ answered: 30, refused: 10, failed: 0 });
    expect(report.tokensPerSecond * report.seconds).toBeCloseTo(150, 6);
    expect(report.results[0]!.text).toBe("0 1 2 3 4 ");
    const each = report.results.filter(({ isWhole }) => isWhole).map(({ total }) => total / 5);
    expect(report.perTokenWithWaiting.p99).toBe(Math.max(...each));
  });

  test("goes on asking while the server is held up, and counts what it kept waiting", async () => {
    let isFirst = true;
    const held = setTimeout(400);
    const baseUrl = await start(() => ({ wait: 0, tokens: 1 }));
    const listeners = server!.listeners("request") as ((...args: unknown[]) => void)[];
    server!.removeAllListeners("request");
    server!.on(
      "request",
      (...args: unknown[]) => void (isFirst ? held.then(() => (isFirst = false)) : Promise.resolve()).then(() => listeners[0]!(...args)),
    );
    const { firstToken, results } = await openLoop({ baseUrl, rate: 200, requests: 40, bodyOf });
    // a loop that waits for answers would have seen one slow request of 40
    expect(results.filter((result) => result.firstToken! > 0.15).length).toBeGreaterThan(20);
    expect(firstToken.p50).toBeGreaterThan(0.15);
  });

  test("counts within its target what is good", async () => {
    const baseUrl = await start((index) => ({ wait: index % 2 === 0 ? 0 : 700, tokens: 2 }));
    const report = await openLoop({ baseUrl, rate: 100, requests: 10, bodyOf, target: { firstToken: 0.5, perToken: 5 } });
    expect(report.goodput * report.seconds).toBeCloseTo(5, 6);
  });
});

test("a closed loop has as many requests under way as it has clients", async () => {
  let [now, most] = [0, 0];
  const baseUrl = await start(() => ({ wait: 30, tokens: 1 }));
  server!.prependListener("request", (_request, response) => {
    most = Math.max(most, ++now);
    response.on("close", () => now--);
  });
  const report = await closedLoop({ baseUrl, clients: 3, requests: 12, bodyOf });
  expect([report.answered, most]).toEqual([12, 3]);
});

test("percentiles are by nearest rank", () => {
  // the example of en.wikipedia.org/wiki/Percentile
  expect(percentiles([50, 15, 35, 20, 40])).toEqual({ p50: 35, p95: 50, p99: 50 });
});
