/** JSON as grammars. Strings are written as JSON.stringify writes them, so that each value has one form. */
import {
  allCharacters,
  character,
  choice,
  literal,
  normalized,
  optional,
  repeat,
  rule,
  sequence,
  without,
  type Expression,
  type Range,
} from "./grammar.ts";

/** What JSON.stringify escapes. */
const escaped: readonly Range[] = [
  [0x00, 0x1f],
  [0x22, 0x22],
  [0x5c, 0x5c],
];

/** One character of a string, as JSON writes it. */
export function jsonCharacter(ranges: readonly Range[] = allCharacters): Expression {
  const plain = without(ranges, escaped);
  const others = normalized(ranges).flatMap(([from, to]) =>
    escaped.flatMap(([start, end]) => {
      const [first, last] = [Math.max(from, start), Math.min(to, end)];
      return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) =>
        JSON.stringify(String.fromCharCode(first + index)).slice(1, -1),
      );
    }),
  );
  return choice([...(plain.length > 0 ? [character(plain)] : []), ...others.map(literal)]);
}

const anyCharacter = jsonCharacter();

/** A string of so many characters (code points). */
export const jsonString = (min: number = 0, max: number = Infinity): Expression =>
  sequence(literal('"'), repeat(anyCharacter, min, max), literal('"'));

/** A string that is none of these. */
export function stringExcept(texts: readonly string[]): Expression {
  return sequence(literal('"'), except(texts.map((text) => Array.from(text))), literal('"'));
}

function except(words: readonly (readonly string[])[]): Expression {
  const heads = [...new Set(words.flatMap(([first]) => first ?? []))];
  const codes = heads.map((head): Range => [head.codePointAt(0)!, head.codePointAt(0)!]);
  const longer = sequence(jsonCharacter(without(allCharacters, codes)), repeat(anyCharacter, 0));
  const along = heads.map((head) =>
    sequence(literal(JSON.stringify(head).slice(1, -1)), except(words.filter(([first]) => first === head).map((word) => word.slice(1)))),
  );
  const mayEnd = !words.some((word) => word.length === 0);
  return choice([...(mayEnd ? [literal("")] : []), longer, ...along]);
}

/** Between the parts of objects and arrays: nothing, a space, or a new line with its indent. */
export const space: Expression = optional(
  choice([literal(" "), sequence(literal("\n"), repeat({ kind: "byte", ranges: [[0x20, 0x20]] }, 0, 20))]),
);

/** "[", items with commas between them, "]": for lists and objects. */
export const enclosed = (open: string, inner: Expression, close: string): Expression =>
  sequence(literal(open), space, inner, literal(close));

export const comma: Expression = sequence(literal(","), space);

/** From min to max items, with commas between them. */
export function separated(item: Expression, min: number, max: number): Expression {
  if (max === 0) return literal("");
  const items = sequence(item, repeat(sequence(comma, item), Math.max(0, min - 1), max - 1), space);
  return min === 0 ? optional(items) : items;
}

export const digits = (min: number, max: number): Expression => repeat({ kind: "byte", ranges: [[0x30, 0x39]] }, min, max);
const firstDigit: Expression = { kind: "byte", ranges: [[0x31, 0x39]] };

/** Up to 15 digits, which a double holds exactly. */
export const natural: Expression = choice([literal("0"), sequence(firstDigit, digits(0, 14))]);
export const anyInteger: Expression = choice([literal("0"), sequence(optional(literal("-")), firstDigit, digits(0, 14))]);
export const anyNumber: Expression = sequence(
  optional(literal("-")),
  natural,
  optional(sequence(literal("."), digits(1, 15))),
  optional(sequence(choice([literal("e"), literal("E")]), optional(choice([literal("+"), literal("-")])), digits(1, 2))),
);

/** Values of every kind; the rule must be in the grammar under this name. */
export const anyValue: Expression = rule("value");
export const anyValueRule: Expression = choice([
  jsonString(),
  anyNumber,
  literal("true"),
  literal("false"),
  literal("null"),
  enclosed("[", separated(anyValue, 0, Infinity), "]"),
  enclosed("{", separated(sequence(jsonString(), literal(":"), space, anyValue), 0, Infinity), "}"),
]);
