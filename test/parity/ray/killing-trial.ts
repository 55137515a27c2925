/** A trial of the tests that kills the sweep's driver: the one of width 4 at its second step, that of width 9 before its first, each once. */
import { appendFileSync } from "node:fs";
import path from "node:path";
import type { Metrics } from "../../../kernel-helpers/distributed/index.ts";
import { processOf } from "./find-process.ts";
import { isFirst } from "./once.ts";

export default async function* trial({ width, folder }: { width: number; folder: string }): AsyncGenerator<Metrics, void> {
  appendFileSync(path.join(folder, "begun"), `${width}\n`);
  for (let step = 1; ; step++) {
    const isTheTime = (width === 4 && step === 2) || (width === 9 && step === 1);
    if (isTheTime && isFirst(path.join(folder, `killed-by-${width}`)))
      process.kill(processOf("drivers/sweep.py", path.join(folder, "run.json")), "SIGKILL");
    yield { loss: width + 1 / step };
  }
}
