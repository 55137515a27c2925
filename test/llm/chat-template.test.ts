import { describe, expect, test } from "vitest";
import { ChatTemplate } from "../../kernel-helpers/llm/index.ts";

const source =
  "{% for message in messages %}{{ message.role }}: {{ message.content }}{% endfor %}{% if add_generation_prompt %}>{% endif %}";
const template = new ChatTemplate(source, { bos: "<s>", eos: "</s>" }, "model.gguf");

test("a conversation is what the template makes of it", () => {
  expect(template.render([{ role: "user", content: "{{ 1 + 1 }}" }])).toBe("user: {{ 1 + 1 }}>"); // what a message says is not a template
  expect(template.render([{ role: "user", content: "a" }], { addGenerationPrompt: false })).toBe("user: a");
});

test("tools and calls come as templates of the hub expect them", () => {
  const hub = new ChatTemplate(
    "{% for tool in tools %}{{ tool | tojson }}{% endfor %}{% for m in messages %}|{{ m.content }}{% for c in m.tool_calls or [] %}{{ c.function.name }} {{ c.function.arguments | tojson }}{% endfor %}{% endfor %}",
    { bos: "", eos: "" },
    "model.gguf",
  );
  const tools = [{ name: "weather", description: "The weather", parameters: { type: "object" } }];
  expect([hub.hasTools, template.hasTools]).toEqual([true, false]);
  expect(
    hub.render(
      [
        { role: "user", content: "Rain?" },
        { role: "assistant", content: "", toolCalls: [{ name: "weather", arguments: { city: "北京" } }] },
        { role: "tool", content: "no" },
      ],
      { tools, addGenerationPrompt: false },
    ),
  ).toBe(
    '{"type": "function", "function": {"name": "weather", "description": "The weather", "parameters": {"type": "object"}}}|Rain?|weather {"city": "北京"}|no',
  );
});

describe("what is refused", () => {
  test.each<[string, () => unknown, RegExp]>([
    ["a template that is not text", () => new ChatTemplate(null as never, { bos: "", eos: "" }, "f"), /source must be a string, got null/],
    ["tokens that are not tokens", () => new ChatTemplate("", null as never, "f"), /tokens must be a plain object, got null/],
    ["a token that is not text", () => new ChatTemplate("", { bos: 1 as never, eos: "" }, "f"), /tokens.bos must be a string, got 1/],
    [
      "options that are not an object",
      () => template.render([{ role: "user", content: "" }], null as never),
      /options must be a plain object, got null/,
    ],
    [
      "an unknown option",
      () => template.render([{ role: "user", content: "" }], { addGenerationPromt: true } as never),
      /did you mean "addGenerationPrompt"/,
    ],
    [
      "tools that are not tools",
      () => template.render([{ role: "user", content: "" }], { tools: {} as never }),
      /tools must be an array, got {}/,
    ],
    ["no messages", () => template.render([]), /messages must be an array that is not empty/],
  ])("%s", (_, act, message) => expect(act).toThrow(message));
});
