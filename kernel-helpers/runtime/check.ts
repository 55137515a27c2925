/**
 * The border of the library: what public functions are given, checked. Each checker returns the value, or throws an ArgumentError that names
 * the argument, what it must be, what it was, and what to do: "temperature must be ≥ 0, got -1".
 */
import { distance } from "fastest-levenshtein";
import { ArgumentError, OutOfRangeError, type HelperErrorOptions } from "../errors.ts";

export interface Interval {
  /** The least value allowed. */
  min?: number;
  /** The greatest value allowed. */
  max?: number;
  /** The value must be greater than this. */
  above?: number;
  /** The value must be less than this. */
  below?: number;
}

export interface CheckOptions {
  /** What the reader can do about it, where more can be said than what is expected. */
  hint?: string;
}

/** "argument must be expected, got value": the one form of an error about an argument. */
export function argumentError(argument: string, expected: string, value: unknown, { hint }: CheckOptions = {}): ArgumentError {
  const options: HelperErrorOptions = { hint: hint ?? `pass ${expected}`, facts: { argument, expected, value } };
  return new ArgumentError(`${argument} must be ${expected}, got ${shown(value)}`, options);
}

/** A finite number within the interval. */
export function checkNumber(argument: string, value: unknown, range: Interval & CheckOptions = {}): number {
  if (typeof value === "number" && Number.isFinite(value) && contains(range, value)) return value;
  const interval = formatInterval(range);
  const isBare = typeof value === "number" && Number.isFinite(value) && interval !== "";
  const expected = isBare ? interval : `a finite number ${interval}`.trim();
  throw argumentError(argument, expected, value, { hint: range.hint ?? `pass ${isBare ? "a number " : ""}${expected}` });
}

/** A whole number that JavaScript holds exactly, within the interval. */
export function checkInteger(argument: string, value: unknown, range: Interval & CheckOptions = {}): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && contains(range, value)) return value;
  throw argumentError(argument, `an integer ${formatInterval(range)}`.trim(), value, range);
}

/** One of the strings listed. The hint names the nearest. */
export function checkChoice<const T extends string>(
  argument: string,
  value: unknown,
  choices: readonly T[],
  options: CheckOptions = {},
): T {
  if ((choices as readonly unknown[]).includes(value)) return value as T;
  const listed = choices.map((choice) => `"${choice}"`).join(", ");
  const meant = typeof value === "string" ? nearest(value, choices) : undefined;
  const hint = options.hint ?? (meant === undefined ? `use one of ${listed}` : `did you mean "${meant}"?`);
  throw argumentError(argument, choices.length === 1 ? listed : `one of ${listed}`, value, { hint });
}

export function checkBoolean(argument: string, value: unknown, options: CheckOptions = {}): boolean {
  if (typeof value === "boolean") return value;
  throw argumentError(argument, "true or false", value, options);
}

export function checkText(argument: string, value: unknown, options: CheckOptions & { allowEmpty?: boolean } = {}): string {
  if (typeof value === "string" && (value !== "" || options.allowEmpty !== false)) return value;
  throw argumentError(argument, value === "" ? "text that is not empty" : "a string", value, options);
}

/** A string that UTF-8 can write. */
export function checkUnicode(argument: string, value: unknown, options: CheckOptions & { allowEmpty?: boolean } = {}): string {
  const text = checkText(argument, value, options);
  if (isWellFormed(text)) return text;
  throw argumentError(argument, "Unicode text", text, { hint: "half of a surrogate pair cannot be written as UTF-8" });
}

export function checkFunction<T extends (...args: never[]) => unknown>(argument: string, value: T, options: CheckOptions = {}): T {
  if (typeof value === "function") return value;
  throw argumentError(argument, "a function", value, options);
}

/** An array whose items each pass `checkItem`, which gets the item's name: "texts[3]". */
export function checkArray<T>(
  argument: string,
  value: unknown,
  checkItem: (name: string, item: unknown) => T,
  options: CheckOptions & { allowEmpty?: boolean } = {},
): readonly T[] {
  if (!Array.isArray(value)) throw argumentError(argument, "an array", value, options);
  if (value.length === 0 && options.allowEmpty === false) throw argumentError(argument, "an array that is not empty", value, options);
  for (let index = 0; index < value.length; index++) checkItem(`${argument}[${index}]`, value[index]);
  return value as readonly T[];
}

/**
 * Indices into something of `size` items, such as token ids: an array, or a typed array that is not of bigint.
 *
 * @throws {OutOfRangeError} One is negative, or `size` or more.
 */
export function checkIndices(argument: string, value: unknown, size: number, options: CheckOptions = {}): ArrayLike<number> {
  const isArray = Array.isArray(value) || (ArrayBuffer.isView(value) && "length" in value);
  if (!isArray) throw argumentError(argument, "an array of integers", value, options);
  const indices = value as ArrayLike<unknown>;
  for (let at = 0; at < indices.length; at++) {
    const index = indices[at];
    if (typeof index !== "number" || !Number.isInteger(index)) {
      const hint = typeof index === "bigint" ? "convert them: Array.from(ids, Number)" : options.hint;
      throw argumentError(`${argument}[${at}]`, "an integer", index, hint === undefined ? {} : { hint });
    }
    if (index >= 0 && index < size) continue;
    const expected = `≥ 0 and < ${size}`;
    throw new OutOfRangeError(`${argument}[${at}] must be ${expected}, got ${index}`, {
      hint: options.hint ?? `pass integers ${expected}`,
      facts: { argument: `${argument}[${at}]`, expected, value: index, min: 0, max: size - 1 },
    });
  }
  return indices as ArrayLike<number>;
}

/** A plain object, such as an object literal: no array, no Map, no instance of a class. */
export function checkObject(argument: string, value: unknown, options: CheckOptions = {}): Record<string, unknown> {
  if (isPlainObject(value)) return value;
  throw argumentError(argument, "a plain object", value, options);
}

/** A bag of options: a plain object (or nothing) that has no other keys than the known ones. */
export function checkOptions(argument: string, value: unknown, known: readonly string[]): void {
  if (value === undefined) return;
  const unknown = Object.keys(checkObject(argument, value, { hint: `pass an object with ${known.join(", ")}` })).find(
    (key) => !known.includes(key),
  );
  if (unknown === undefined) return;
  const meant = nearest(unknown, known);
  throw new ArgumentError(`${argument} has no option "${unknown}"`, {
    hint: meant === undefined ? `the options are ${known.join(", ")}` : `did you mean "${meant}"?`,
    facts: { argument, expected: known, value: unknown },
  });
}

export function checkInstance<T>(
  argument: string,
  value: unknown,
  type: abstract new (...args: never[]) => T,
  options: CheckOptions & { expected?: string } = {},
): T {
  if (value instanceof type) return value;
  throw argumentError(argument, options.expected ?? withArticle(type.name), value, options);
}

/** What stops the work, where something may. */
export function checkSignal(argument: string, value: unknown): void {
  if (value !== undefined) checkInstance(argument, value, AbortSignal, { hint: "pass the signal of an AbortController" });
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null; // the second: an object literal of this or of another realm
}

/** Whether UTF-8 can write the text: no half of a surrogate pair stands alone. */
export const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text);

/** The candidate that was probably meant: at most two letters in five differ; else one that begins with the name. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  const [best] = candidates
    .map((candidate) => ({ candidate, edits: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits <= 0.4 * Math.max(name.length, candidate.length))
    .sort((a, b) => a.edits - b.edits);
  return best?.candidate ?? candidates.find((candidate) => name.length > 2 && candidate.toLowerCase().startsWith(name.toLowerCase()));
}

/** A value in a few words, for a message: what it is, and not more of it than fits. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 39)}…` : value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return value.name === "" ? "a function" : `the function ${value.name}`;
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return value.length === 0 ? "[]" : `an array of ${value.length}`;
  const shape = (value as { shape?: unknown }).shape;
  const name = (value.constructor as { name?: string } | undefined)?.name ?? "";
  if (Array.isArray(shape)) return `${withArticle(name)} of shape (${shape.join(", ")})`;
  if (ArrayBuffer.isView(value)) return `${withArticle(name)} of ${(value as Uint8Array).length ?? value.byteLength}`;
  if (!isPlainObject(value)) return withArticle(name || "object");
  const keys = Object.keys(value);
  return keys.length === 0 ? "{}" : `an object with ${keys.slice(0, 4).join(", ")}${keys.length > 4 ? ", …" : ""}`;
}

/** "a Tensor", "an AdamW", "a Uint8Array". */
export const withArticle = (name: string): string => `${/^([AEIO]|U(?!int))/i.test(name) ? "an" : "a"} ${name}`;

const contains = ({ min = -Infinity, max = Infinity, above = -Infinity, below = Infinity }: Interval, value: number): boolean =>
  value >= min && value <= max && (value > above || above === -Infinity) && (value < below || below === Infinity);

function formatInterval({ min, max, above, below }: Interval): string {
  const from = min !== undefined ? `≥ ${min}` : above === undefined ? "" : `> ${above}`;
  const to = max !== undefined ? `≤ ${max}` : below === undefined ? "" : `< ${below}`;
  return from !== "" && to !== "" ? `${from} and ${to}` : from + to;
}
