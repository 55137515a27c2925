/** ReAct as a prompt: what the model reads, and how what it writes is read. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { createAgent, defineTool, reactPrompt } from "../../kernel-helpers/agents/index.ts";
import { parseReact } from "../../kernel-helpers/agents/react.ts";
import { scripted } from "./scripted.ts";

const search = defineTool({ name: "Search", description: "Finds pages", parameters: z.object({ query: z.string() }), run: ({ query }) => `nothing about ${query}` }); // prettier-ignore
const add = defineTool({ name: "Add", description: "Adds", parameters: z.object({ a: z.number(), b: z.number() }), run: ({ a, b }) => a + b, isTrusted: true }); // prettier-ignore
const tools = [search, add];

describe("a reply in the style of ReAct", () => {
  test.each([
    ['Thought: I need a sum\nAction: Add\nAction Input: {"a": 1, "b": 2}', "I need a sum", { name: "Add", arguments: { a: 1, b: 2 } }],
    ["Action: Search\nAction Input: world cup 2025", "", { name: "Search", arguments: { query: "world cup 2025" } }],
    ['Action: `Search`\nAction Input: "world cup"', "", { name: "Search", arguments: { query: "world cup" } }],
    ["Action: Add\nAction Input: 1 and 2", "", { name: "Add", arguments: { input: "1 and 2" } }],
    ['Action: Add\nAction Input: ```json\n{"a": 1, "b": 2}\n```', "", { name: "Add", arguments: { a: 1, b: 2 } }],
    ["Action: Search\nAction Input: x\nObservation: made up\nFinal Answer: made up", "", { name: "Search", arguments: { query: "x" } }],
    ["Thought: I know\nFinal Answer: 3\nof them", "3\nof them", undefined],
    ["Final Answer: 3\nAction: Add\nAction Input: {}", "3\nAction: Add\nAction Input: {}", undefined],
    ["It is 3.", "It is 3.", undefined],
    ["Thought: hm\nAction: Add", "hm\nAction: Add", undefined],
    ["", "", undefined],
  ])("%j", (reply, said, call) => {
    expect(parseReact(reply, tools)).toEqual({ said, call });
  });
});

test("an agent of a model without tools sees them in the prompt, and its own steps as it wrote them", async () => {
  const model = scripted([
    { text: 'Thought: A sum.\nAction: Add\nAction Input: {"a": 1, "b": 2}' },
    { text: "Thought: Done.\nFinal Answer: 3" },
  ]);
  const { text, finishReason } = await createAgent({ model: reactPrompt(model), tools }).run("1 + 2?");
  expect([text, finishReason]).toEqual(["3", "stop"]);
  const { messages, options } = model.asked[1]!;
  expect(options).not.toHaveProperty("tools");
  expect(options).not.toHaveProperty("toolChoice");
  expect(options.stop).toEqual(["\nObservation:"]);
  expect(messages[0]!.content).toContain("should be one of [Search, Add]");
  expect(messages.slice(1)).toEqual([
    { role: "user", content: "Question: 1 + 2?" },
    { role: "assistant", content: 'Thought: A sum.\nAction: Add\nAction Input: {"a":1,"b":2}' },
    { role: "user", content: "Observation: 3" },
  ]);
});
