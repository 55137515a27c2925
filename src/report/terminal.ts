import { LineReporter } from "./lines.ts";
import { LiveReporter } from "./live.ts";
import type { Reporter } from "./run.ts";

/** Redraws in place where somebody watches, and writes lines everywhere else: a pipe, a log, CI. */
export function createTerminalReporter(
  total: number,
  output: NodeJS.WriteStream = process.stdout,
  env: NodeJS.ProcessEnv = process.env,
): Reporter {
  const isWatched = output.isTTY && !env.CI && env.TERM !== "dumb";
  return isWatched ? new LiveReporter(output, total) : new LineReporter(output);
}
