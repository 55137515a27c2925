/* oxlint-disable no-control-regex */
/** What a terminal shows in the end: the cases of JupyterLab's outputarea model and of progress bars, read off xterm. */
import { assert, property, string, stringMatching } from "fast-check";
import { expect, test } from "vitest";
import { stripAnsi } from "../../src/render/ansi.ts";
import { renderNotebook } from "../../src/render/index.ts";
import { settle } from "../../src/render/terminal.ts";
import { code, notebookOf, printed } from "./sample.ts";

test.each([
  ["10%\r50%\r100%\n", "100%\n"],
  ["a longer line\rshort\n", "shortger line\n"],
  ["Windows\r\nlines\r\n", "Windows\nlines\n"],
  ["ab\b\bxy", "xy"],
  ["\b\b\bstart", "start"],
  ["abc\b\x1b[K", "ab"],
  ["a longer line\r\x1b[Kshort", "short"],
  ["old\x1b[2K\rnew", "new"],
  ["half\x1b[1K|", "    |"],
  ["abcdef\x1b[3D__", "abc__f"],
  ["ab\x1b[3Cc\x1b[1Gx", "xb   c"],
  ["bar 1:  10%\nbar 2:  10%\x1b[A\rbar 1: 100%\n\rbar 2: 100%", "bar 1: 100%\nbar 2: 100%"],
  ["one\ntwo\nthree\x1b[2A\r\x1b[J1", "1"],
  ["a\x1b[99Bb\rc", "cb"],
  ["bell\x07 and\0 nothing", "bell and nothing"],
  ["中文\r日", "日文"],
])("%j shows %j", (text, shown) => expect(stripAnsi(settle(text))).toBe(shown));

test("each place keeps the colour in which it was written last", () => {
  expect(settle("\x1b[31mabc\r\x1b[1;32mX\x1b[0m")).toBe("\x1b[0;1;32mX\x1b[0;31mbc");
  expect(settle("\x1b[38;5;208;100mab\rc")).toBe("\x1b[0;38;2;255;135;0;100mcb");
});

test("a stream that came in pieces is one text", async () => {
  const html = await renderNotebook(
    notebookOf([code("", [printed("10%"), printed("\r50%"), printed("!", "stderr"), printed("a\n"), printed("b\n")])]),
  );
  expect(html).toContain('<pre class="text stdout">50%</pre><pre class="text stderr">!</pre><pre class="text stdout">a\nb</pre>');
});

test("a hundred thousand steps of progress are one line", async () => {
  const steps = Array.from({ length: 100_000 }, (_, step) => `\rstep ${step} of 100000`).join("");
  expect(await renderNotebook(notebookOf([code("", [printed(steps)])]))).toContain('<pre class="text stdout">step 99999 of 100000</pre>');
});

test("text without controls is shown as it is", () => {
  assert(
    property(
      string({ unit: "binary" }).map((text) => text.replace(/[\0-\x08\x0b-\x1f\x7f]/g, "")),
      (text) => settle(text) === text,
    ),
  );
});

test("what is settled stays as it is", () => {
  assert(
    property(stringMatching(/^(?:[ab\n\r\x08]|\x1b\[[0-9]?[A-KXm])*$/), (text) => {
      const once = settle(text);
      expect(once).not.toMatch(/[\r\x08]/);
      expect(settle(once)).toBe(once);
    }),
  );
});
