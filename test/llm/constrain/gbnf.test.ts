import { describe, expect, test } from "vitest";
import { ArgumentError } from "../../../kernel-helpers/errors.ts";
import { constraints, randomText } from "./random-text.ts";

const fits = (grammar: string, text: string): boolean => constraints.of({ grammar })!.accepts(new TextEncoder().encode(text));

/** From llama.cpp's grammars/arithmetic.gbnf and chess.gbnf. */
const arithmetic = String.raw`root  ::= (expr "=" ws term "\n")+
expr  ::= term ([-+*/] term)*
term  ::= ident | num | "(" ws expr ")" ws
ident ::= [a-z] [a-z0-9_]* ws
num   ::= [0-9]+ ws
ws    ::= [ \t\n]*
`;
const chess = String.raw`# Specifies chess moves as a list in algebraic notation
root   ::= "1. " move " " move "\n" ([1-9] [0-9]? ". " move " " move "\n")+
move   ::= (pawn | nonpawn | castle) [+#]?
nonpawn ::= [NBKQR] [a-h]? [1-8]? "x"? [a-h] [1-8]
pawn   ::= ([a-h] "x")? [a-h] [1-8] ("=" [NBKQR])?
castle ::= "O-O" "-O"?
`;

describe("a text fits a grammar", () => {
  test.each<[string, string, boolean]>([
    [arithmetic, "(a_1 +2)*x =3\n", true],
    [arithmetic, "(a_1 +2*x =3\n", false],
    [arithmetic, "1=2", false],
    [chess, "1. e4 e5\n2. Nf3 Nc6\n", true],
    [chess, "1. e4 e5\n2. Nf9 Nc6\n", false],
    ['root ::= "中" [一-龥]{1,2} .', "中国人民", true],
    ['root ::= "中" [一-龥]{1,2} .', "中国人民的", false],
    ['root ::= [^a-z\\]"]+', "北京 ABC", true],
    ['root ::= [^a-z\\]"]+', "ABc", false],
    [String.raw`root ::= "\x41\u4e2d\U0001F642\"" [\x30-9] [-+]`, 'A中🙂"5-', true],
    ['root ::= a{2} b{1,} c{0,2}\na ::= "a"\nb ::= ("b" | ) "-"\nc ::= "c"', "aa-b-cc", true],
    ['root ::= a{2} b{1,} c{0,2}\na ::= "a"\nb ::= ("b" | ) "-"\nc ::= "c"', "aa-b-ccc", false],
    ['root ::= ("a"?)* "b"', "aaab", true], // empty turns do not go on for ever
    ['root ::= "(" root ")" | ""', "((()))", true],
    ['root ::= "(" root ")" | ""', "((())", false],
  ])("%j takes %j: %s", (grammar, text, expected) => {
    expect(fits(grammar, text)).toBe(expected);
  });
});

test("every text that is drawn fits", () => {
  for (let seed = 0; seed < 15; seed++) {
    for (const grammar of [arithmetic, chess]) {
      const { text, isWhole } = randomText({ grammar }, seed, 60);
      expect(isWhole).toBe(true);
      expect(fits(grammar, text), text).toBe(true);
    }
  }
});

test("every choice can be drawn, and nothing else", () => {
  const choices = ["yes", "no", "not sure", "不知道"];
  const drawn = Array.from({ length: 80 }, (_, seed) => randomText({ choices }, seed));
  expect(new Set(drawn.map(({ text }) => text))).toEqual(new Set(choices));
  expect(drawn.every(({ isWhole }) => isWhole)).toBe(true);
});

describe("refused", () => {
  test.each<[string, string, RegExp]>([
    ["a rule that is missing", 'root ::= mov "b"\nmove ::= "c"', /line 1, column 10: a rule named mov, or move must stand here/],
    ["no root", 'a ::= "b"', /no rule named root/],
    ["left recursion", 'root ::= list\nlist ::= list "," "a" | "a"', /the rule list begins with itself/],
    ["left recursion behind what may be empty", 'root ::= "x"* root "a" | "b"', /the rule root begins with itself/],
    ["a bracket that is not closed", 'root ::= ("a" | "b"', /line 1, column 10: a closing bracket for this one/],
    ["a text that is not closed", 'root ::= "a', /line 1, column 10: an end of this must stand here/],
    ["a rule twice", 'root ::= "a"\nroot ::= "b"', /line 2, column 1: one rule named root/],
    ["a grammar without end", 'root ::= "a" root', /no text fits the grammar/],
    ["what is not a grammar", "hello", /a rule, name ::= … must stand here/],
    ["nothing", "", /grammar must be text that is not empty/],
  ])("%s", (_, grammar, message) => {
    expect(() => constraints.of({ grammar })).toThrow(message);
    expect(() => constraints.of({ grammar })).toThrow(ArgumentError);
  });

  test("no choices", () => {
    expect(() => constraints.of({ choices: [] })).toThrow("choices must be an array that is not empty");
    expect(() => constraints.of({ choices: ["a", ""] })).toThrow("choices[1] must be text that is not empty");
  });
});
