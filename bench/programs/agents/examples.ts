/** Tasks of the training split as conversations that went well: what a model is shown before the request. */
import { Shop, shopTools, type ShopTask } from "../../../kernel-helpers/agents/index.ts";
import type { ChatModel, Message, ToolCall } from "../../../kernel-helpers/llm/index.ts";

/** The first task of each language and kind, with the answer that ends it. */
const chosen: readonly [language: "en" | "zh", kind: ShopTask["kind"], answer: string][] = [
  ["en", "cancel", "Order {id} is cancelled."],
  ["zh", "price", "{name}的价格是{price}元。"],
  ["en", "order", "I have placed the order."],
  ["zh", "false-premise", "没有订单{id}。"],
];

const final = (answer: string): ToolCall => ({ name: "final_answer", arguments: { answer } });

export async function examplesOf(fresh: Shop, tasks: readonly ShopTask[]): Promise<Message[]> {
  const messages: Message[] = [];
  for (const [language, kind, answer] of chosen) {
    const task = tasks.find((one) => one.split === "train" && one.language === language && one.kind === kind)!;
    const tools = shopTools(fresh.fork(), task.customer);
    const looks = task.first.slice(0, task.kind === "cancel" ? 0 : 1);
    const calls = [...looks, ...task.actions.filter((action) => JSON.stringify(action) !== JSON.stringify(looks[0]))];
    messages.push({ role: "user", content: task.request });
    let seen = "";
    for (const call of calls) {
      const result = await tools.find(({ name }) => name === call.name)!.call(call.arguments);
      messages.push({ role: "assistant", content: "", toolCalls: [call] }, { role: "tool", content: result.content });
      seen = result.content;
    }
    const said = answer.replaceAll(/\{(\w+)\}/g, (_, key: string) => {
      if (key === "id") return /o\d{4}/.exec(task.request)![0];
      if (key === "name") return String(task.first[0]!.arguments["query"]);
      return new RegExp(`"${key}":"?([^",}]+)`).exec(seen)![1]!;
    });
    messages.push({ role: "assistant", content: "", toolCalls: [final(said)] });
  }
  return messages;
}

/** The same model, shown examples between the system's message and the request. */
export function withExamples(model: ChatModel, examples: readonly Message[]): ChatModel {
  return {
    name: model.name,
    chat(messages, options) {
      const at = messages[0]?.role === "system" ? 1 : 0;
      return model.chat([...messages.slice(0, at), ...examples, ...messages.slice(at)], options);
    },
  };
}
