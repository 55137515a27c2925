/** A GPT on random tokens, of the size that it is asked for. */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import type { TrainingTask } from "../../../kernel-helpers/distributed/index.ts";
import { GPT } from "../../../kernel-helpers/llm/index.ts";
import { AdamW } from "../../../kernel-helpers/optim/index.ts";
import { tokenBatches, type TokenBatch } from "../../../kernel-helpers/train/index.ts";

export interface GptOptions {
  width: number;
  layers: number;
  batchSize: number;
  contextLength: number;
  /** Whose process is killed, before which batch, and a file that says that it has been. */
  kill?: { whom: "worker" | "driver" | "head"; at: number; marker: string };
}

const vocabularySize = 512;

export default function makeTask({ width, layers, batchSize, contextLength, kill }: GptOptions): TrainingTask<GPT, TokenBatch> {
  const ids = Uint32Array.from({ length: 100_000 }, (_, at) => (Math.imul(at + 1, 2_654_435_761) >>> 7) % vocabularySize);
  const batches = tokenBatches(ids, { batchSize, contextLength, seed: 1 });
  return {
    model: new GPT({ vocabularySize, contextLength, layers, heads: 4, width, seed: 1 }),
    optimizer: (parameters) => new AdamW(parameters, { learningRate: 1e-3 }),
    loss: (model, { inputs, targets }) => model.loss(inputs, targets),
    batches: {
      length: batches.length,
      unit: batches.unit,
      count: (batch) => batches.count(batch),
      [Symbol.iterator]: () => batches[Symbol.iterator](),
      at(index) {
        if (kill?.at === index) strike(kill);
        return batches.at(index);
      },
    },
  };
}

function strike({ whom, marker }: NonNullable<GptOptions["kill"]>): void {
  try {
    writeFileSync(marker, "", { flag: "wx" }); // only the first worker that comes here, and once
  } catch {
    return;
  }
  writeFileSync(marker, String(Date.now()));
  const pid = { worker: () => process.pid, driver: () => find("drivers/train.py"), head: () => find("gcs_server") }[whom]();
  process.kill(pid, "SIGKILL");
}

/** The youngest process whose command names it. */
function find(word: string): number {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const command = (pid: string): string => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8");
    } catch {
      return "";
    }
  };
  return Math.max(...pids.filter((pid) => command(pid).includes(word) && !command(pid).startsWith("/bin/sh")).map(Number));
}
