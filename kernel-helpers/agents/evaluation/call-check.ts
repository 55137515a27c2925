/**
 * Whether calls are the right ones, by their syntax tree instead of their text: the rules of the Berkeley Function Calling Leaderboard's AST evaluation (Patil et al. 2025,
 * proceedings.mlr.press/v267/patil25a; bfcl_eval/eval_checker/ast_eval/ast_checker.py). Name and arguments must be there, no others, each value one of those allowed; texts are
 * compared without spaces, case and punctuation; calls of one turn count in any order; where no call is right, any call is wrong.
 */
import type { JsonSchema, Tool, ToolCall } from "../../llm/index.ts";
import { checkArray, checkObject, isPlainObject } from "../../runtime/check.ts";

/** A call with the values that each argument may have; an argument that may be left out has `undefined` among them. */
export interface ExpectedCall {
  name: string;
  arguments: Readonly<Record<string, readonly unknown[]>>;
}

export interface CallCheck {
  isRight: boolean;
  /** Why not; empty where they are right. */
  problem: string;
  /** The kind of it, to count by. */
  kind: "right" | "irrelevant" | "count" | "name" | "missing" | "unexpected" | "type" | "value";
}

/**
 * @param tools What could be called: an argument that its tool does not require may be left out, as in the expected call.
 * @example
 * checkCalls([{ name: 'weather', arguments: { city: 'beijing' } }], [{ name: 'weather', arguments: { city: ['Beijing', '北京'] } }], tools).isRight // true
 */
export function checkCalls(calls: readonly ToolCall[], expected: readonly ExpectedCall[], tools: readonly Tool[]): CallCheck {
  checkArray("calls", calls, checkObject);
  checkArray("expected", expected, checkObject);
  checkArray("tools", tools, () => {});
  if (expected.length === 0 && calls.length > 0) return wrong("irrelevant", `${calls[0]!.name} was called, and no tool helps`);
  if (calls.length !== expected.length) return wrong("count", `${expected.length} calls are right, got ${calls.length}`);
  const left = [...calls];
  for (const one of expected) {
    const checks = left.map((call) => checkCall(call, one, tools));
    const match = checks.findIndex(({ isRight }) => isRight);
    if (match < 0) return checks.find(({ kind }) => kind !== "name") ?? checks[0]!;
    left.splice(match, 1);
  }
  return { isRight: true, problem: "", kind: "right" };
}

function checkCall(call: ToolCall, expected: ExpectedCall, tools: readonly Tool[]): CallCheck {
  if (call.name !== expected.name) return wrong("name", `${expected.name} is right, got ${call.name}`);
  const schema = tools.find(({ name }) => name === call.name)?.parameters;
  const { properties = {} } = (isPlainObject(schema) ? schema : {}) as { properties?: Record<string, JsonSchema> };
  for (const [name, allowed] of Object.entries(expected.arguments)) {
    if (!Object.hasOwn(call.arguments, name)) {
      if (allowed.includes(undefined)) continue;
      return wrong("missing", `${name} is missing`);
    }
    const value = call.arguments[name];
    if (!isOfType(value, properties[name])) return wrong("type", `${name} is of the wrong type: ${JSON.stringify(value)}`);
    if (!allowed.some((one) => isSame(value, one)))
      return wrong("value", `${name} must be ${allowed.map((one) => JSON.stringify(one)).join(" or ")}, got ${JSON.stringify(value)}`);
  }
  const extra = Object.keys(call.arguments).find((name) => !Object.hasOwn(expected.arguments, name));
  return extra === undefined ? { isRight: true, problem: "", kind: "right" } : wrong("unexpected", `${extra} is not expected`);
}

const wrong = (kind: CallCheck["kind"], problem: string): CallCheck => ({ isRight: false, problem, kind });

/** A whole number also counts where the schema says number. */
function isOfType(value: unknown, schema: JsonSchema | undefined): boolean {
  const type = isPlainObject(schema) ? schema["type"] : undefined;
  const is: Record<string, boolean> = {
    string: typeof value === "string",
    number: typeof value === "number",
    integer: Number.isInteger(value),
    boolean: typeof value === "boolean",
    array: Array.isArray(value),
    object: isPlainObject(value),
    null: value === null,
  };
  return type === undefined || ([type].flat() as string[]).some((one) => is[one] ?? true);
}

function isSame(value: unknown, allowed: unknown): boolean {
  if (typeof value === "string" && typeof allowed === "string") return plain(value) === plain(allowed);
  if (Array.isArray(value) && Array.isArray(allowed))
    return value.length === allowed.length && value.every((item, at) => isSame(item, allowed[at]));
  if (isPlainObject(value) && isPlainObject(allowed)) {
    const keys = Object.keys(value);
    return (
      keys.length === Object.keys(allowed).length && keys.every((key) => Object.hasOwn(allowed, key) && isSame(value[key], allowed[key]))
    );
  }
  return value === allowed;
}

/** As standardize_string there; also full-width forms, for Chinese. */
const plain = (text: string): string =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[\s,./\-_*^。，、]/g, "")
    .replaceAll("'", '"');
