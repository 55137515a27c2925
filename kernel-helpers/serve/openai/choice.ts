/** One answer as it grows: its text, its calls of tools, the probabilities of its tokens, and how it ended. */
import { randomUUID } from "node:crypto";
import type { Part, ToolCall, Usage } from "../../llm/index.ts";

export const newId = (prefix: string): string => `${prefix}${randomUUID().replaceAll("-", "")}`;

type TokenPart = Extract<Part, { type: "token" }>;

export interface WrittenCall {
  id: string;
  type: "function";
  function: { name: string; arguments: string };
}

export const writeCall = ({ name, arguments: given }: ToolCall): WrittenCall => ({
  id: newId("call_"),
  type: "function",
  function: { name, arguments: JSON.stringify(given) },
});

export class Choice {
  text = "";
  readonly calls: WrittenCall[] = [];
  readonly tokens: TokenPart[] = [];
  usage: Usage = { promptTokens: 0, cachedTokens: 0, newTokens: 0 };
  #reason: "stop" | "length" = "stop";

  add(part: Part): void {
    if (part.type === "text") this.text += part.text;
    else if (part.type === "tool-call") this.calls.push(writeCall(part));
    else if (part.type === "token") this.tokens.push(part);
    else [this.#reason, this.usage] = [part.reason, part.usage];
  }

  get finishReason(): "stop" | "length" | "tool_calls" {
    return this.calls.length > 0 ? "tool_calls" : this.#reason;
  }
}

/** Of several answers to one prompt, which counts once. */
export function sumUsage(usages: readonly Usage[], prompts: number = 1): object {
  const sum = (key: "promptTokens" | "newTokens" | "cachedTokens"): number => usages.reduce((total, usage) => total + usage[key], 0);
  const promptTokens = usages.length === 0 ? 0 : (sum("promptTokens") / usages.length) * prompts;
  const newTokens = sum("newTokens");
  return {
    prompt_tokens: promptTokens,
    completion_tokens: newTokens,
    total_tokens: promptTokens + newTokens,
    prompt_tokens_details: { cached_tokens: Math.min(promptTokens, sum("cachedTokens")) },
  };
}

/** The bytes of a token, which may be a part of a character only. */
type BytesOf = (id: number) => number[] | null;

const explained = (token: { id: number; text: string; logProb: number }, bytesOf: BytesOf): object => ({
  token: token.text,
  logprob: Math.max(token.logProb, -9999), // JSON has no infinity
  bytes: bytesOf(token.id),
});

export const chatLogProbs = (tokens: readonly TokenPart[], bytesOf: BytesOf): object => ({
  content: tokens.map((token) => ({
    ...explained(token, bytesOf),
    top_logprobs: token.alternatives.map((one) => explained(one, bytesOf)),
  })),
  refusal: null,
});

/** As completions have them: lists side by side. */
export function completionLogProbs(tokens: readonly TokenPart[], firstOffset: number): object {
  let offset = firstOffset;
  const offsets = tokens.map(({ text }) => (offset += text.length) - text.length);
  return {
    tokens: tokens.map(({ text }) => text),
    token_logprobs: tokens.map(({ logProb }) => Math.max(logProb, -9999)),
    top_logprobs: tokens.map(({ alternatives }) => Object.fromEntries(alternatives.map((one) => [one.text, Math.max(one.logProb, -9999)]))),
    text_offset: offsets,
  };
}
