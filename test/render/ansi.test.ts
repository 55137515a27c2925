/** Terminal text: the cases of nbconvert's tests/filters/test_ansi.py, read by what they look like, and what they leave out. */
import { describe, expect, test } from "vitest";
import { ansiToHtml, stripAnsi } from "../../src/render/ansi.ts";

describe("stripAnsi", () => {
  test.each([
    ["\x1b[32m\x1b[1m\x1b[0;44m\x1b[38;2;255;0;255m\x1b[;m\x1b[m", ""],
    ["hello\x1b[000;34m", "hello"],
    ["he\x1b[1;33m\x1b[;36mllo", "hello"],
    ["\x1b[;34mhello", "hello"],
    ["\x1b[31mh\x1b[31me\x1b[31ml\x1b[31ml\x1b[31mo\x1b[31m", "hello"],
    ["hel\x1b[;00;;032;;;32mlo", "hello"],
    ["hello", "hello"],
    ["\x1b]8;;https://example.org\x07link\x1b]8;;\x07 and \x1b(Bset", "link and set"],
    ["a\x1b[2Kb\x1b[1;5Hc\x1b[?25l", "abc"],
  ])("%j is %j", (text, plain) => expect(stripAnsi(text)).toBe(plain));
});

describe("ansiToHtml", () => {
  const white = (letter: string): string => `<span class="ansi-7-fg">${letter}</span>`;
  test.each([
    ["\x1b[31m", ""],
    ["hello\x1b[34m", "hello"],
    ["he\x1b[32m\x1b[36mllo", 'he<span class="ansi-6-fg">llo</span>'],
    ["\x1b[1;33mhello", '<span class="ansi-11-fg ansi-bold">hello</span>'],
    ["\x1b[37mh\x1b[0;037me\x1b[;0037ml\x1b[00;37ml\x1b[;;37mo", Array.from("hello").map(white).join("")],
    ["hel\x1b[0;32mlo", 'hel<span class="ansi-2-fg">lo</span>'],
    ["hellø", "hellø"],
    ["\x1b[1mhello\x1b[33mworld\x1b[0m", '<span class="ansi-bold">hello</span><span class="ansi-11-fg ansi-bold">world</span>'],
    ["he\x1b[4mll\x1b[24mo", 'he<span class="ansi-underline">ll</span>o'],
    [
      "\x1b[35mhe\x1b[7mll\x1b[27mo",
      '<span class="ansi-5-fg">he</span><span class="ansi-paper-fg ansi-5-bg">ll</span><span class="ansi-5-fg">o</span>',
    ],
    [
      "\x1b[44mhe\x1b[7mll\x1b[27mo",
      '<span class="ansi-4-bg">he</span><span class="ansi-4-fg ansi-ink-bg">ll</span><span class="ansi-4-bg">o</span>',
    ],
    ["\x1b[38;5;208mx", '<span style="color:rgb(255,135,0)">x</span>'],
    ["\x1b[48;2;1;2;300mx", '<span style="background:rgb(1,2,255)">x</span>'],
    ["\x1b[38;5;244mx\x1b[39my", '<span style="color:rgb(128,128,128)">x</span>y'],
    ["\x1b[92mx\x1b[22m", '<span class="ansi-10-fg">x</span>'],
    ["a < b & \x1b[31m<script>", 'a &lt; b &amp; <span class="ansi-1-fg">&lt;script&gt;</span>'],
    ["after a broken sequence \x1b[31", "after a broken sequence [31"],
  ])("%j", (text, html) => expect(ansiToHtml(text)).toBe(html));

  test("a megabyte of coloured text is not compared with itself: that would take minutes", { timeout: 30_000 }, () => {
    expect(ansiToHtml("\x1b[32mok\x1b[0m 1234567890\n".repeat(45_000))).toContain("ansi-2-fg");
  });
});
