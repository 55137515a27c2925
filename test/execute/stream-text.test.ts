/** The text of a stream, as JupyterLab shows it: its own cases (packages/outputarea/test/model.spec.ts), and laws against a plain model of a terminal's line. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { StreamText } from "../../src/execute/stream-text.ts";

const shown = (...pieces: string[]): string => {
  const text = new StreamText();
  for (const piece of pieces) text.write(piece);
  expect(text.length).toBe(String(text).length);
  return String(text);
};

describe("JupyterLab's cases", () => {
  test("carriage returns and backspaces are removed from streams", () => {
    expect(shown("Jupyter\rj")).toBe("jupyter");
    expect(shown("Jupyter\rj", "\njj\bupyter")).toBe("jupyter\njupyter");
    expect(shown("Jupyter\rj", "\njj\bupyter", "\r\r\njupyter")).toBe("jupyter\njupyter\njupyter");
  });
});

test.each([
  ["a\r\nb\r\n", "a\nb\n"],
  ["10%\r20%\r100%\n", "100%\n"],
  ["long line\rshort", "shortline"],
  ["a\n\b\bb", "a\nb"],
  ["abc\b\b\b\b\bx", "xbc"],
  ["\r\b", ""],
  ["ab\r\ncd", "ab\ncd"],
  ["one\rtwo\nthree", "two\nthree"],
  ["abc\rd\ne", "dbc\ne"],
])("%j shows as %j", (text, expected) => {
  expect(shown(text)).toBe(expected);
});

test("a character of two units is overwritten and stepped over as a whole", () => {
  expect(shown("😀!\ra")).toBe("a!");
  expect(shown("a😀\bb")).toBe("ab");
});

/** What a reader of JupyterLab's code would write: all text in one array, the cursor anywhere in it. */
function model(text: string): string {
  const cells: string[] = [];
  let cursor = 0;
  const lineStart = (): number => cells.lastIndexOf("\n", cursor - 1) + 1;
  for (const unit of text) {
    if (unit === "\r") cursor = cursor === 0 ? 0 : lineStart();
    else if (unit === "\b") cursor = Math.max(cursor === 0 ? 0 : lineStart(), cursor - 1);
    else if (unit === "\n") cursor = cells.push("\n");
    else cells[cursor++] = unit;
  }
  return cells.join("");
}

const chatter = fc.string({ unit: fc.constantFrom("a", "b", "7", " ", "\n", "\r", "\b"), maxLength: 60 });

describe("laws", () => {
  test("it agrees with the plain model", () => {
    fc.assert(
      fc.property(chatter, (text) => {
        expect(shown(text)).toBe(model(text));
      }),
      { numRuns: 2000 },
    );
  });

  test("it does not matter in which pieces the text comes", () => {
    fc.assert(
      fc.property(fc.array(chatter), (pieces) => {
        expect(shown(...pieces)).toBe(shown(pieces.join("")));
      }),
      { numRuns: 1000 },
    );
  });

  test("text without control characters is kept as it is, and well-formed text stays well-formed", () => {
    const plain = fc.string({ unit: "binary" }).filter((text) => !/[\r\b]/.test(text));
    fc.assert(
      fc.property(fc.array(plain), (pieces) => {
        expect(shown(...pieces)).toBe(pieces.join(""));
      }),
    );
    const lively = fc.string({ unit: fc.constantFrom("😀", "a", "\r", "\b", "\n"), maxLength: 40 });
    fc.assert(
      fc.property(lively, (text) => {
        expect(/\p{Surrogate}/u.test(shown(text))).toBe(false);
      }),
    );
  });

  test("its head and tail are head and tail of what it shows, as long as asked for, but for the rest of a line", () => {
    const lines = fc.array(fc.string({ unit: fc.constantFrom("a", "b", "😀", "\n"), maxLength: 30 }), { maxLength: 20 });
    fc.assert(
      fc.property(lines, fc.nat(300), (pieces, length) => {
        const [whole, head, tail] = [new StreamText(), new StreamText(), new StreamText()];
        for (const text of [whole, head, tail]) for (const piece of pieces) text.write(piece);
        head.keepHead(length);
        tail.keepTail(length);
        expect(String(whole).startsWith(String(head))).toBe(true);
        expect(String(whole).endsWith(String(tail))).toBe(true);
        for (const part of [head, tail]) {
          expect(part.length).toBeLessThanOrEqual(length);
          expect(part.length).toBe(String(part).length);
          expect(/\p{Surrogate}/u.test(String(part))).toBe(false);
        }
        if (whole.length <= length) expect([String(head), String(tail)]).toEqual([String(whole), String(whole)]);
      }),
      { numRuns: 2000 },
    );
  });
});

test("its tail goes on where it was", () => {
  const text = new StreamText();
  text.write("first\nsecond\nthird 10%");
  text.keepTail(10);
  text.write("\rthird 20%\n");
  expect(String(text)).toBe("third 20%\n");
});

// were each piece to copy what is there, this would copy 800 GB and never end
test("a long text comes in hundreds of thousands of pieces", () => {
  const text = new StreamText();
  for (let piece = 0; piece < 400_000; piece++) text.write(piece % 7 === 0 ? `\r${piece}%` : `line ${piece}\n`);
  expect(text.length).toBeGreaterThan(400_000 * 5);
});
