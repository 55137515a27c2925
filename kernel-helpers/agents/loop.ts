/**
 * An agent is a loop: a model is asked, the tools that it calls are run, their results are said back, until it calls none (ReAct, Yao et al. 2023,
 * arXiv:2210.03629). What may be shown, run and spent is decided elsewhere, by a policy; createAgent() has the one with budgets, approval and traces.
 */
import type { Message, Part, ToolCall, Usage } from "../llm/index.ts";
import type { ToolResult } from "./tool.ts";

/** What the model said in one step. */
export interface Turn {
  text: string;
  calls: readonly ToolCall[];
  /** `cut`: the model did not come to an end of its own. */
  reason: "stop" | "length" | "cut";
  usage: Usage;
}

export type LoopEvent =
  | { type: "text"; step: number; text: string }
  | { type: "turn"; step: number; turn: Turn }
  | { type: "result"; step: number; result: ToolResult };

export interface Policy<Reason extends string> {
  /** What the model is asked in this step, or why it is not. */
  ask(messages: readonly Message[], step: number): AsyncIterable<Part> | Reason;
  /** Why the run ends with this turn, if it does. */
  ends(turn: Turn, step: number): Reason | undefined;
  /** Why the run ends before these calls are run, if it does. */
  waiting(calls: readonly ToolCall[]): Promise<Reason | undefined>;
  /** Runs the calls of one turn side by side. */
  act(calls: readonly ToolCall[], step: number): Promise<readonly ToolResult[]>;
}

/**
 * @param messages The conversation; turns and results are appended. Where it ends with calls that have no results, these are run first.
 * @returns Why it ended, in the policy's words.
 */
export async function* agentLoop<Reason extends string>(messages: Message[], policy: Policy<Reason>): AsyncGenerator<LoopEvent, Reason> {
  let calls = openCalls(messages);
  for (let step = 1; ; step++) {
    if (calls.length === 0) {
      const parts = policy.ask(messages, step);
      if (typeof parts === "string") return parts;
      const turn = yield* listen(parts, step);
      calls = turn.calls;
      messages.push({ role: "assistant", content: turn.text, ...(calls.length > 0 && { toolCalls: calls }) });
      yield { type: "turn", step, turn };
      const reason = policy.ends(turn, step);
      if (reason !== undefined) return reason;
    }
    const reason = await policy.waiting(calls);
    if (reason !== undefined) return reason;
    for (const result of await policy.act(calls, step)) {
      messages.push({ role: "tool", content: result.content });
      yield { type: "result", step, result };
    }
    calls = [];
  }
}

/** The parts of one answer put together; text is passed on as it comes. */
async function* listen(parts: AsyncIterable<Part>, step: number): AsyncGenerator<LoopEvent, Turn> {
  const calls: ToolCall[] = [];
  const turn: Turn = { text: "", calls, reason: "cut", usage: { promptTokens: 0, cachedTokens: 0, newTokens: 0 } };
  for await (const part of parts) {
    if (part.type === "text") {
      turn.text += part.text;
      yield { type: "text", step, text: part.text };
    } else if (part.type === "tool-call") calls.push({ name: part.name, arguments: part.arguments });
    else if (part.type === "finish") [turn.reason, turn.usage] = [part.reason, part.usage];
  }
  return turn;
}

/** Calls of the last turn that nobody has answered. */
export function openCalls(messages: readonly Message[]): readonly ToolCall[] {
  const last = messages.at(-1);
  return last?.role === "assistant" ? (last.toolCalls ?? []) : [];
}
