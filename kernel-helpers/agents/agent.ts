/** An agent: the loop of loop.ts with tools, budgets, memory, approval, a defence and a trace. However a run ends, it says why. */
import { ArgumentError } from "../errors.ts";
import type { ChatModel, Message, ToolCall } from "../llm/index.ts";
import {
  argumentError,
  checkArray,
  checkChoice,
  checkObject,
  checkOptions,
  checkSignal,
  checkText,
  checkFunction,
} from "../runtime/check.ts";
import { interruptible } from "../runtime/interrupt.ts";
import { agentLoop, openCalls, type LoopEvent } from "./loop.ts";
import { checkAgentOptions, type AgentOptions, type Approve, type CheckedAgentOptions } from "./options.ts";
import { AgentRun } from "./run.ts";
import type { ToolResult } from "./tool.ts";
import type { TraceSpan } from "./trace.ts";

/**
 * Why a run ended. `stop`: with an answer; `length`: with an answer that was cut off; `empty`: the model said nothing; `max-steps`, `max-tokens`, `max-seconds`: a
 * budget was spent; `malformed-call`: the model tried to call a tool and failed to write JSON; `memory`: what has to stay does not fit; `repetition`: the same calls for the third time; `needs-approval`: a call waits for a person;
 * `aborted`: the signal, ■ or Ctrl-C; `error`: the model failed.
 */
export type FinishReason =
  | "stop"
  | "length"
  | "empty"
  | "malformed-call"
  | "max-steps"
  | "max-tokens"
  | "max-seconds"
  | "memory"
  | "repetition"
  | "needs-approval"
  | "aborted"
  | "error";

export interface AgentResult {
  /** The answer; of other endings, what the model said last. */
  text: string;
  finishReason: FinishReason;
  /** The whole conversation, to go on with. */
  messages: readonly Message[];
  /** All calls and what came of them, in their order. */
  results: readonly ToolResult[];
  /** Calls that wait for a person's word, where that is why it ended. */
  pending: readonly ToolCall[];
  /** How often the model was asked. */
  steps: number;
  /** Tokens of all prompts, those of them that were in a cache, and those of all answers. */
  usage: { inputTokens: number; cachedTokens: number; outputTokens: number };
  seconds: number;
  /** What was done, with times; traceFigure() draws it. */
  trace: readonly TraceSpan[];
  /** What the model threw, where that is why it ended. */
  error: unknown;
}

export type AgentEvent = LoopEvent | { type: "finish"; result: AgentResult };

export interface RunOptions {
  signal?: AbortSignal;
  /** In the place of the agent's own. */
  approve?: Approve;
}

export interface Agent {
  readonly name: string;
  readonly model: ChatModel;
  readonly tools: CheckedAgentOptions["tools"];
  /**
   * @param input A request, or a conversation. One that ends with calls, as a run does that needs approval, goes on with these.
   * @throws {ArgumentError} Arguments that no run can take, by the agent or by its model; all else ends the run with `error`.
   */
  run(input: string | readonly Message[], options?: RunOptions): Promise<AgentResult>;
  /** The same as it comes: text, turns, results of tools, and the whole at the end. */
  stream(input: string | readonly Message[], options?: RunOptions): AsyncGenerator<AgentEvent, void>;
}

/**
 * @throws {ArgumentError} An option that is unknown, missing or out of range.
 * @example
 * const agent = createAgent({ model, tools: [calculator(), searchTool(index)], maxSteps: 5 })
 * const { text, finishReason } = await agent.run('How many days of leave are there in three years?')
 */
export function createAgent(options: AgentOptions): Agent {
  const checked = checkAgentOptions(options);
  const { name, model, tools } = checked;
  const stream = (input: string | readonly Message[], runOptions: RunOptions = {}): AsyncGenerator<AgentEvent, void> => {
    checkOptions("options", runOptions, ["signal", "approve"]);
    checkSignal("signal", runOptions.signal);
    if (runOptions.approve !== undefined) checkFunction("approve", runOptions.approve);
    return streamRun(checkInput(input), { ...checked, approve: runOptions.approve ?? checked.approve }, runOptions.signal);
  };
  return {
    name,
    model,
    tools,
    stream,
    async run(input, runOptions) {
      for await (const event of stream(input, runOptions)) if (event.type === "finish") return event.result;
      throw new TypeError("a run ends with its result");
    },
  };
}

async function* streamRun(
  input: readonly Message[],
  options: CheckedAgentOptions,
  signal: AbortSignal | undefined,
): AsyncGenerator<AgentEvent, void> {
  using interrupt = await interruptible(signal);
  const messages = [...input];
  const run = new AgentRun(messages, options, interrupt.signal);
  try {
    const reason = yield* agentLoop(messages, run);
    yield { type: "finish", result: run.finish(messages, reason) };
  } catch (error) {
    const ended = run.endedBySignal();
    const result = run.finish(messages, ended ?? "error", ended === undefined ? error : undefined);
    if (ended === undefined && error instanceof ArgumentError) throw error; // a mistake in the program, not in the run
    yield { type: "finish", result };
  } finally {
    run.close();
  }
}

function checkInput(input: string | readonly Message[]): readonly Message[] {
  if (typeof input === "string") return [{ role: "user", content: checkText("input", input, { allowEmpty: false }) }];
  const messages = checkArray(
    "input",
    input,
    (name, message) => {
      const { role, content } = checkObject(name, message, { hint: 'pass { role: "user", content: "…" }' });
      checkChoice(`${name}.role`, role, ["system", "user", "assistant", "tool"]);
      checkText(`${name}.content`, content);
      return message as Message;
    },
    { allowEmpty: false, hint: 'pass a request, or [{ role: "user", content: "…" }]' },
  );
  if (messages.at(-1)!.role === "assistant" && openCalls(messages).length === 0) {
    throw argumentError("input", "a conversation that waits for an answer", messages, { hint: "end it with a message of the user" });
  }
  return messages;
}
