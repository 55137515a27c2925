import fc from "fast-check";
import { expect, test } from "vitest";
import { TextStream } from "../../kernel-helpers/llm/text-stream.ts";
import { BpeTokenizer } from "../../kernel-helpers/tokenizer/index.ts";
import { anyText, wellFormed } from "../tokenizer/texts.ts";

const text = fc.string({ unit: fc.constantFrom("a", "b", "é", "汉", "👍🏽", "\n"), maxLength: 30 });

test("cut anywhere, bytes come out as the whole text, and never as half a character", () => {
  fc.assert(
    fc.property(text, fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 40 }), (whole, sizes) => {
      const bytes = new TextEncoder().encode(whole);
      const stream = new TextStream();
      const parts: string[] = [];
      let at = 0;
      for (const size of sizes) parts.push(stream.push(bytes.subarray(at, (at += size))));
      parts.push(stream.push(bytes.subarray(at)), stream.end());
      expect(parts.join("")).toBe(whole);
      expect(parts.join("|")).not.toContain("\uFFFD");
    }),
  );
});

test("tokens of GPT-2, one by one, come out as the text that they are together", async () => {
  const gpt2 = await BpeTokenizer.fromPretrained("gpt2");
  const streamed = (ids: Iterable<number>): string[] => {
    const stream = new TextStream();
    return [...Array.from(ids, (id) => stream.push(gpt2.bytesOf(id))), stream.end()];
  };
  const odd = anyText.map(wellFormed).filter((whole) => !whole.includes("\uFFFD"));
  fc.assert(
    fc.property(odd, (whole) => {
      const parts = streamed(gpt2.encode(whole));
      expect(parts.join("")).toBe(whole);
      for (const part of parts) expect(part).toBe(wellFormed(part).replaceAll("\uFFFD", "")); // neither half a pair nor half a character
    }),
    { numRuns: 1000 },
  );
  const anyIds = fc.array(fc.oneof(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 50_256 })), { maxLength: 20 });
  fc.assert(
    fc.property(anyIds, (ids) => {
      expect(streamed(ids).join("")).toBe(gpt2.decode(ids)); // bytes that are not characters, too
    }),
    { numRuns: 1000 },
  );
});

test("a stop string ends the text before it, wherever tokens are cut", () => {
  fc.assert(
    fc.property(
      text,
      fc.constantFrom("ab", "汉", "aab", "é\n"),
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 40 }),
      (whole, stop, sizes) => {
        const bytes = new TextEncoder().encode(whole);
        const stream = new TextStream([stop]);
        let [out, at] = ["", 0];
        for (const size of sizes) out += stream.push(bytes.subarray(at, (at += size)));
        out += stream.push(bytes.subarray(at)) + stream.end();
        expect(out).toBe(whole.split(stop)[0]);
        expect(stream.isStopped).toBe(whole.includes(stop));
      },
    ),
  );
});

test("only what may become a stop string is held back", () => {
  const stream = new TextStream(["###"]);
  const push = (part: string): string => stream.push(new TextEncoder().encode(part));
  expect([push("a#"), push("#"), push("b"), push("##"), stream.end()]).toEqual(["a", "", "##b", "", "##"]);
});
