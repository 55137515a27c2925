/** /v1/chat/completions (platform.openai.com/docs/api-reference/chat). */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { JsonSchema } from "../../llm/index.ts";
import type { Answering, Task } from "../answering.ts";
import { invalid } from "../api-error.ts";
import { chatLogProbs, Choice, newId, sumUsage, writeCall } from "./choice.ts";
import { toFormat, toMessages, toOptions, toTools, type GivenMessage, type GivenSampling, type GivenTool } from "./messages.ts";
import { sendEvents, type SentEvent } from "./sse.ts";

export interface ChatBody extends GivenSampling {
  messages: readonly GivenMessage[];
  max_tokens?: number | null;
  max_completion_tokens?: number | null;
  logprobs?: boolean | null;
  top_logprobs?: number | null;
  response_format?: { type: "text" | "json_object" } | { type: "json_schema"; json_schema: { schema: JsonSchema } };
  tools?: readonly { function: GivenTool }[];
  tool_choice?: "none" | "auto" | "required" | { function: { name: string } };
}

export const chatCompletions =
  (answering: Answering) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const body = request.body as ChatBody;
    const task = toTask(body, answering.mostTokens);
    const head = { id: newId("chatcmpl-"), created: Math.floor(Date.now() / 1000), model: body.model };
    if (body.stream) return sendEvents(reply, chunks(answering, request, task, body, head), { hasDone: true });
    const { choices, bytesOf } = await answering.collect(request, task);
    return {
      ...head,
      object: "chat.completion",
      choices: choices.map((choice, index) => ({
        index,
        message: {
          role: "assistant",
          content: choice.calls.length > 0 && choice.text === "" ? null : choice.text,
          refusal: null,
          ...(choice.calls.length > 0 && { tool_calls: choice.calls }),
        },
        logprobs: body.logprobs ? chatLogProbs(choice.tokens, bytesOf) : null,
        finish_reason: choice.finishReason,
      })),
      usage: sumUsage(choices.map(({ usage }) => usage)),
    };
  };

function toTask(body: ChatBody, mostTokens: number): Task {
  const messages = toMessages(body.messages);
  const { top_logprobs: alternatives, response_format: format, tool_choice: choice } = body;
  if (alternatives != null && !body.logprobs) throw invalid("top_logprobs needs logprobs: true", "top_logprobs");
  const constraint = toFormat(format?.type === "json_schema" ? { type: "json_schema", schema: format.json_schema.schema } : format);
  const tools = toTools(
    body.tools?.map((tool) => tool.function),
    typeof choice === "object" ? choice.function : choice,
  );
  if (tools.tools && constraint.schema !== undefined) throw invalid("tools and response_format exclude each other here", "response_format");
  const optionsOf = toOptions(body, body.max_completion_tokens ?? body.max_tokens, mostTokens);
  return {
    operation: "chat",
    modelId: body.model,
    count: body.n ?? 1,
    prompt: messages,
    start: (model, index, signal) =>
      model.chat(messages, { ...optionsOf(index), ...constraint, ...tools, ...(body.logprobs && { logProbs: alternatives ?? 0 }), signal }),
  };
}

async function* chunks(
  answering: Answering,
  request: FastifyRequest,
  task: Task,
  body: ChatBody,
  head: object,
): AsyncGenerator<SentEvent, void> {
  const wantsUsage = body.stream_options?.include_usage === true;
  const chunk = (choices: object[], usage: object | null = null): SentEvent => ({
    data: { ...head, object: "chat.completion.chunk", choices, ...(wantsUsage && { usage }) },
  });
  const states = Array.from({ length: task.count }, () => ({ choice: new Choice(), told: 0, hasBegun: false }));
  for await (const { index, part, bytesOf } of answering.stream(request, task)) {
    const state = states[index]!;
    const { choice } = state;
    choice.add(part);
    const tokens = choice.tokens.slice(state.told);
    const delta = (content: object, reason: string | null = null): SentEvent => {
      state.told = choice.tokens.length;
      return chunk([
        {
          index,
          delta: content,
          logprobs: body.logprobs && tokens.length > 0 ? chatLogProbs(tokens, bytesOf) : null,
          finish_reason: reason,
        },
      ]);
    };
    if (!state.hasBegun) {
      state.hasBegun = true;
      yield chunk([{ index, delta: { role: "assistant", content: "" }, logprobs: null, finish_reason: null }]);
    }
    if (part.type === "text") yield delta({ content: part.text });
    else if (part.type === "tool-call") {
      const call = choice.calls.at(-1) ?? writeCall(part);
      yield delta({ tool_calls: [{ index: choice.calls.length - 1, ...call }] });
    } else if (part.type === "finish") yield delta({}, choice.finishReason);
  }
  if (wantsUsage) yield chunk([], sumUsage(states.map(({ choice }) => choice.usage)));
}
