/** A tool: a function with a name, a description and a schema of its arguments, so that a model can call it and nothing else reaches it. */
import { HelperError } from "../errors.ts";
import type { JsonSchema, Tool, ToolCall } from "../llm/index.ts";
import {
  argumentError,
  checkArray,
  checkBoolean,
  checkFunction,
  checkInstance,
  checkNumber,
  checkObject,
  checkOptions,
  checkText,
  nearest,
} from "../runtime/check.ts";
import { parameterSchema, type ParameterSchema, type StandardSchema } from "./schema.ts";

export interface ToolContext {
  /** Aborts when the run is cancelled, its time is over, or the tool's is. */
  signal: AbortSignal;
}

export interface ToolDefinition<Input> {
  /** Letters, digits, _ and -, at most 64: what all providers take. */
  name: string;
  /** What it does and when to call it: all that a model knows about it. */
  description: string;
  /** A schema of zod, valibot or another library of standardschema.dev; or JSON Schema of an object. */
  parameters: StandardSchema<Input> | JsonSchema;
  /** JSON Schema beside a standard schema that cannot say it itself. */
  jsonSchema?: JsonSchema;
  /** Does the work. What it returns is shown to the model: text as it is, else as JSON. What it throws is shown as an error, and the model may try again. */
  run: (input: Input, context: ToolContext) => unknown;
  /** Whether a person has to agree to a call before it runs. @default false */
  needsApproval?: boolean | ((input: Input) => boolean);
  /** Whether it changes anything outside; defences treat such tools with more care. @default false */
  hasEffects?: boolean;
  /** Whether nobody else writes into its results, such as a calculator's: defences leave these as they are. @default false */
  isTrusted?: boolean;
  /** Seconds after which a call counts as failed. @default 30 */
  timeout?: number;
}

/** What came of a call. */
export interface ToolResult {
  call: ToolCall;
  /** What the model reads. */
  content: string;
  /** What `run` returned; undefined where it failed. */
  value: unknown;
  /** undefined: it went well. Else what kind of failure: arguments that do not fit, no such tool, what the tool threw, its time, a person's no, the run's end. */
  error: undefined | "invalid-arguments" | "unknown-tool" | "failed" | "timeout" | "denied" | "aborted";
  seconds: number;
}

export class AgentTool implements Tool {
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonSchema;
  readonly hasEffects: boolean;
  readonly isTrusted: boolean;
  readonly timeout: number;
  readonly #validate: ParameterSchema<never>["validate"];
  readonly #run: (input: never, context: ToolContext) => unknown;
  readonly #needsApproval: (input: never) => boolean;

  /** @internal defineTool() checks and makes it. */
  constructor(definition: ToolDefinition<never>, schema: ParameterSchema<never>) {
    const { name, description, run, needsApproval = false, hasEffects = false, isTrusted = false, timeout = 30 } = definition;
    this.name = name;
    this.description = description;
    this.parameters = schema.json;
    this.hasEffects = hasEffects;
    this.isTrusted = isTrusted;
    this.timeout = timeout;
    this.#validate = schema.validate;
    this.#run = run;
    this.#needsApproval = typeof needsApproval === "function" ? needsApproval : () => needsApproval;
  }

  /** Whether a person has to agree to this call. One whose arguments do not fit never runs, so nobody is asked. */
  async needsApproval(given: unknown): Promise<boolean> {
    const checked = await this.#validate(given);
    return checked.problem === undefined && this.#needsApproval(checked.value);
  }

  /** Validates the arguments and runs. Never throws: a failure is a result that the model reads. */
  async call(given: Record<string, unknown>, options: { signal?: AbortSignal | undefined } = {}): Promise<ToolResult> {
    const begun = performance.now();
    const call: ToolCall = { name: this.name, arguments: given };
    const done = (content: string, error: ToolResult["error"], value?: unknown): ToolResult => {
      return { call, content, value, error, seconds: (performance.now() - begun) / 1000 };
    };
    if (options.signal?.aborted) return done(`error: ${this.name} was not run`, "aborted");
    const late = AbortSignal.timeout(this.timeout * 1000);
    const signal = options.signal ? AbortSignal.any([options.signal, late]) : late;
    try {
      const checked = await this.#validate(given);
      if (checked.problem !== undefined) return done(`error: invalid arguments: ${checked.problem}`, "invalid-arguments");
      const value: unknown = await untilAborted(signal, async () => this.#run(checked.value, { signal }));
      return done(asText(value), undefined, value);
    } catch (error) {
      if (options.signal?.aborted) return done(`error: ${this.name} was interrupted`, "aborted");
      if (late.aborted) return done(`error: ${this.name} took longer than ${this.timeout} s`, "timeout");
      return done(`error: ${messageOf(error)}`, "failed");
    }
  }
}

/**
 * Makes a tool of a function.
 *
 * @throws {ArgumentError} A name that providers refuse, or a schema that is none.
 * @example
 * const weather = defineTool({
 *   name: 'weather',
 *   description: 'The weather in a city today',
 *   parameters: z.object({ city: z.string() }),
 *   run: async ({ city }) => forecast(city),
 * })
 */
export function defineTool<Input = Record<string, unknown>>(definition: ToolDefinition<Input>): AgentTool {
  const known = ["name", "description", "parameters", "jsonSchema", "run", "needsApproval", "hasEffects", "isTrusted", "timeout"];
  checkOptions("definition", checkObject("definition", definition, { hint: "pass { name, description, parameters, run }" }), known);
  const { name, description, parameters, jsonSchema, run, needsApproval, hasEffects, isTrusted, timeout } = definition;
  checkText("name", name, { allowEmpty: false });
  if (!/^[a-zA-Z0-9_-]{1,64}$/.test(name))
    throw argumentError("name", "letters, digits, _ and -, at most 64", name, { hint: 'such as "search_orders"' });
  checkText("description", description, { allowEmpty: false, hint: "say what the tool does: a model knows nothing else about it" });
  checkFunction("run", run as (...args: never[]) => unknown);
  if (needsApproval !== undefined && typeof needsApproval !== "function") checkBoolean("needsApproval", needsApproval);
  if (hasEffects !== undefined) checkBoolean("hasEffects", hasEffects);
  if (isTrusted !== undefined) checkBoolean("isTrusted", isTrusted);
  if (timeout !== undefined) checkNumber("timeout", timeout, { above: 0, max: 86_400 });
  return new AgentTool(definition as unknown as ToolDefinition<never>, parameterSchema(parameters, jsonSchema));
}

/** Tools that an agent may call: each made by defineTool, no two of one name. */
export function checkAgentTools(argument: string, tools: unknown): readonly AgentTool[] {
  const names = new Set<string>();
  return checkArray(argument, tools, (at, tool) => {
    const { name } = checkInstance(at, tool, AgentTool, { expected: "a tool", hint: "make it with defineTool({ … })" });
    if (names.has(name)) throw argumentError(`${at}.name`, "a name of its own", name);
    names.add(name);
    return tool as AgentTool;
  });
}

/** Runs the tool that a call names; where there is none, the model is told which there are. */
export async function callTool(tools: readonly AgentTool[], call: ToolCall, signal?: AbortSignal): Promise<ToolResult> {
  const tool = tools.find(({ name }) => name === call.name);
  if (tool) return tool.call(call.arguments, { signal });
  const names = tools.map(({ name }) => name);
  const meant = nearest(call.name, names);
  const content = `error: there is no tool "${call.name}"; ${meant === undefined ? `there are ${names.join(", ")}` : `did you mean "${meant}"?`}`;
  return { call, content, value: undefined, error: "unknown-tool", seconds: 0 };
}

/** A work that does not listen to the signal is left behind when it aborts. */
export async function untilAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let stop: () => void = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

const asText = (value: unknown): string => (typeof value === "string" ? value : value === undefined ? "done" : JSON.stringify(value));

/** Without the hint, which is for programmers. */
const messageOf = (error: unknown): string =>
  HelperError.is(error) ? error.summary : error instanceof Error ? error.message : String(error);
