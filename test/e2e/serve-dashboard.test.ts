/// <reference lib="dom" />
/** The page that `cairn serve` shows at `/`: what is under way, while it is; readable by everybody, in light and dark; and nothing from elsewhere. */
import { rmSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serve, type ModelServer } from "../../kernel-helpers/serve/index.ts";
import { makeFolder, writeTinyChat } from "../serve/tiny-chat.ts";
import { close, launch, violations } from "./exported-page.ts";

const folder = makeFolder();
let browser: Browser;
let server: ModelServer;
beforeAll(async () => {
  const model = await writeTinyChat(folder);
  server = await serve({ models: [{ id: "tiny", model, slots: 2, slotTokens: 1000, threads: 1 }], port: 0, mostTokens: 950 });
  browser = await launch();
});
afterAll(async () => {
  await close(browser);
  await server.close();
  rmSync(folder, { recursive: true });
});

test.each(["light", "dark"] as const)("shows live requests, tokens per second and the cache, %s", async (colorScheme) => {
  const page = await browser.newPage({ colorScheme, viewport: { width: 1000, height: 900 }, bypassCSP: true }); // axe is a script of the test's
  const problems: string[] = [];
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("request", (request) => {
    if (!request.url().startsWith(server.url)) problems.push(`it asked for ${request.url()}`);
  });
  const stop = new AbortController();
  const asking = Promise.allSettled(
    Array.from({ length: 3 }, async () => {
      const body = JSON.stringify({ model: "tiny", messages: [{ role: "user", content: "x" }], max_tokens: 900 });
      while (!stop.signal.aborted) {
        const request = { method: "POST", headers: { "content-type": "application/json" }, body, signal: stop.signal };
        await (await fetch(`${server.url}/v1/chat/completions`, request)).text();
      }
    }),
  );
  await page.goto(server.url);
  await page.waitForFunction(() => Number(document.getElementById("speed")!.textContent) > 0);
  expect(Number(await page.textContent("#requests"))).toBeGreaterThanOrEqual(1);
  expect(await page.textContent("#state")).toBe("ready");
  expect(await page.textContent("#models")).toContain("tiny");
  expect(await page.textContent("#models")).toMatch(/of 2/);
  expect(await page.textContent("#cache")).toMatch(/^\d+ %$/);
  const picture = await page.screenshot({ fullPage: true });
  expect(picture.length).toBeGreaterThan(10_000); // an empty page of this size has less
  expect((await violations(page)).map(({ id }) => id)).toEqual([]);
  stop.abort();
  await asking;
  expect(problems).toEqual([]);
  await page.close();
});

test("runs under its own policy", async () => {
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  await page.goto(server.url);
  await page.waitForFunction(() => document.getElementById("state")!.textContent === "ready");
  expect(problems.filter((problem) => !problem.includes("favicon"))).toEqual([]);
  await page.close();
});
