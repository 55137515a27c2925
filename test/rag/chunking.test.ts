/** Sentences and chunks are parts of the text as it stands, in English and Chinese. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chunk, createDocument, estimateTokens, sentences, type ChunkOptions, type Document } from "../../kernel-helpers/rag/index.ts";
import { readMarkdown } from "../../kernel-helpers/rag/loaders/markdown.ts";

const cut = (text: string): string[] => sentences(text).map(({ start, end }) => text.slice(start, end));

/** Texts of what makes cutting hard: both scripts, headings, abbreviations, wrapped lines, emoji, and anything at all. */
const texts = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "# Title\n",
        "## 标题\n",
        "\n\n",
        "\n",
        "\r\n",
        " ",
        "Dr. Li came at 3.30 p.m. today. ",
        "报销须在三十天内。",
        "“好吗？”他问。",
        "- item\n",
        "👩‍👩‍👧 ok! ",
      ),
      fc.string({ unit: "grapheme", maxLength: 40 }),
      fc.lorem({ mode: "sentences", maxCount: 3 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(""));

const withoutSpace = (text: string): string => text.replace(/\s+/g, "");

describe("sentences", () => {
  test("end at the marks of both scripts, and closing quotation marks belong to them", () => {
    expect(cut("Bring a badge. Ask 李雷！他说：“好的。”然后走了？Yes.")).toEqual([
      "Bring a badge.",
      "Ask 李雷！",
      "他说：“好的。”",
      "然后走了？",
      "Yes.",
    ]);
  });

  test("do not end at abbreviations, initials and decimals", () => {
    expect(cut("Ask Dr. Wang or J. Smith, e.g. about No. 7. It costs 3.50 yuan.")).toEqual([
      "Ask Dr. Wang or J. Smith, e.g. about No. 7.",
      "It costs 3.50 yuan.",
    ]);
  });

  test("go on over a line that only wraps, and end before a list, a heading and an empty line", () => {
    expect(cut("# Leave\nA long line that\nwraps here\n- one\n- two\n\nThe end")).toEqual([
      "# Leave",
      "A long line that\nwraps here",
      "- one",
      "- two",
      "The end",
    ]);
  });

  test("cover every text but its white space, in order", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const spans = sentences(text);
        for (const [index, { start, end }] of spans.entries()) {
          expect(start).toBeGreaterThanOrEqual(spans[index - 1]?.end ?? 0);
          expect(end).toBeGreaterThan(start);
        }
        expect(withoutSpace(cut(text).join(""))).toBe(withoutSpace(text));
      }),
      { numRuns: 200 },
    );
  });
});

describe("chunks", () => {
  const options: fc.Arbitrary<ChunkOptions> = fc
    .record({
      by: fc.constantFrom("heading" as const, "sentence" as const, "window" as const, "document" as const),
      size: fc.integer({ min: 2, max: 60 }),
    })
    .chain((cutting) => fc.integer({ min: 0, max: cutting.size - 1 }).map((overlap) => ({ ...cutting, overlap })));

  test("are what stands at their offsets, and cover the text, however it is cut", () => {
    fc.assert(
      fc.property(texts, options, (text, given) => {
        const document = readMarkdown("d", text);
        const chunks = chunk(document, given);
        let reached = 0;
        for (const one of chunks) {
          expect(one.text).toBe(document.text.slice(one.start, one.end));
          expect(one.text.trim()).not.toBe("");
          expect(document.text.slice(reached, Math.max(reached, one.start)).trim()).toBe("");
          expect(one.end).toBeGreaterThan(reached);
          reached = one.end;
        }
        expect(document.text.slice(reached).trim()).toBe("");
        expect(new Set(chunks.map(({ id }) => id)).size).toBe(chunks.length);
      }),
      { numRuns: 300 },
    );
  });

  const long: Document = createDocument({
    id: "long",
    text: Array.from({ length: 40 }, (_, at) => `Sentence number ${at} says a little.`).join(" "),
  });

  test("have at most as many tokens as they are to have, each in whole sentences", () => {
    const chunks = chunk(long, { by: "sentence", size: 40 });
    expect(Math.max(...chunks.map(({ text }) => estimateTokens(text)))).toBeLessThanOrEqual(40);
    expect(chunks.every(({ text }) => /^Sentence.*\.$/.test(text))).toBe(true);
  });

  test("repeat as much of the one before as was asked for", () => {
    const [first, second] = chunk(long, { by: "sentence", size: 40, overlap: 12 });
    expect(second!.start).toBeLessThan(first!.end);
    expect(long.text.slice(second!.start, first!.end)).toBe("Sentence number 3 says a little.");
  });

  test("know the titles they stand under", () => {
    const document = readMarkdown("d", "# Leave\nIntro.\n## Sick\nCall in.\n# Pay\nMonthly.\n");
    expect(chunk(document).map(({ headings, text }) => [headings, text])).toEqual([
      [["Leave"], "# Leave\nIntro."],
      [["Leave", "Sick"], "## Sick\nCall in."],
      [["Pay"], "# Pay\nMonthly."],
    ]);
  });

  test("need sizes that make sense", () => {
    expect(() => chunk(long, { size: 10, overlap: 10 })).toThrow("overlap must be an integer ≥ 0 and ≤ 9, got 10");
    expect(() => chunk(long, { by: "page" as never })).toThrow('by must be one of "heading", "sentence", "window", "document", got "page"');
    expect(() => chunk("text" as never)).toThrow('document must be a plain object, got "text"');
  });
});
