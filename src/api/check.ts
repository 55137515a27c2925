/** What programs pass, checked: a name that does not exist is an error, not silence. */
import { InputError } from "../errors.ts";
import { nearest } from "../runtime/nearest.ts";

export type Kind = "text" | "texts" | "boolean" | "positive" | "integer" | "fields" | "function" | "signal";

const kinds: Record<Kind, [expected: string, holds: (value: unknown) => boolean]> = {
  text: ["a string that is not empty", (value) => typeof value === "string" && value !== ""],
  texts: ["a string, or an array of strings", (value) => [value].flat().every((each) => typeof each === "string" && each !== "")],
  boolean: ["true or false", (value) => typeof value === "boolean"],
  positive: ["a number > 0", (value) => typeof value === "number" && value > 0 && Number.isFinite(value)],
  integer: ["an integer ≥ 0", (value) => Number.isSafeInteger(value) && (value as number) >= 0],
  fields: ["an object", (value) => typeof value === "object" && value !== null && !Array.isArray(value)],
  function: ["a function", (value) => typeof value === "function"],
  signal: ["an AbortSignal", (value) => value instanceof AbortSignal],
};

/** @throws {InputError} naming the argument, what it must be, and what it is. */
export function checkArgument(name: string, value: unknown, kind: Kind): void {
  const [expected, holds] = kinds[kind];
  if (holds(value)) return;
  const shown = typeof value === "object" && value !== null ? (Array.isArray(value) ? "an array" : "an object") : String(value);
  throw new InputError(`${name} must be ${expected}, got ${typeof value === "string" ? JSON.stringify(value) : shown}`, {
    facts: { argument: name, expected, value },
  });
}

/** Those that are undefined count as not given. @throws {InputError} */
export function checkOptions(options: object, known: Readonly<Record<string, Kind>>): void {
  checkArgument("options", options, "fields");
  for (const [name, value] of Object.entries(options)) {
    const kind = Object.hasOwn(known, name) ? known[name] : undefined;
    if (kind === undefined) {
      const meant = nearest(name, Object.keys(known));
      throw new InputError(`there is no option ${JSON.stringify(name)}`, {
        hint: meant === undefined ? `options: ${Object.keys(known).join(", ")}` : `did you mean "${meant}"?`,
        facts: { option: name, expected: Object.keys(known) },
      });
    }
    if (value !== undefined) checkArgument(name, value, kind);
  }
}
