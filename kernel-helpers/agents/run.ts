/** One run of an agent: what the model is shown, what may be spent, which calls are run, and what is kept of it all. */
import type { Message, Part, ToolCall } from "../llm/index.ts";
import type { AgentResult, FinishReason } from "./agent.ts";
import { guardResult, marksOf, type GuardMarks } from "./guard.ts";
import type { Policy, Turn } from "./loop.ts";
import { fitMessages } from "./memory.ts";
import { finalAnswer, type CheckedAgentOptions } from "./options.ts";
import { callTool, defineTool, untilAborted, type AgentTool, type ToolResult } from "./tool.ts";
import { RunTrace } from "./trace.ts";

/** The same calls so often in a row, and the model is going round in circles. */
const maxRepetitions = 3;

const finalTool: AgentTool = defineTool({
  name: finalAnswer,
  description: "Ends the task with the answer for the user. Call it as soon as the answer is known, or if the request cannot be met.",
  parameters: { type: "object", properties: { answer: { type: "string" } }, required: ["answer"], additionalProperties: false },
  run: () => "",
});

export class AgentRun implements Policy<FinishReason> {
  readonly #options: CheckedAgentOptions;
  readonly #tools: readonly AgentTool[];
  readonly #trace: RunTrace;
  readonly #late = new AbortController();
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #signal: AbortSignal;
  readonly #marks: GuardMarks | undefined;
  readonly #results: ToolResult[] = [];
  readonly #usage = { inputTokens: 0, cachedTokens: 0, outputTokens: 0 };
  #steps = 0;
  #text = "";
  #pending: readonly ToolCall[] = [];
  #lastCalls = "";
  #repetitions = 0;
  #isFinished = false;

  constructor(input: readonly Message[], options: CheckedAgentOptions, signal: AbortSignal) {
    const { name: agent, tools, toolChoice, defence, maxSeconds, tracer, provider, recordContent } = options;
    this.#options = options;
    this.#tools = toolChoice === "required" && tools.length > 0 ? [...tools, finalTool] : tools;
    this.#signal = AbortSignal.any([signal, this.#late.signal]);
    if (maxSeconds !== undefined) this.#timer = setTimeout(() => this.#late.abort(), maxSeconds * 1000);
    this.#marks = defence === "none" || tools.length === 0 ? undefined : marksOf(input);
    this.#trace = new RunTrace({ agent, tracer, provider, recordContent });
  }

  ask(messages: readonly Message[], step: number): AsyncIterable<Part> | FinishReason {
    const { model, maxSteps, maxTokens, memory, countTokens, sampling, toolChoice } = this.#options;
    const ended = this.endedBySignal();
    if (ended !== undefined) return ended;
    if (step > maxSteps) return "max-steps";
    const left = maxTokens - this.#usage.inputTokens - this.#usage.outputTokens;
    if (left < 1) return "max-tokens";
    let shown = this.#withInstructions(messages);
    if (memory !== undefined) {
      const fitted = fitMessages(shown, { budget: memory, countTokens });
      if (!fitted.fits) return "memory";
      shown = fitted.messages;
    }
    this.#steps++;
    const tools = this.#tools.map(({ name, description, parameters }) => ({ name, description, parameters }));
    const maxNewTokens = Math.min(this.#options.maxNewTokens, left);
    const asked = { ...sampling, maxNewTokens, signal: this.#signal, ...(tools.length > 0 && { tools, toolChoice }) };
    return endingWith(this.#signal, this.#trace.chat(model, shown, asked, step));
  }

  ends({ text, calls, reason, usage }: Turn): FinishReason | undefined {
    this.#usage.inputTokens += usage.promptTokens;
    this.#usage.cachedTokens += usage.cachedTokens;
    this.#usage.outputTokens += usage.newTokens;
    this.#text = text.trim();
    const ended = this.endedBySignal();
    if (ended !== undefined) return ended;
    const [first] = calls;
    if (first?.name === finalAnswer && calls.length === 1 && this.#tools.includes(finalTool)) {
      const { answer } = first.arguments;
      this.#text = typeof answer === "string" ? answer : JSON.stringify(first.arguments);
      return "stop";
    }
    if (first) return this.#isStuck(calls) ? "repetition" : undefined;
    if (reason !== "stop") return "length";
    if (this.#tools.length > 0 && malformedCall.test(text)) return "malformed-call";
    return this.#text === "" ? "empty" : "stop";
  }

  async act(calls: readonly ToolCall[], step: number): Promise<readonly ToolResult[]> {
    const approvals = await this.#decide(calls);
    const results = await Promise.all(
      calls.map(async (call, index) => {
        const denial = approvals[index];
        if (denial !== undefined) return denial;
        const description = this.#tools.find(({ name }) => name === call.name)?.description;
        return this.#trace.tool(call, description, step, () => callTool(this.#tools, call, this.#signal));
      }),
    );
    this.#results.push(...results);
    const marks = this.#marks;
    if (!marks) return results;
    return results.map((result) => (this.#isTrusted(result) ? result : guardResult(result, marks, this.#options.defence === "withhold")));
  }

  /** Which calls wait for a person, where nobody is there to be asked. */
  async waiting(calls: readonly ToolCall[]): Promise<FinishReason | undefined> {
    if (this.#options.approve) return undefined;
    const needed = await Promise.all(calls.map((call) => this.#needsApproval(call)));
    this.#pending = calls.filter((_, index) => needed[index]);
    return this.#pending.length > 0 ? "needs-approval" : undefined;
  }

  /** Whether the run was stopped from outside, or its time is over. */
  endedBySignal(): FinishReason | undefined {
    if (!this.#signal.aborted) return undefined;
    return this.#late.signal.aborted && this.#signal.reason === this.#late.signal.reason ? "max-seconds" : "aborted";
  }

  finish(messages: readonly Message[], reason: FinishReason, error?: unknown): AgentResult {
    this.#isFinished = true;
    this.#trace.end(reason, this.#usage, error);
    return {
      text: this.#text,
      finishReason: reason,
      messages,
      results: this.#results,
      pending: this.#pending,
      steps: this.#steps,
      usage: this.#usage,
      seconds: this.#trace.seconds,
      trace: this.#trace.spans,
      error,
    };
  }

  /** Also where nobody waited for the end. */
  close(): void {
    clearTimeout(this.#timer);
    if (!this.#isFinished) this.finish([], "aborted");
  }

  #withInstructions(messages: readonly Message[]): readonly Message[] {
    const lines = [this.#options.instructions, this.#marks?.instruction].filter((line) => line !== undefined);
    if (lines.length === 0) return messages;
    const [first, ...rest] = messages;
    if (first!.role !== "system") return [{ role: "system", content: lines.join("\n") }, ...messages];
    return [{ ...first!, content: [first!.content, ...lines].join("\n") }, ...rest];
  }

  /** For each call: undefined where it may run, and else the result that says why not. People are asked one call at a time. */
  async #decide(calls: readonly ToolCall[]): Promise<(ToolResult | undefined)[]> {
    const decided: (ToolResult | undefined)[] = [];
    for (const call of calls) {
      const { approve } = this.#options;
      if (!approve || !(await this.#needsApproval(call))) {
        decided.push(undefined);
        continue;
      }
      const word = await untilAborted(this.#signal, async () => approve(call));
      const { approved, reason } = typeof word === "object" ? word : { approved: word, reason: undefined };
      const content = `error: the user did not allow this call${reason === undefined ? "" : `: ${reason}`}`;
      decided.push(approved ? undefined : { call, content, value: undefined, error: "denied", seconds: 0 });
    }
    return decided;
  }

  async #needsApproval(call: ToolCall): Promise<boolean> {
    return (await this.#tools.find(({ name }) => name === call.name)?.needsApproval(call.arguments)) ?? false;
  }

  /** What is not of a tool, or of one that nobody else writes into. */
  #isTrusted({ call, error }: ToolResult): boolean {
    if (error !== undefined && error !== "failed") return true;
    return this.#tools.find(({ name }) => name === call.name)?.isTrusted ?? true;
  }

  #isStuck(calls: readonly ToolCall[]): boolean {
    const text = JSON.stringify(calls);
    this.#repetitions = text === this.#lastCalls ? this.#repetitions + 1 : 1;
    this.#lastCalls = text;
    return this.#repetitions >= maxRepetitions;
  }
}

/** A call that is not one stays text (llm's tool-calls.ts). */
const malformedCall = /<tool_call>/;

/** Ends with the signal also where the model does not listen to it. */
async function* endingWith(signal: AbortSignal, parts: AsyncGenerator<Part, void>): AsyncGenerator<Part, void> {
  try {
    for (;;) {
      const next = await untilAborted(signal, () => parts.next());
      if (next.done) return;
      yield next.value;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    void parts.return().catch(() => {}); // not awaited: a model that does not listen would hold up the run
  }
}
