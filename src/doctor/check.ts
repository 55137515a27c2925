import { CairnError } from "../errors.ts";

/** One thing that was looked at. */
export interface Check {
  name: string;
  /** `broken`: executing and exporting the course needs it. `missing`: only other things do. */
  state: "works" | "missing" | "broken";
  /** What was found, or what is wrong. */
  found: string;
  /** How to get what is missing. */
  fix?: string | undefined;
}

/** 1234567 → "1.2 MB" */
export function readableSize(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  return `${(bytes / 1000 ** step).toFixed(step === 0 ? 0 : 1)} ${units[step]}`;
}

/** The first line says what went wrong; the hint of an error of ours is the fix. */
export function failed(name: string, state: "missing" | "broken", error: unknown): Check {
  const problem = error instanceof CairnError ? error.problem : error instanceof Error ? error.message : String(error);
  return { name, state, found: problem.split("\n")[0]!, fix: error instanceof CairnError ? error.hint : undefined };
}

/** Unless there is a better one already. */
export const withFix = (check: Check, fix: string): Check => ({ ...check, fix: check.fix ?? fix });
