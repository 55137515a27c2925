/** What chat() of a model elsewhere is given. */
import {
  checkArray,
  checkChoice,
  checkInteger,
  checkNumber,
  checkObject,
  checkOptions,
  checkSignal,
  checkText,
} from "../../runtime/check.ts";
import type { ChatOptions, MultimodalMessage } from "../chat-model.ts";
import { checkContent } from "../content.ts";
import { samplingOptionNames } from "../sampler.ts";

const names: readonly string[] = [...samplingOptionNames, "tools", "toolChoice", "schema", "maxNewTokens", "stop", "signal"];

export function checkChat(messages: readonly MultimodalMessage[], options: ChatOptions): void {
  checkArray(
    "messages",
    messages,
    (name, message) => {
      const { role, content } = checkObject(name, message, { hint: 'pass { role: "user", content: "…" }' });
      checkChoice(`${name}.role`, role, ["system", "user", "assistant", "tool"]);
      checkContent(`${name}.content`, role, content);
    },
    { allowEmpty: false, hint: 'pass [{ role: "user", content: "…" }]' },
  );
  checkOptions("options", options, names);
  const { temperature, topP, maxNewTokens, stop, toolChoice, tools, signal } = options;
  if (temperature !== undefined) checkNumber("temperature", temperature, { min: 0 });
  if (topP !== undefined) checkNumber("topP", topP, { above: 0, max: 1 });
  if (maxNewTokens !== undefined) checkInteger("maxNewTokens", maxNewTokens, { min: 1 });
  if (stop !== undefined) checkArray("stop", stop, checkText);
  if (toolChoice !== undefined) checkChoice("toolChoice", toolChoice, ["auto", "valid", "required"]);
  if (tools !== undefined)
    checkArray("tools", tools, (name, tool) => checkText(`${name}.name`, checkObject(name, tool)["name"], { allowEmpty: false }));
  checkSignal("signal", signal);
}

/** Ids for the calls of tools, which our messages do without: results follow the calls in their order. */
export function withCallIds(
  messages: readonly MultimodalMessage[],
): { message: MultimodalMessage; callIds: string[]; answers?: string | undefined }[] {
  const waiting: string[] = [];
  let count = 0;
  return messages.map((message) => {
    const callIds = (message.toolCalls ?? []).map(() => `call_${count++}`);
    waiting.push(...callIds);
    return { message, callIds, ...(message.role === "tool" && { answers: waiting.shift() ?? `call_${count++}` }) };
  });
}
