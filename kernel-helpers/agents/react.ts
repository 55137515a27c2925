/**
 * Tools for models that were not tuned to call any: zero-shot ReAct (Yao et al. 2023, arXiv:2210.03629), as a prompt. The model writes Thought, Action and Action
 * Input, and what it writes is read as text or calls. The wording is that of LangChain's first agents, which the books of 2023 quote.
 */
import type { ChatModel, ChatOptions, Message, Part, Tool, ToolCall } from "../llm/index.ts";
import { argumentError, isPlainObject } from "../runtime/check.ts";

/**
 * A model whose tools are described in its prompt. An answer comes as a whole, for only its end says whether it is a call. `toolChoice` cannot be kept to: calls
 * are checked when they are made.
 *
 * @example
 * createAgent({ model: reactPrompt(await LanguageModel.load('SmolLM2-135M-Instruct')), tools: [calculator()] })
 */
export function reactPrompt(model: ChatModel): ChatModel {
  if (typeof (model as ChatModel | undefined)?.chat !== "function")
    throw argumentError("model", "a model for conversations", model, {
      hint: "pass a LanguageModel, openAiCompatible(…) or fromLangChain(…)",
    });
  return {
    name: model.name,
    ...("tokenizer" in model && { tokenizer: model.tokenizer }), // who counts tokens counts by the model's own
    chat(messages: readonly Message[], options: ChatOptions = {}): AsyncIterable<Part> {
      const { tools, toolChoice: _, ...rest } = options;
      if (!tools) return model.chat(messages, options);
      return read(model.chat(toReact(messages, tools), { ...rest, stop: [...(rest.stop ?? []), "\nObservation:"] }), tools);
    },
  };
}

async function* read(parts: AsyncIterable<Part>, tools: readonly Tool[]): AsyncGenerator<Part, void> {
  let text = "";
  for await (const part of parts) {
    if (part.type === "text") text += part.text;
    else if (part.type !== "finish") yield part;
    else {
      const { said, call } = parseReact(text, tools);
      if (said !== "") yield { type: "text", text: said };
      if (call) yield { type: "tool-call", ...call };
      yield part;
    }
  }
}

/** What a reply in the style of ReAct says: an action, or the answer. A reply without either is an answer as it stands. */
export function parseReact(reply: string, tools: readonly Tool[]): { said: string; call: ToolCall | undefined } {
  const action =
    /^[ \t]*Action[ \t]*:[ \t]*(.+?)[ \t]*\n+[ \t]*Action Input[ \t]*:[ \t]*([\s\S]*?)(?=\n[ \t]*(?:Observation|Thought|Final Answer)[ \t]*:|$(?![\s\S]))/m.exec(
      reply,
    );
  const answer = /^[ \t]*Final Answer[ \t]*:[ \t]*([\s\S]*)$(?![\s\S])/m.exec(reply);
  // whichever comes first counts: small models write on as if they had seen the result
  if (action && !(answer && answer.index < action.index)) {
    const name = action[1]!.replace(/^[`"'[]+|[`"'\]]+$/g, "");
    const said = thoughtOf(reply.slice(0, action.index));
    return {
      said,
      call: {
        name,
        arguments: argumentsOf(
          action[2]!,
          tools.find((tool) => tool.name === name),
        ),
      },
    };
  }
  if (answer) return { said: answer[1]!.trim(), call: undefined };
  return { said: thoughtOf(reply), call: undefined };
}

const thoughtOf = (text: string): string => text.replace(/^[ \t]*Thought[ \t]*:[ \t]*/gm, "").trim();

/** JSON, or the text itself for a tool of one argument; what is neither is handed on, so that validation tells the model. */
function argumentsOf(input: string, tool: Tool | undefined): Record<string, unknown> {
  const text = input.trim().replace(/^```(?:json)?\s*([\s\S]*?)\s*```$/, "$1");
  try {
    const parsed: unknown = JSON.parse(text);
    if (isPlainObject(parsed)) return parsed;
  } catch {
    // not JSON
  }
  const { properties = {} } = (typeof tool?.parameters === "object" ? tool.parameters : {}) as { properties?: Record<string, unknown> };
  const names = Object.keys(properties);
  return { [names.length === 1 ? names[0]! : "input"]: text.replace(/^(["'])(.*)\1$/s, "$2") };
}

function toReact(messages: readonly Message[], tools: readonly Tool[]): Message[] {
  const result: Message[] = [];
  const push = (role: "system" | "user" | "assistant", content: string): void => {
    const last = result.at(-1);
    if (last?.role === role) result[result.length - 1] = { role, content: `${last.content}\n${content}` };
    else result.push({ role, content });
  };
  push("system", instructionsOf(tools));
  for (const { role, content, toolCalls = [] } of messages) {
    if (role === "tool") push("user", `Observation: ${content}`);
    else if (role !== "assistant") push(role, role === "user" ? `Question: ${content}` : content);
    else if (toolCalls.length === 0) push("assistant", `Final Answer: ${content}`);
    else {
      const [first, ...others] = toolCalls.map(({ name, arguments: given }) => `Action: ${name}\nAction Input: ${JSON.stringify(given)}`);
      push("assistant", [...(content === "" ? [] : [`Thought: ${content}`]), first, ...others].join("\n"));
    }
  }
  return result;
}

const instructionsOf = (
  tools: readonly Tool[],
): string => `Answer the following questions as best you can. You have access to the following tools:

${tools.map(({ name, description = "", parameters }) => `${name}: ${description} Arguments: ${JSON.stringify(parameters)}`).join("\n")}

Use the following format:

Question: the input question you must answer
Thought: you should always think about what to do
Action: the action to take, should be one of [${tools.map(({ name }) => name).join(", ")}]
Action Input: the arguments of the action, as a JSON object
Observation: the result of the action
... (this Thought/Action/Action Input/Observation can repeat)
Thought: I now know the final answer
Final Answer: the final answer to the original input question`;
