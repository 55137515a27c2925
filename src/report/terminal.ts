import { LineReporter } from "./lines.ts";
import { LiveReporter } from "./live.ts";
import type { Reporter } from "./run.ts";

/** Redraws in place where somebody watches, and writes lines everywhere else: a pipe, a log, CI. @param showsOutputs Also what cells show, as it comes. */
export function createTerminalReporter(
  total: number,
  output: NodeJS.WriteStream = process.stdout,
  env: NodeJS.ProcessEnv = process.env,
  showsOutputs: boolean = false,
): Reporter {
  // A terminal that does not say its size cannot be redrawn.
  const isWatched = output.isTTY && output.columns > 0 && !env.CI && env.TERM !== "dumb";
  return isWatched ? new LiveReporter(output, total, showsOutputs) : new LineReporter(output, showsOutputs, total > 1);
}
