/** `cairn serve` against llama.cpp in a server, by node-llama-cpp, from the same GGUF file on two threads each: 1, 4 and 16 clients that ask again and again. */
import path from "node:path";
import { fetchModel } from "../kernel-helpers/models/index.ts";
import { closedLoop, type LoadReport } from "../kernel-helpers/serve/index.ts";
import type { Bench } from "./bench.ts";
import { PeerProcess } from "./peer-process.ts";

const [threads, slots, pairs] = [2, 16, 3];
const newTokens = 48;

const here = import.meta.dirname;
const topics = "rivers bread clocks paper whales maps tea bridges snow glass music salt wheels stars honey trains".split(" ");

/** No two prompts begin alike, so that no cache helps. */
let count = 0;
const bodyOf = (): object => {
  const topic = topics[count % topics.length]!;
  const content = `${count++}. Tell me in a few sentences what ${topic} are made of, where they come from, and why people have needed them for so long.`;
  return { model: "model", messages: [{ role: "user", content }], temperature: 0, max_tokens: newTokens };
};

async function inTurns(clients: number, measure: (report: LoadReport) => number): Promise<[number, number][]> {
  const file = Object.values((await fetchModel("SmolLM2-135M-Instruct")).files)[0]!;
  const sizes = [file, String(threads), String(slots)];
  await using ours = new PeerProcess(process.execPath, ["--import", "tsx", path.join(here, "serve-worker.ts"), ...sizes]);
  await using theirs = new PeerProcess(process.execPath, [path.join(here, "peers/llama-cpp-server.mjs"), ...sizes]);
  const urls = [await ours.next<{ url: string }>(), await theirs.next<{ url: string }>()];
  const measured: [number, number][] = [];
  for (let pair = 0; pair <= pairs; pair++) {
    const turn: number[] = [];
    for (const { url } of urls) {
      const report = await closedLoop({ baseUrl: `${url}/v1`, clients, requests: Math.max(4, 2 * clients), bodyOf });
      if (report.failed + report.refused > 0) throw new Error(`${report.failed} requests failed, ${report.refused} were refused`);
      turn.push(measure(report));
    }
    if (pair > 0) measured.push(turn as [number, number]);
  }
  return measured;
}

const benches: Bench[] = [1, 4, 16].flatMap((clients): Bench[] => {
  const peer = `llama.cpp by node-llama-cpp 3.22.1, SmolLM2-135M-Instruct, ${clients} ${clients === 1 ? "client" : "clients"}`;
  return [
    { name: `serve-throughput/${clients}`, peer, unit: "tokens/s", run: () => inTurns(clients, (report) => report.tokensPerSecond) },
    { name: `serve-ttft/${clients}`, peer: `${peer}, median`, unit: "s", run: () => inTurns(clients, (report) => report.firstToken.p50) },
  ];
});
export default benches;
