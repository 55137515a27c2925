/** `--param NAME=VALUE`. */
import { InputError } from "../errors.ts";

const jsonStrings = /"(?:[^"\\]|\\.)*"/g;
const numbers = /-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;
const isInteger = (literal: string): boolean => /^-?\d+$/.test(literal);
const isExact = (literal: string): boolean => BigInt(literal) === BigInt(Number(literal));

/** Why a number would not arrive as it is written; nothing where it does, but for the last digits that decimal fractions lose everywhere. */
function loss(literal: string): string | undefined {
  const value = Number(literal);
  if (!Number.isFinite(value)) return "is larger than any number";
  if (value === 0 && /[1-9]/.test(literal.replace(/e.*/i, ""))) return "is so small that it would be 0";
  return isInteger(literal) && !isExact(literal) ? `would be rounded to ${BigInt(value)}` : undefined;
}

/**
 * `year=2026` → ["year", 2026]. An integer that no double holds becomes a bigint, which the notebook's language takes or refuses.
 *
 * @throws {InputError} for what has not this form, and for a number that would not arrive as it is written.
 */
export function readParameter(given: string): [string, unknown] {
  const [, name, value] = /^([^=\s]+)=(.*)$/s.exec(given) ?? [];
  if (name === undefined || value === undefined) {
    throw new InputError(`--param ${given}: not of the form NAME=VALUE`, { hint: "for example: --param year=2026" });
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    return [name, value];
  }
  if (typeof parsed === "number" && Number.isFinite(parsed) && isInteger(value.trim()) && !isExact(value.trim()))
    return [name, BigInt(value.trim())];
  for (const literal of value.replace(jsonStrings, '""').match(numbers) ?? []) {
    const reason = loss(literal);
    if (reason === undefined) continue;
    throw new InputError(`--param ${name}: ${literal} ${reason}`, {
      hint: `give it as a text: "${literal}" in JSON's quotes`,
      facts: { parameter: name, value: literal },
    });
  }
  return [name, parsed];
}
