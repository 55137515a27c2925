/**
 * Texts of every kind that makes some parser read the same thing again and again (hostile.ts). Each ends in a page whose rest is whole, and that is no
 * longer than what it shows. How the time grows is measured by bench/programs/page-growth.ts.
 */
import { expect, test } from "vitest";
import { renderNotebook } from "../../src/render/index.ts";
import { checkNesting, NestingError } from "../../src/render/nesting.ts";
import { settle } from "../../src/render/terminal.ts";
import { hostile } from "./hostile.ts";
import { markdown, notebookOf } from "./sample.ts";

/** As many on one page. */
const chunk = 50;
const chunks = Array.from({ length: Math.ceil(hostile.length / chunk) }, (_, index) => hostile.slice(index * chunk, (index + 1) * chunk));

test.each(chunks.map((each) => [each[0]![0], each.at(-1)![0], each] as const))(
  "each kind from %s to %s ends in a page whose rest is whole",
  async (_, __, each) => {
    const cells = each.flatMap(([, cell], index) => [cell(20), markdown(`after **${index}**`)]);
    const html = await renderNotebook(notebookOf(cells));
    expect(html.match(/<p>after <strong>\d+<\/strong><\/p>/g)).toHaveLength(each.length);
  },
);

const refusal = (text: string): string => {
  try {
    checkNesting(text);
    return "";
  } catch (error) {
    expect(error).toBeInstanceOf(NestingError);
    return (error as Error).message;
  }
};

test.each([
  ["comments", "a <!-- ".repeat(2000), "a paragraph has more than 1000 marks of emphasis and links"],
  ["instructions", "a <? ".repeat(2000), "a paragraph has more than 1000 marks of emphasis and links"],
  [
    "brackets in a text as long as a book",
    `${"[".repeat(900)}${"word ".repeat(10_000)}`,
    "a paragraph of 50900 characters has 900 marks of emphasis and links",
  ],
  [
    "backticks",
    Array.from({ length: 30 }, (_, n) => "`".repeat(n + 1)).join(" a "),
    "a paragraph has backticks in runs of more than 20 lengths",
  ],
  ["quotations", "> a\n\n".repeat(3001), "it has more than 3000 quotations and underlined headings"],
  ["underlined headings", "a\n===\n".repeat(3001), "it has more than 3000 quotations and underlined headings"],
  [
    "empty cells",
    `${"a|".repeat(1000)}\n${"-|".repeat(1000)}\n${"b\n".repeat(1000)}`,
    "its tables have more than 50000 cells that are not written",
  ],
  [
    "lazy lines",
    `${"> ".repeat(90)}a\n${"b\n".repeat(5000)}`,
    "too many of its lines are in lists and quotations more than 10 levels deep",
  ],
])("%s that would be read again and again are refused by name", (_, text, reason) => expect(refusal(text)).toBe(reason));

test.each([
  ["headings, each with emphasis", "# *a* **b**\n".repeat(3000)],
  ["definitions of links", "[a]: b\n".repeat(3000)],
  ["footnotes", "[^1]: a *b*\n".repeat(3000)],
  ["indented code", `a\n\n${"    a*b*c[d]\n".repeat(3000)}`],
  ["a table of many rows and columns", `${"a|".repeat(30)}\n${"-|".repeat(30)}\n${`${"*b*|".repeat(30)}\n`.repeat(1000)}`],
  ["fences that begin no code, and then a text", "``` `\n\n*a*"],
  ["a quotation of many lines", "> a\n>\n".repeat(3001)],
  ["rules between paragraphs", "a\n\n---\n\n".repeat(3001)],
  ["a list five levels deep, and long", "- a\n  - b\n    - c\n      - d\n        - e\n".repeat(3000)],
])("%s may be as long as they like", (_, text) => expect(refusal(text)).toBe(""));

test("what stands behind a fence that begins no code is read as well", () => {
  expect(refusal(`\`\`\` \`\n${"*a ".repeat(2000)}`)).toBe("a paragraph has more than 1000 marks of emphasis and links");
});

test("a few characters of a terminal do not become a million blanks again and again", () => {
  expect(settle("\x1b[9999Ca\n".repeat(10_000)).length).toBeLessThan(5_000_000);
  expect(settle(`${"a".repeat(9000)}${"\x1b[1K".repeat(9000)}`).length).toBeLessThan(10_000);
});
