/**
 * `npx tsx bench/programs/serve/soak.ts [--minutes 10] [--clients 2] > docs/serving/soak.csv`: a server in a process of its own answers without a pause, and
 * every few seconds its memory is read. Then it is killed under load, without a warning, and started again on the same port. Each answer is compared
 * with what the model writes for a client that is alone: a line at the end says how many were wrong.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { closedLoop, type LoadReport } from "../../../kernel-helpers/dist/serve/index.js";

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "10" }, clients: { type: "string", default: "2" }, model: { type: "string" } },
});
const model = values.model ?? "SmolLM2-135M-Instruct";
const subjects = ["a lake", "a clock that is slow", "bread", "the tide", "a whale, which is not a fish at all", "snow"];
const bodyOf = (index: number): object => ({
  model: "model",
  messages: [{ role: "user", content: `Describe ${subjects[index % subjects.length]} in one sentence.` }],
  temperature: 0,
  max_tokens: 8 + 8 * (index % subjects.length), // answers of different length come and go
});

let child: ChildProcess;
async function start(port: number): Promise<string> {
  const options = { models: [{ id: "model", model, slots: 4, slotTokens: 512 }], port };
  child = spawn(process.execPath, ["kernel-helpers/dist/serve/serve-cli.js", JSON.stringify(options)], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  for await (const piece of child.stderr!) {
    said += String(piece);
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(said) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error(`the server ended: ${said}`);
}

/** Megabytes that the server has in memory. */
const memory = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))![1]) / 1024;

const first = await start(0);
const alone = await closedLoop({ baseUrl: `${first}/v1`, clients: 1, requests: subjects.length, bodyOf });
const right = alone.results.toSorted((one, other) => one.index - other.index).map(({ text }) => text);
const wrong = ({ results }: LoadReport): number =>
  results.filter(({ isWhole, text, index }) => isWhole && text !== right[index % right.length]).length;

console.log("seconds,MB,answered,wrong,failed");
const began = performance.now();
const seconds = (): number => (performance.now() - began) / 1000;
const total = { answered: 0, wrong: 0, failed: 0 };
while (seconds() < 60 * Number(values.minutes)) {
  const report = await closedLoop({ baseUrl: `${first}/v1`, clients: Number(values.clients), requests: 6, bodyOf });
  total.answered += report.answered;
  total.failed += report.failed + report.refused;
  total.wrong += wrong(report);
  console.log([seconds().toFixed(0), memory().toFixed(1), total.answered, total.wrong, total.failed].join(","));
}

const { port } = new URL(first);
let asked = 0;
const counted = (index: number): object => {
  asked++;
  return bodyOf(index);
};
const load = closedLoop({ baseUrl: `${first}/v1`, clients: 4, requests: 40, bodyOf: counted });
while (asked < 10) await new Promise((resolve) => setTimeout(resolve, 50)); // six are answered, four under way
const exit = once(child!, "exit");
child!.kill("SIGKILL");
await exit;
const again = await start(Number(port));
const under = await load;
const after = await closedLoop({ baseUrl: `${again}/v1`, clients: 4, requests: 12, bodyOf });
console.error(`killed under load: ${under.answered} answered, ${under.failed} failed, ${wrong(under)} wrong`);
console.error(`started again: ${after.answered} answered, ${after.failed} failed, ${wrong(after)} wrong`);
child!.kill("SIGTERM");
