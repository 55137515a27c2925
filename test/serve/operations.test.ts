/** Who may ask and how much, what happens under too much load and when it ends, what is seen from outside. */
import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import net from "node:net";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LanguageModel } from "../../kernel-helpers/llm/index.ts";
import { serve, type ModelServer, type ReloadReport, type ServeOptions } from "../../kernel-helpers/serve/index.ts";
import { makeFolder, post, writeBrokenChat, writeTinyChat } from "./tiny-chat.ts";

const folder = makeFolder();
let model: string;
let other: string;
beforeAll(async () => {
  model = await writeTinyChat(folder);
  other = await writeTinyChat(folder, "other", 2);
});
afterAll(() => rmSync(folder, { recursive: true }));

const start = (options: Partial<ServeOptions> = {}, slots: number = 2): Promise<ModelServer> =>
  serve({ models: [{ id: "tiny", model, slots, slotTokens: 1000, threads: 1 }], port: 0, ...options });

const ask = (content: string, more: object = {}): object => ({
  model: "tiny",
  messages: [{ role: "user", content }],
  temperature: 0,
  max_tokens: 10,
  ...more,
});
const chat = (server: ModelServer): string => `${server.url}/v1/chat/completions`;
const long = { max_tokens: 900, temperature: 1 };
const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await setTimeout(5);
};
const underWay = (server: ModelServer): number => server.state.models[0]!.answering;

describe("keys", () => {
  const key = "a secret key";
  const sha256 = createHash("sha256").update(key).digest("hex");
  const bearer = { authorization: `Bearer ${key.replaceAll(" ", "-")}` };
  const hash = createHash("sha256").update(key.replaceAll(" ", "-")).digest("hex");

  test("are asked for, and only the right one is taken", async () => {
    await using server = await start({
      keys: [
        { name: "ann", sha256: hash },
        { name: "bob", sha256 },
      ],
    });
    expect(await post(chat(server), ask("a"))).toMatchObject({
      status: 401,
      json: { error: { code: "invalid_api_key", type: "authentication_error" } },
    });
    for (const authorization of ["Bearer wrong", "Bearer", "Basic YTpi", `Bearer ${hash}`]) {
      expect((await post(chat(server), ask("a"), { authorization })).status).toBe(401);
    }
    expect((await post(chat(server), ask("a"), bearer)).status).toBe(200);
    expect((await fetch(`${server.url}/v1/models`)).status).toBe(401);
    for (const path of ["/health", "/ready", "/metrics", "/", "/live"]) expect((await fetch(server.url + path)).status).toBe(200);
  });

  test.each<[string, object, string]>([
    ["requests a minute", { requestsPerMinute: 2 }, "this key may make 2 requests a minute"],
    ["tokens a minute", { tokensPerMinute: 50 }, "this key may make 50 tokens a minute"],
  ])("have a limit of %s", async (_, limit, message) => {
    await using server = await start({ keys: [{ name: "ann", sha256: hash, ...limit }] });
    const answers = [];
    for (let count = 0; count < 3; count++) answers.push(await post(chat(server), ask("a".repeat(10)), bearer));
    const refused = answers.at(-1)!;
    expect(answers[0]!.status).toBe(200);
    expect(refused).toMatchObject({ status: 429, json: { error: { type: "rate_limit_error", code: "rate_limit_exceeded" } } });
    expect(refused.json.error.message).toContain(message);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  });
});

describe("too much", () => {
  test("is refused at once with 429 and Retry-After, and what was accepted is answered", async () => {
    await using server = await start({ queue: 2 });
    const answers = await Promise.all(Array.from({ length: 12 }, (_, index) => post(chat(server), ask(`${index}`, { max_tokens: 40 }))));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(4); // two places and two that wait
    expect(statuses.filter((status) => status === 429)).toHaveLength(8);
    for (const { status, json, headers } of answers.filter((answer) => answer.status === 429)) {
      expect([status, json.error.code, Number(headers.get("retry-after")) >= 1]).toEqual([429, "server_overloaded", true]);
    }
    expect((await post(chat(server), ask("again"))).status).toBe(200);
  });

  test("from one client does not keep another waiting", async () => {
    const keys = ["ann", "bob"].map((name) => ({ name, sha256: createHash("sha256").update(name).digest("hex") }));
    await using server = await start({ keys }, 1);
    const ended: string[] = [];
    const request = async (name: string): Promise<void> => {
      await post(chat(server), ask(name, { max_tokens: 30 }), { authorization: `Bearer ${name}` });
      ended.push(name);
    };
    const anns = Array.from({ length: 6 }, () => request("ann"));
    await until(() => server.state.models[0]!.waiting === 5);
    await Promise.all([...anns, request("bob")]);
    expect(ended.indexOf("bob")).toBeLessThanOrEqual(2);
  });

  test("time is too much: 504", async () => {
    await using server = await start({ timeout: 0.3 });
    expect(await post(chat(server), ask("x", { ...long, max_tokens: 980 }))).toMatchObject({
      status: 504,
      json: { error: { type: "timeout_error" } },
    });
    await until(() => underWay(server) === 0);
  });
});

test("a client that goes frees its place, whether it streams or waits", async () => {
  await using server = await start();
  for (const stream of [true, false]) {
    const controller = new AbortController();
    const body = JSON.stringify(ask("x", { ...long, stream }));
    const asked = fetch(chat(server), { method: "POST", headers: { "content-type": "application/json" }, body, signal: controller.signal });
    await until(() => underWay(server) === 1);
    if (stream) await (await asked).body!.getReader().read();
    controller.abort();
    await asked.catch(() => {});
    await until(() => underWay(server) === 0);
  }
  expect((await post(chat(server), ask("still here"))).status).toBe(200);
});

test("answers are the same alone and in company, streamed or not", async () => {
  await using alone = await LanguageModel.load(model, { threads: 1 });
  await using server = await start({}, 4);
  const contents = Array.from({ length: 12 }, (_, index) => `${"same beginning ".repeat(8)}${index}`);
  const answers = await Promise.all(contents.map((content) => post(chat(server), ask(content, { max_tokens: 25 }))));
  for (const [index, content] of contents.entries()) {
    let text = "";
    for await (const part of alone.chat([{ role: "user", content }], { temperature: 0, maxNewTokens: 25 }))
      if (part.type === "text") text += part.text;
    expect(answers[index]!.json.choices[0].message.content).toBe(text);
  }
  expect(server.state.models[0]!.cachedTokens).toBeGreaterThan(0); // what the prompts share was read once
});

test("closing answers all that was asked, and takes nothing new", async () => {
  const server = await start();
  const asked = Array.from({ length: 5 }, (_, index) => post(chat(server), ask(`${index}`, { max_tokens: 60 })));
  await until(() => underWay(server) === 2 && server.state.models[0]!.waiting === 3);
  const closing = server.close();
  const statuses = (await Promise.all(asked)).map(({ status, json }) => [status, json.usage.completion_tokens > 0]);
  expect(statuses).toEqual(Array.from({ length: 5 }, () => [200, true]));
  await closing;
  await expect(fetch(`${server.url}/health`)).rejects.toThrow("fetch failed");
});

describe("hostile input", () => {
  let server: ModelServer;
  beforeAll(async () => void (server = await start({ bodyLimit: 4096 })));
  afterAll(() => server.close());

  test.each<[string, unknown, number]>([
    ["not JSON", "{", 400],
    ["no object", "[]", 400],
    ["too long", ask("x".repeat(5000)), 413],
    ["a prototype", '{"__proto__": {"model": "tiny"}, "messages": []}', 400],
    ["deep nesting", `${"[".repeat(1500)}${"]".repeat(1500)}`, 400],
    ["a path for a model", { ...ask("a"), model: "../../etc/passwd" }, 404],
    ["a schema that never ends", ask("a", { response_format: { type: "json_schema", json_schema: { schema: { $ref: "#" } } } }), 400],
  ])("%s is refused with an error of the API's form", async (_, body, status) => {
    const answer = await post(chat(server), body);
    expect([answer.status, Object.keys(answer.json.error).toSorted()]).toEqual([status, ["code", "message", "param", "type"]]);
    expect(JSON.stringify(answer.json)).not.toMatch(/node_modules|kernel-helpers|at .*\.(ts|js)/);
  });

  test("another type than JSON is refused", async () => {
    const answer = await post(chat(server), "model=tiny", { "content-type": "text/plain" });
    expect(answer.status).toBe(415);
  });

  test.each([
    "/../../etc/passwd",
    "/v1/models/..%2f..%2fetc%2fpasswd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/v1/files",
    "/static/../package.json",
  ])("%s leads nowhere", async (path) => {
    const { port, hostname } = new URL(server.url);
    const text = await new Promise<string>((resolve) => {
      let all = "";
      const socket = net.connect(Number(port), hostname, () =>
        socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`),
      );
      socket.on("data", (data) => (all += String(data))).on("close", () => resolve(all));
    });
    expect(text).toMatch(/^HTTP\/1\.1 404/);
    expect(text).not.toContain("root:");
  });
});

describe("an exchange of models", () => {
  const answerOf = async (server: ModelServer): Promise<string> =>
    (await post(chat(server), ask("who are you"))).json.choices[0].message.content;

  test("happens under load without one lost answer", async () => {
    await using server = await start();
    const before = await answerOf(server);
    const over = new AbortController();
    const statuses: number[] = [];
    const asking = (async () => {
      while (!over.signal.aborted) statuses.push((await post(chat(server), ask("load"))).status);
    })();
    const report = await server.reload("tiny", { to: { model: other }, gate: { questions: [{ prompt: "a", pattern: "" }] } });
    expect(report).toMatchObject({ outcome: "exchanged", gate: { score: 1 } });
    over.abort();
    await asking;
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(await answerOf(server)).not.toBe(before);
  });

  test("does not happen where the gate's questions are not answered", async () => {
    await using server = await start();
    const before = await answerOf(server);
    const gate = {
      questions: [
        { prompt: "The capital of France is", pattern: "Paris" },
        { prompt: "a", pattern: "" },
      ],
      threshold: 0.9,
    };
    expect(await server.reload("tiny", { to: { model: other }, gate })).toMatchObject({
      outcome: "refused by the gate",
      gate: { score: 0.5 },
    });
    expect(await answerOf(server)).toBe(before);
  });

  test("is made where the new version stands its trial, and taken back where it fails", async () => {
    await using server = await start();
    const before = await answerOf(server);
    const exchange = async (file: string): Promise<[ReloadReport, statuses: number[]]> => {
      const reloading = server.reload("tiny", { to: { model: file }, canary: { share: 0.5, requests: 4, failures: 1 } });
      let report: ReloadReport | undefined;
      const done = reloading.then((made) => (report = made));
      const statuses: number[] = [];
      for (const asked = new Set<number>(); report === undefined && asked.size < 500; asked.add(asked.size)) {
        statuses.push((await post(chat(server), ask("x"))).status);
      }
      return [await done, statuses];
    };
    const [taken, bad] = await exchange(await writeBrokenChat(folder));
    expect(taken).toMatchObject({ outcome: "rolled back", canary: { requests: 1, failures: 1 } });
    expect(bad.filter((status) => status !== 200)).toEqual([500]); // the one request of the trial
    expect(await answerOf(server)).toBe(before);
    const [made, good] = await exchange(other);
    expect(made).toMatchObject({ outcome: "exchanged", canary: { requests: 4, failures: 0 } });
    expect(new Set(good)).toEqual(new Set([200]));
    expect(await answerOf(server)).not.toBe(before);
  });

  test("is taken back where the canary's answers will not do, also where judging them fails", async () => {
    await using server = await start();
    const judges: [judge: (text: string) => boolean, outcome: string][] = [
      [() => false, "rolled back"],
      [
        () => {
          throw new Error("no idea");
        },
        "rolled back",
      ],
      [(text) => text.length > 0, "exchanged"],
    ];
    for (const [judge, outcome] of judges) {
      let report: ReloadReport | undefined;
      const done = server
        .reload("tiny", { to: { model: other }, canary: { share: 0.5, requests: 3, failures: 2, judge } })
        .then((made) => (report = made));
      for (let asked = 0; report === undefined && asked < 500; asked++) {
        expect((await post(chat(server), ask("x"))).status).toBe(200);
      }
      expect((await done).outcome).toBe(outcome);
    }
    expect(() => server.reload("tiny", { canary: { share: 2 } })).toThrow("canary.share must be > 0 and ≤ 1, got 2");
  });

  test("leaves the old one where the new one cannot be opened", async () => {
    await using server = await start();
    await expect(server.reload("tiny", { to: { model: `${folder}/none.gguf` } })).rejects.toThrow("none.gguf");
    expect((await post(chat(server), ask("a"))).status).toBe(200);
  });
});

test("models are opened when they are asked for, and closed for others within the memory there is", async () => {
  const models = [model, other].map((file, index) => ({
    id: `m${index}`,
    model: file,
    slots: 1,
    slotTokens: 512,
    prefixTokens: 0,
    threads: 1,
  }));
  await using server = await serve({ models, port: 0, preload: false, memory: 700_000 });
  const open = (): string[] => server.state.models.filter(({ isOpen }) => isOpen).map(({ id }) => id);
  expect(open()).toEqual([]);
  for (const id of ["m0", "m1", "m0"]) {
    expect((await post(chat(server), { ...ask("a"), model: id })).status).toBe(200);
    expect(open()).toEqual([id]);
  }
});

describe("what is seen from outside", () => {
  test("the log has a line for each answer, and of prompts nothing unless that is asked for", async () => {
    for (const logPrompts of [false, true]) {
      let log = "";
      await using server = await start({ log: { write: (line: string) => (log += line) }, logPrompts });
      await post(chat(server), ask("my secret"));
      await until(() => log.includes('"msg":"request"'));
      const lines = log
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(lines.find(({ msg }) => msg === "answered")).toMatchObject({ model: "tiny", newTokens: 10, client: "anyone" });
      expect(log.includes("my secret")).toBe(logPrompts);
    }
  });

  test("metrics count requests and tokens, and measure times", async () => {
    await using server = await start();
    await post(chat(server), ask("a"));
    await post(chat(server), ask("a", { temperature: 9 }));
    const text = await (await fetch(`${server.url}/metrics`)).text();
    expect(text).toContain('cairn_requests_total{route="/v1/chat/completions",status="200"} 1');
    expect(text).toContain('cairn_requests_total{route="/v1/chat/completions",status="400"} 1');
    expect(text).toContain('cairn_tokens_total{model="tiny",kind="new"} 10');
    expect(text).toContain('cairn_time_to_first_token_seconds_count{model="tiny"} 1');
    expect(text).toContain('cairn_time_per_output_token_seconds_count{model="tiny"} 1');
    expect(text).toMatch(/cairn_cache_capacity_tokens\{model="tiny"\} 2000/);
  });

  test("the page is one file that asks nobody but this server", async () => {
    await using server = await start();
    const response = await fetch(server.url);
    const page = await response.text();
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(page).not.toMatch(/https?:\/\//);
    expect(page.match(/<(script|link|img)[^>]*(src|href)="(?!data:)/g)).toBeNull();
  });
});
