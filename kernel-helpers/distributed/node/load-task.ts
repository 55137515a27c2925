/** Loads a module as a worker does and says how that went. Started as `node load-task.js file purpose`, with a channel to the process above it. */
import { HelperError } from "../../errors.ts";
import { loadFunction, type taskExamples } from "./load-module.ts";

const [file, purpose] = process.argv.slice(2) as [string, keyof typeof taskExamples];
const answer = await loadFunction(file, purpose).then(
  () => ({}),
  (error: unknown) => ({ error: HelperError.is(error) ? error.summary : String(error) }),
);
process.send!(answer, () => process.exit());
