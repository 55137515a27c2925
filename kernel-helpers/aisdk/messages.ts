/** Prompts of the AI SDK as our messages, and ours as its. Ours name no ids for calls: results follow the calls in their order. */
import type { LanguageModelV3Prompt, LanguageModelV3ToolResultOutput } from "@ai-sdk/provider";
import { ArgumentError } from "../errors.ts";
import type { Message, ToolCall } from "../llm/index.ts";

/** @throws {ArgumentError} A part that no model of text can read, such as an image. */
export function fromPrompt(prompt: LanguageModelV3Prompt): Message[] {
  const messages: Message[] = [];
  /** Results by the ids of their calls, so that they can be put into the calls' order. */
  let waiting: string[] = [];
  for (const message of prompt) {
    if (message.role === "system") messages.push({ role: "system", content: message.content });
    else if (message.role === "user") {
      const texts = message.content.map((part) => (part.type === "text" ? part.text : refuse(part.type)));
      messages.push({ role: "user", content: texts.join("\n") });
    } else if (message.role === "assistant") {
      const calls: (ToolCall & { id: string })[] = [];
      let content = "";
      for (const part of message.content) {
        if (part.type === "text") content += part.text;
        else if (part.type === "tool-call")
          calls.push({ id: part.toolCallId, name: part.toolName, arguments: part.input as Record<string, unknown> });
        else if (part.type !== "reasoning") refuse(part.type); // a model's thoughts are not said again
      }
      waiting = calls.map(({ id }) => id);
      messages.push({
        role: "assistant",
        content,
        ...(calls.length > 0 && { toolCalls: calls.map(({ name, arguments: given }) => ({ name, arguments: given })) }),
      });
    } else {
      const results = message.content.flatMap((part) => (part.type === "tool-result" ? [part] : []));
      const place = (id: string): number => (waiting.includes(id) ? waiting.indexOf(id) : waiting.length);
      for (const { output } of results.toSorted((one, other) => place(one.toolCallId) - place(other.toolCallId)))
        messages.push({ role: "tool", content: textOf(output) });
    }
  }
  return messages;
}

/** Ids are made for the calls, and results are given those of their calls. */
export function toPrompt(messages: readonly Message[]): LanguageModelV3Prompt {
  let count = 0;
  const waiting: { id: string; name: string }[] = [];
  return messages.map(({ role, content, toolCalls = [] }) => {
    if (role === "system") return { role, content };
    if (role === "user") return { role, content: [{ type: "text", text: content }] };
    if (role === "assistant") {
      const calls = toolCalls.map(({ name, arguments: input }) => ({
        type: "tool-call" as const,
        toolCallId: `call_${count++}`,
        toolName: name,
        input,
      }));
      waiting.push(...calls.map(({ toolCallId: id, toolName: name }) => ({ id, name })));
      return { role, content: [...(content === "" ? [] : [{ type: "text" as const, text: content }]), ...calls] };
    }
    const { id, name } = waiting.shift() ?? { id: `call_${count++}`, name: "tool" };
    return { role, content: [{ type: "tool-result", toolCallId: id, toolName: name, output: { type: "text", value: content } }] };
  });
}

function textOf(output: LanguageModelV3ToolResultOutput): string {
  if (output.type === "text" || output.type === "error-text") return output.value;
  if (output.type === "execution-denied")
    return `error: the user did not allow this call${output.reason === undefined ? "" : `: ${output.reason}`}`;
  if (output.type === "content")
    return output.value.map((part) => (part.type === "text" ? part.text : `[${part.type}: left out]`)).join("\n");
  return JSON.stringify(output.value);
}

function refuse(type: string): never {
  throw new ArgumentError(`the prompt has a part of type ${type}`, {
    hint: "this model reads text alone",
    facts: { argument: "prompt", value: type },
  });
}
