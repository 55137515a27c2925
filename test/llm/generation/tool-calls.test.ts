import { describe, expect, test } from "vitest";
import { Constraint } from "../../../kernel-helpers/llm/constrain/constraint.ts";
import { TokenTrie } from "../../../kernel-helpers/llm/constrain/token-trie.ts";
import { partsOfCalls, toolGrammar } from "../../../kernel-helpers/llm/generation/tool-calls.ts";
import type { Part, Tool } from "../../../kernel-helpers/llm/index.ts";
import { tokenizer, vocabSize } from "../constrain/random-text.ts";

async function partsOf(...texts: string[]): Promise<Part[]> {
  async function* parts(): AsyncGenerator<Part> {
    for (const text of texts) yield { type: "text", text };
    yield { type: "finish", reason: "stop", usage: { promptTokens: 1, cachedTokens: 0, newTokens: 1 } };
  }
  const found: Part[] = [];
  for await (const part of partsOfCalls(parts())) found.push(part);
  expect(found.pop()).toMatchObject({ type: "finish" });
  return found;
}

const weather = '{"name": "weather", "arguments": {"city": "北京"}}';
const call: Part = { type: "tool-call", name: "weather", arguments: { city: "北京" } };
const text = (value: string): Part => ({ type: "text", text: value });

describe("calls in a text", () => {
  test.each<[string, string[], Part[]]>([
    ["none", ["a < b"], [text("a < b")]],
    ["one alone", [`<tool_call>\n${weather}\n</tool_call>`], [call]],
    [
      "one in pieces",
      ["Let me see.", "<tool", "_call>", weather.slice(0, 9), weather.slice(9), "</tool_", "call>"],
      [text("Let me see."), call],
    ],
    ["two, with a line break between them", [`<tool_call>${weather}</tool_call>\n<tool_call>${weather}</tool_call>`], [call, call]],
    ["text after one", [`<tool_call>${weather}</tool_call>`, "\n", "Done."], [call, text("Done.")]],
    ["one without its end", [`<tool_call>\n${weather}\n`], [call]],
    ["one that is not JSON stays text", ["<tool_call>{name: weather}</tool_call>"], [text("<tool_call>{name: weather}</tool_call>")]],
    [
      "one without arguments stays text",
      ['<tool_call>{"name": "a"}</tool_call>!'],
      [text('<tool_call>{"name": "a"}</tool_call>'), text("!")],
    ],
    ["the beginning of a mark that does not come", ["a <tool", "s>"], [text("a "), text("<tools>")]],
    ["the beginning of a mark at the end", ["a <tool"], [text("a "), text("<tool")]],
  ])("%s", async (_, texts, expected) => {
    expect(await partsOf(...texts)).toEqual(expected);
  });
});

describe("a grammar of calls", () => {
  const tools: Tool[] = [
    {
      name: "weather",
      parameters: {
        type: "object",
        properties: { city: { $ref: "#/$defs/city" }, days: { type: "integer", maximum: 7 } },
        required: ["city"],
        $defs: { city: { type: "string", minLength: 1 } },
      },
    },
    { name: "time", parameters: { type: "object", properties: { zone: { $ref: "#/$defs/city" } }, $defs: { city: { enum: ["UTC"] } } } },
  ];
  const trie = new TokenTrie(tokenizer, vocabSize);
  const fits = (isRequired: boolean, written: string): boolean =>
    new Constraint(toolGrammar(tools, isRequired), trie, () => new Error("no")).accepts(new TextEncoder().encode(written));

  test.each<[string, boolean, boolean]>([
    [`<tool_call>\n${weather}\n</tool_call>`, true, true],
    [`<tool_call>${weather}</tool_call>\n<tool_call>{"name": "time", "arguments": {"zone": "UTC"}}</tool_call>`, true, true],
    ['<tool_call>{"name": "time", "arguments": {"zone": "Paris"}}</tool_call>', false, false],
    ['<tool_call>{"name": "weather", "arguments": {}}</tool_call>', false, false],
    ['<tool_call>{"name": "clock", "arguments": {}}</tool_call>', false, false],
    ["It is sunny < hot <tool> 晴", true, false],
    [`Wait. <<tool_call>${weather}</tool_call> and so on`, true, false],
    ["Wait. <tool_call>", false, false],
  ])("%s", (written, fitsFree, fitsRequired) => {
    expect([fits(false, written), fits(true, written)]).toEqual([fitsFree, fitsRequired]);
  });

  test("names the tool whose schema cannot be kept to", () => {
    const bad: Tool = { name: "a", parameters: { properties: { b: { not: {} } } } };
    expect(() => toolGrammar([tools[0]!, bad], false)).toThrow("tools[1].parameters #/properties/b: the keyword not cannot be kept to");
  });
});
