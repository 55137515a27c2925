/** What a sweep draws a trial's settings from. */
import { ArgumentError } from "../../errors.ts";
import { argumentError, checkArray, checkInteger, checkNumber, isPlainObject } from "../../runtime/check.ts";

export type Setting = string | number | boolean;

/** Values to draw from, made by grid(), choice(), uniform(), logUniform() or integer(). */
export interface Domain<T extends Setting = Setting> {
  readonly kind: "grid" | "choice" | "uniform" | "logUniform" | "integer";
  readonly values?: readonly T[];
  readonly low?: number;
  readonly high?: number;
}

/** A setting's name → its domain, or the value that all trials have. */
export type Space = Readonly<Record<string, Domain | Setting>>;

/** What a trial of a space is given. */
export type ConfigOf<S extends Space> = { [K in keyof S]: S[K] extends Domain<infer T> ? T : S[K] };

/** @returns Whether JSON brings it to a trial as it is. */
const isSetting = (value: unknown): value is Setting => ["string", "boolean"].includes(typeof value) || Number.isFinite(value);

function checkValues<T extends Setting>(values: readonly T[]): readonly T[] {
  const check = (item: string, value: unknown): void => {
    if (!isSetting(value)) throw argumentError(item, "a string, a finite number or a boolean", value);
  };
  checkArray("values", values, check, { allowEmpty: false, hint: "pass [32, 64]" });
  return values;
}

function range(low: number, high: number): { low: number; high: number } {
  checkNumber("low", low);
  checkNumber("high", high, { above: low });
  return { low, high };
}

/** Every one of the values, with every combination of the other grids. */
export const grid = <T extends Setting>(values: readonly T[]): Domain<T> => ({ kind: "grid", values: checkValues(values) });

/** One of the values, all as likely. */
export const choice = <T extends Setting>(values: readonly T[]): Domain<T> => ({ kind: "choice", values: checkValues(values) });

/** A number of [low, high), all as likely. */
export const uniform = (low: number, high: number): Domain<number> => ({ kind: "uniform", ...range(low, high) });

/** A number of [low, high) whose logarithm is uniform: for learning rates. */
export function logUniform(low: number, high: number): Domain<number> {
  checkNumber("low", low, { above: 0 });
  return { kind: "logUniform", ...range(low, high) };
}

/** An integer of low to high, both included. */
export function integer(low: number, high: number): Domain<number> {
  checkInteger("low", low);
  checkInteger("high", high);
  return { kind: "integer", ...range(low, high) };
}

/** Make a domain anew, and so check one that was written by hand. */
const makers: Readonly<Record<Domain["kind"], (domain: Domain) => Domain>> = {
  grid: ({ values }) => grid(values!),
  choice: ({ values }) => choice(values!),
  uniform: ({ low, high }) => uniform(low!, high!),
  logUniform: ({ low, high }) => logUniform(low!, high!),
  integer: ({ low, high }) => integer(low!, high!),
};

/** The space as the driver reads it, constants too as domains. */
export function toDomains(space: Space): Record<string, unknown> {
  const entries = Object.entries(space).map(([name, value]) => {
    if (isSetting(value)) return [name, { kind: "constant", value }] as const;
    if (isPlainObject(value) && Object.hasOwn(makers, String(value["kind"]))) return [name, makers[value.kind](value)] as const;
    throw argumentError(`space.${name}`, "a domain or a value", value, {
      hint: "make it by grid([…]), choice([…]), uniform(low, high), logUniform(low, high) or integer(low, high)",
    });
  });
  if (entries.length > 0) return Object.fromEntries(entries);
  throw new ArgumentError("the space is empty", { hint: "pass { learningRate: logUniform(1e-4, 1e-2) }" });
}

/** How many trials one draw is: the combinations of its grids. */
export const combinations = (space: Space): number =>
  Object.values(space).reduce<number>(
    (product, domain) => (isPlainObject(domain) && domain["kind"] === "grid" ? product * (domain["values"] as unknown[]).length : product),
    1,
  );
