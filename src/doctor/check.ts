/** One thing that was looked at. */
export interface Check {
  name: string;
  /** `broken`: the main job, executing and exporting the course, needs it. `missing`: that goes without it. */
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

/** The first line says what went wrong; a hint behind it, as our errors carry one, is the fix. */
export function failed(name: string, state: "missing" | "broken", error: unknown): Check {
  const [message = "", hint] = (error instanceof Error ? error.message : String(error)).split("\n  hint: ");
  return { name, state, found: message.split("\n")[0]!, fix: hint };
}

/** Unless there is a better one already. */
export const withFix = (check: Check, fix: string): Check => ({ ...check, fix: check.fix ?? fix });
