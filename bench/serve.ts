/**
 * `cairn serve` against llama.cpp's own server, which xllamacpp packs, from the same GGUF file: 1, 4 and 16 clients that ask again and again. On one thread
 * each: llama.cpp's threads wait for each other by spinning, so on a machine with other work two of them hardly get on, and nothing is compared.
 */
import path from "node:path";
import { fetchModel } from "../kernel-helpers/models/index.ts";
import { closedLoop } from "../kernel-helpers/serve/index.ts";
import type { Bench } from "./bench.ts";
import { PeerProcess } from "./peer-process.ts";

const [threads, slots, pairs] = [1, 16, 3];
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

interface Turn {
  tokensPerSecond: number;
  firstToken: number;
  /** Tokens in a second of processor time. */
  tokensPerProcessorSecond: number;
}

async function turnOf(server: PeerProcess, url: string, clients: number): Promise<Turn> {
  const seconds = async (): Promise<number> => (await server.ask<{ processorSeconds: number }>({})).processorSeconds;
  const before = await seconds();
  const report = await closedLoop({ baseUrl: `${url}/v1`, clients, requests: Math.max(4, 2 * clients), bodyOf });
  if (report.failed + report.refused > 0) throw new Error(`${report.failed} requests failed, ${report.refused} were refused`);
  const tokens = report.tokensPerSecond * report.seconds;
  return {
    tokensPerSecond: report.tokensPerSecond,
    firstToken: report.firstToken.p50,
    tokensPerProcessorSecond: tokens / ((await seconds()) - before),
  };
}

async function inTurns(clients: number): Promise<[ours: Turn, theirs: Turn][]> {
  const file = Object.values((await fetchModel("SmolLM2-135M-Instruct")).files)[0]!;
  const sizes = [file, String(threads), String(slots)];
  await using ours = new PeerProcess(process.execPath, ["--import", "tsx", path.join(here, "serve-worker.ts"), ...sizes]);
  await using theirs = new PeerProcess(".venv/bin/python", [path.join(here, "peers/llama-cpp-server.py"), ...sizes]);
  const [ourUrl, theirUrl] = [(await ours.next<{ url: string }>()).url, (await theirs.next<{ url: string }>()).url];
  const measured: [Turn, Turn][] = [];
  for (let pair = 0; pair <= pairs; pair++) {
    const turn: [Turn, Turn] = [await turnOf(ours, ourUrl, clients), await turnOf(theirs, theirUrl, clients)];
    if (pair > 0) measured.push(turn); // the first one warms up
  }
  return measured;
}

/** All figures of so many clients come of one run. */
const runs = new Map<number, ReturnType<typeof inTurns>>();
async function figures(clients: number, of: (turn: Turn) => number): Promise<[number, number][]> {
  if (!runs.has(clients)) runs.set(clients, inTurns(clients));
  return (await runs.get(clients)!).map(([ours, theirs]) => [of(ours), of(theirs)]);
}

const benches: Bench[] = [1, 4, 16].flatMap((clients): Bench[] => {
  const peer = `llama.cpp's server by xllamacpp 2026.10.11549, SmolLM2-135M-Instruct, one thread each, ${clients} ${clients === 1 ? "client" : "clients"}`;
  return [
    { name: `serve-throughput/${clients}`, peer, unit: "tokens/s", run: () => figures(clients, (turn) => turn.tokensPerSecond) },
    { name: `serve-ttft/${clients}`, peer: `${peer}, median`, unit: "s", run: () => figures(clients, (turn) => turn.firstToken) },
    {
      name: `serve-processor/${clients}`,
      peer,
      unit: "tokens per processor second",
      run: () => figures(clients, (turn) => turn.tokensPerProcessorSecond),
    },
  ];
});
export default benches;
