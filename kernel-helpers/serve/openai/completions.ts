/** /v1/completions (platform.openai.com/docs/api-reference/completions): text that is continued. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Answering, Task } from "../answering.ts";
import { Choice, completionLogProbs, newId, sumUsage } from "./choice.ts";
import { toOptions, type GivenSampling } from "./messages.ts";
import { sendEvents, type SentEvent } from "./sse.ts";

export interface CompletionBody extends GivenSampling {
  prompt: string | readonly string[] | readonly number[] | readonly (readonly number[])[];
  max_tokens?: number | null;
  logprobs?: number | null;
}

/** OpenAI's default. */
const defaultMaxTokens = 16;

export const completions =
  (answering: Answering) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const body = request.body as CompletionBody;
    const { task, prompts } = toTask(body, answering.mostTokens);
    const head = { id: newId("cmpl-"), object: "text_completion", created: Math.floor(Date.now() / 1000), model: body.model };
    if (body.stream) return sendEvents(reply, chunks(answering, request, task, body, head, prompts), { hasDone: true });
    const { choices } = await answering.collect(request, task);
    return {
      ...head,
      choices: choices.map((choice, index) => ({
        index,
        text: choice.text,
        logprobs: body.logprobs == null ? null : completionLogProbs(choice.tokens, 0),
        finish_reason: choice.finishReason,
      })),
      usage: sumUsage(
        choices.map(({ usage }) => usage),
        prompts,
      ),
    };
  };

function toTask(body: CompletionBody, mostTokens: number): { task: Task; prompts: number } {
  const { prompt, n, logprobs } = body;
  const isOne = typeof prompt === "string" || typeof prompt[0] === "number";
  const prompts = (isOne ? [prompt] : prompt) as readonly (string | readonly number[])[];
  const each = n ?? 1;
  const optionsOf = toOptions(body, body.max_tokens ?? defaultMaxTokens, mostTokens);
  const task: Task = {
    operation: "text_completion",
    modelId: body.model,
    count: prompts.length * each,
    prompt: prompts,
    start: (model, index, signal) =>
      model.generate(prompts[Math.floor(index / each)]!, { ...optionsOf(index), ...(logprobs != null && { logProbs: logprobs }), signal }),
  };
  return { task, prompts: prompts.length };
}

async function* chunks(
  answering: Answering,
  request: FastifyRequest,
  task: Task,
  body: CompletionBody,
  head: object,
  prompts: number,
): AsyncGenerator<SentEvent, void> {
  const states = Array.from({ length: task.count }, () => ({ choice: new Choice(), told: 0, offset: 0 }));
  for await (const { index, part } of answering.stream(request, task)) {
    const state = states[index]!;
    state.choice.add(part);
    if (part.type === "token") continue;
    const tokens = state.choice.tokens.slice(state.told);
    state.told = state.choice.tokens.length;
    const logprobs = body.logprobs == null ? null : completionLogProbs(tokens, state.offset);
    state.offset += tokens.reduce((sum, { text }) => sum + text.length, 0);
    if (part.type === "text") yield { data: { ...head, choices: [{ index, text: part.text, logprobs, finish_reason: null }] } };
    if (part.type === "finish") {
      yield { data: { ...head, choices: [{ index, text: "", logprobs, finish_reason: state.choice.finishReason }] } };
    }
  }
  if (body.stream_options?.include_usage) {
    const usages = states.map(({ choice }) => choice.usage);
    yield { data: { ...head, choices: [], usage: sumUsage(usages, prompts) } };
  }
}
