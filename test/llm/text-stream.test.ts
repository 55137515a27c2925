import fc from "fast-check";
import { expect, test } from "vitest";
import { TextStream } from "../../kernel-helpers/llm/text-stream.ts";

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
