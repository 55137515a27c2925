/** A run that a SIGKILL ends in the middle of a rollout, two steps after its checkpoint. */
import { resumableGrpo } from "./resumable.ts";

await resumableGrpo(process.argv[2], (step) => step === 8 && process.kill(process.pid, "SIGKILL"));
