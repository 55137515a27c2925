/** `cairn serve` as a process: it says where it is, ends in order, and comes back after it was killed. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { closedLoop } from "../../kernel-helpers/serve/index.ts";
import { makeFolder, writeTinyChat } from "../serve/tiny-chat.ts";

const folder = makeFolder();
let model: string;
beforeAll(async () => void (model = await writeTinyChat(folder)));
afterAll(() => rmSync(folder, { recursive: true }));

let child: ChildProcess | undefined;
afterEach(() => void child?.kill("SIGKILL"));

/** The library's own program, as `cairn serve` starts it, so that a signal reaches what serves. */
async function start(
  port: number,
  program: string[] = ["src/bin/cairn.js", "serve", `tiny=${model}`, "--port", `${port}`, "--slots", "4", "--threads", "1"],
): Promise<{ url: string; output: () => string }> {
  child = spawn(process.execPath, program, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stdout!.on("data", (data) => (said += String(data)));
  const url = await new Promise<string>((resolve, reject) => {
    let errors = "";
    child!.stderr!.on("data", (data) => {
      errors += String(data);
      const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(errors) ?? [];
      if (found) resolve(found);
    });
    child!.once("exit", (code) => reject(new Error(`it ended with ${code}: ${errors}`)));
  });
  return { url, output: () => said };
}

const bodyOf = (index: number): object => ({
  model: "tiny",
  messages: [{ role: "user", content: `question ${index % 3}` }],
  temperature: 0,
  max_tokens: 40,
});

test("SIGTERM lets it answer all that was asked, and then it ends with 0", async () => {
  const { url, output } = await start(0);
  const load = closedLoop({ baseUrl: `${url}/v1`, clients: 6, requests: 6, bodyOf });
  while ((await (await fetch(`${url}/live`)).json()).requests.length < 6) await new Promise(setImmediate);
  const exit = once(child!, "exit");
  child!.kill("SIGTERM");
  expect(await load).toMatchObject({ answered: 6, failed: 0, refused: 0 });
  expect(await exit).toEqual([0, null]);
  expect(output()).toContain('"msg":"answered"');
  expect(output()).not.toContain("question");
});

test("killed and started again under load, it gives clients errors or right answers, and no others", async () => {
  const options = JSON.stringify({ models: [{ id: "tiny", model, slots: 4, threads: 1 }], port: 0 });
  const program = ["kernel-helpers/dist/serve/serve-cli.js", options];
  const first = await start(0, program);
  const right = await closedLoop({ baseUrl: `${first.url}/v1`, clients: 1, requests: 3, bodyOf });
  const texts = right.results.map(({ text }) => text);
  const load = closedLoop({ baseUrl: `${first.url}/v1`, clients: 4, requests: 200, bodyOf });
  while ((await (await fetch(`${first.url}/live`)).json()).requests.length < 3) await new Promise(setImmediate);
  const exit = once(child!, "exit");
  child!.kill("SIGKILL");
  await exit;
  const port = Number(new URL(first.url).port);
  await start(port, ["kernel-helpers/dist/serve/serve-cli.js", JSON.stringify({ ...JSON.parse(options), port })]);
  const { results, failed } = await load;
  expect(failed).toBeGreaterThan(0); // those under way when it was killed
  for (const { isWhole, text } of results) if (isWhole) expect(texts).toContain(text);
  const after = await closedLoop({ baseUrl: `http://127.0.0.1:${port}/v1`, clients: 2, requests: 3, bodyOf });
  expect(after.results.map(({ text }) => text).toSorted()).toEqual(texts.toSorted());
});

test("what is wrong on the command line is said, with 2", async () => {
  for (const [words, message] of [
    [[], "there is no model to serve"],
    [["tiny.gguf", "--port", "x"], "--port must be a number"],
  ] as const) {
    const process_ = spawn(process.execPath, ["src/bin/cairn.js", "serve", ...words], { stdio: ["ignore", "pipe", "pipe"] });
    let errors = "";
    process_.stderr.on("data", (data) => (errors += String(data)));
    expect((await once(process_, "exit"))[0]).toBe(2);
    expect(errors).toContain(message);
  }
});
