/** Trains ten steps more from a folder of checkpoints, in a process of its own, and prints the losses of all steps. */
import { resumable } from "./resumable.ts";

const run = await resumable(process.argv[2]!, Number(process.argv[3]));
process.stdout.write(JSON.stringify({ losses: run.history.loss, evaluations: run.history.evaluations.loss, best: run.best }));
