/** Values of parameters as source of the notebook's language: exactly, or refused. */
import { InputError } from "../errors.ts";

type Write = (value: unknown) => string;

interface Words {
  none: string;
  yes: string;
  no: string;
  number: (value: number) => string;
  bigint: (value: bigint) => string;
  key: (name: string) => string;
}

/** @throws {InputError} for what is neither JSON nor a number. */
function write(value: unknown, words: Words): string {
  const inner: Write = (item) => write(item, words);
  if (value === null || value === undefined) return words.none;
  if (typeof value === "boolean") return value ? words.yes : words.no;
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : Number.isFinite(value) ? String(value) : words.number(value);
  if (typeof value === "bigint") return words.bigint(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(inner).join(", ")}]`;
  const prototype: unknown = typeof value === "object" ? Object.getPrototypeOf(value) : undefined;
  if (prototype === Object.prototype || prototype === null)
    return `{${Object.entries(value)
      .map(([name, item]) => `${words.key(name)}: ${inner(item)}`)
      .join(", ")}}`;
  const kind = typeof value === "object" ? (value.constructor?.name ?? "object") : typeof value;
  throw new InputError(`a value of kind ${kind} cannot be written into a notebook`, {
    hint: "parameters are null, booleans, numbers, texts, and lists and objects of these",
    facts: { kind },
  });
}

/** `{ "__proto__": … }` would set the prototype. */
const ecmaScriptKey = (name: string): string => (name === "__proto__" ? '["__proto__"]' : JSON.stringify(name));

export const ecmaScriptLiteral: Write = (value) =>
  value === undefined
    ? "undefined"
    : write(value, { none: "null", yes: "true", no: "false", number: String, bigint: (integer) => `${integer}n`, key: ecmaScriptKey });

const pythonNumber = (value: number): string => `float(${JSON.stringify(String(value).replace("Infinity", "inf").toLowerCase())})`;

export const pythonLiteral: Write = (value) =>
  write(value, { none: "None", yes: "True", no: "False", number: pythonNumber, bigint: String, key: JSON.stringify });
