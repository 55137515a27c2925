/** What of a conversation stays when there is little room. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fitMessages } from "../../kernel-helpers/agents/index.ts";
import type { Message } from "../../kernel-helpers/llm/index.ts";
import { call } from "./scripted.ts";

const countTokens = (text: string): number => text.length;
const user = (content: string): Message => ({ role: "user", content });
const assistant = (content: string): Message => ({ role: "assistant", content });

describe("memory", () => {
  const conversation: Message[] = [
    { role: "system", content: "s".repeat(10) },
    user("a".repeat(10)),
    assistant("b".repeat(10)),
    user("c".repeat(10)),
    { role: "assistant", content: "", toolCalls: [call("x")] }, // 29 of JSON
    { role: "tool", content: "d".repeat(40) },
  ];
  const contents = (budget: number): string[] =>
    fitMessages(conversation, { budget, countTokens }).messages.map(({ content }) => content[0] ?? "");

  test("keeps all that fits; else leaves out the oldest, but not the system's message and the last request", () => {
    expect(contents(1000)).toEqual(["s", "a", "b", "c", "", "d"]);
    expect(contents(108)).toEqual(["s", "b", "c", "", "d"]);
    expect(contents(98)).toEqual(["s", "c", "", "d"]);
  });

  test("then shortens the longest results in the middle, and says when even that is too long", () => {
    const { messages, shortened, tokens, fits } = fitMessages(conversation, { budget: 80, countTokens });
    expect([shortened, fits, tokens <= 80]).toEqual([1, true, true]);
    expect(messages.at(-1)!.content).toMatch(/^d+\n\[…\]\nd+$/);
    expect(fitMessages(conversation, { budget: 30, countTokens }).fits).toBe(false);
  });

  test("never leaves a result without its call, nor a call without its results, nor exceeds the budget and says that it fits", () => {
    const turn = fc.oneof(
      fc.string({ maxLength: 30 }).map((text) => [user(text)]),
      fc.string({ maxLength: 30 }).map((text) => [assistant(text)]),
      fc
        .array(fc.string({ maxLength: 60 }), { minLength: 1, maxLength: 3 })
        .map((results): Message[] => [
          { role: "assistant", content: "", toolCalls: results.map((_, index) => call(`t${index}`)) },
          ...results.map((content): Message => ({ role: "tool", content })),
        ]),
    );
    fc.assert(
      fc.property(fc.array(turn, { minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 400 }), (turns, budget) => {
        const { messages, fits, tokens, forgotten } = fitMessages(turns.flat(), { budget, countTokens });
        let open = 0;
        for (const { role, toolCalls = [] } of messages) {
          if (role === "tool") expect(--open).toBeGreaterThanOrEqual(0);
          else {
            expect(open).toBe(0);
            open = toolCalls.length;
          }
        }
        expect(open).toBe(0);
        expect(fits).toBe(tokens <= budget);
        expect(messages.length + forgotten).toBe(turns.flat().length);
      }),
    );
  });
});
