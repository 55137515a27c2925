/** A task of the tests: the net of test/train, on batches of products. */
import { AdamW } from "../../../kernel-helpers/optim/index.ts";
import type { TrainingTask } from "../../../kernel-helpers/distributed/index.ts";
import { processOf } from "./find-process.ts";
import { isFirst } from "./once.ts";
import { batchesOf, Net, squaredError, type Pair } from "../../train/models.ts";

export interface NetOptions {
  batchSize: number;
  /** Throws at this batch. */
  failsAt?: number;
  /** Whom the first worker to reach a batch kills, and where it writes down that it has done so. */
  kills?: readonly { at: number; whom: "node" | "actor" | "driver"; marker: string; runFile: string }[];
}

export default function makeTask({ batchSize, failsAt, kills = [] }: NetOptions): TrainingTask<Net, Pair> {
  const batches = batchesOf(240, batchSize);
  console.log("a task was made"); // goes to the log, not among the frames
  return {
    model: new Net(),
    optimizer: (parameters) => new AdamW(parameters, { learningRate: 0.01, weightDecay: 0.1, epsilon: 1e-4 }),
    loss: squaredError,
    clip: 0.5,
    batches: {
      length: batches.length,
      unit: batches.unit,
      count: (batch) => batches.count(batch),
      at(index) {
        if (index === failsAt) throw new Error("no such batch");
        for (const { at, whom, marker, runFile } of kills) if (index === at && isFirst(marker)) kill(whom, runFile);
        return batches.at(index);
      },
      [Symbol.iterator]: () => batches[Symbol.iterator](),
    },
  };
}

function kill(whom: "node" | "actor" | "driver", runFile: string): void {
  const pid = { node: () => process.pid, actor: () => process.ppid, driver: () => processOf("drivers/train.py", runFile) }[whom]();
  process.kill(pid, "SIGKILL");
}
