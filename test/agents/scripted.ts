/** A ChatModel for the loop's own logic: it says what its script says, turn by turn, and remembers what it was asked. */
import type { ChatModel, ChatOptions, Message, ToolCall } from "../../kernel-helpers/llm/index.ts";

export interface ScriptedTurn {
  text?: string;
  calls?: readonly ToolCall[];
  reason?: "stop" | "length";
  newTokens?: number;
}

export interface Scripted extends ChatModel {
  readonly asked: { messages: readonly Message[]; options: ChatOptions }[];
}

/** @param script A turn for each time it is asked, the last one again and again; or a function of what it is asked. */
export function scripted(script: readonly ScriptedTurn[] | ((messages: readonly Message[]) => ScriptedTurn)): Scripted {
  const asked: Scripted["asked"] = [];
  return {
    name: "scripted",
    asked,
    async *chat(messages, options = {}) {
      asked.push({ messages: structuredClone(messages) as readonly Message[], options });
      const turn = typeof script === "function" ? script(messages) : script[Math.min(asked.length, script.length) - 1]!;
      const { text = "", calls = [], reason = "stop", newTokens = 5 } = turn;
      for (const piece of text.split(/(?<= )/)) if (piece !== "") yield { type: "text", text: piece };
      for (const call of calls) yield { type: "tool-call", ...call };
      yield { type: "finish", reason, usage: { promptTokens: 10, cachedTokens: 0, newTokens } };
    },
  };
}

export const call = (name: string, args: Record<string, unknown> = {}): ToolCall => ({ name, arguments: args });
