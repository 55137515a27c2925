/** Countdown in small: make a number of three others, each used once, with +, − and ×. Who answers is judged by arithmetic. */
import type { Random } from "../../../kernel-helpers/nn/index.ts";

export const vocabulary: readonly string[] = ["<end>", ...Array.from("0123456789+-*=?")];
const idOf = new Map(vocabulary.map((symbol, id) => [symbol, id]));
export const endId = 0;
export const encode = (text: string): number[] => Array.from(text, (symbol) => idOf.get(symbol)!);
export const decode = (ids: readonly number[]): string =>
  ids
    .filter((id) => id !== endId)
    .map((id) => vocabulary[id])
    .join("");

export interface Problem {
  numbers: readonly number[];
  target: number;
  /** "352=13?" */
  prompt: readonly number[];
  /** Every expression that is right. */
  solutions: readonly string[];
}

const operators = ["+", "-", "*"] as const;
const apply = (a: number, operator: string, b: number): number => (operator === "+" ? a + b : operator === "-" ? a - b : a * b);

/** What "3*5-2" is; products before sums. */
export function valueOf(expression: string): number | undefined {
  const parts = /^(\d)([-+*])(\d)([-+*])(\d)$/.exec(expression);
  if (!parts) return undefined;
  const [a, first, b, second, c] = [Number(parts[1]), parts[2]!, Number(parts[3]), parts[4]!, Number(parts[5])];
  if (second === "*" && first !== "*") return apply(a, first, apply(b, second, c));
  return apply(apply(a, first, b), second, c);
}

export function isRight({ numbers, target }: Problem, ids: readonly number[]): boolean {
  if (ids.at(-1) !== endId) return false;
  const text = decode(ids);
  const used = Array.from(text.replace(/\D/g, "")).toSorted().join("");
  return used === [...numbers].toSorted((a, b) => a - b).join("") && valueOf(text) === target;
}

/** All problems whose number is from 1 to 99, in an order that `random` draws; the numbers of each, too. */
export function problems(random: Random): Problem[] {
  const found: Problem[] = [];
  for (let a = 1; a <= 9; a++) {
    for (let b = a; b <= 9; b++) {
      for (let c = b; c <= 9; c++) {
        const byTarget = new Map<number, Set<string>>();
        for (const [x, y, z] of [
          [a, b, c],
          [a, c, b],
          [b, a, c],
          [b, c, a],
          [c, a, b],
          [c, b, a],
        ]) {
          // prettier-ignore
          for (const first of operators) {
            for (const second of operators) {
              const text = `${x}${first}${y}${second}${z}`;
              const value = valueOf(text)!;
              if (value >= 1 && value <= 99) byTarget.set(value, (byTarget.get(value) ?? new Set()).add(text));
            }
          }
        }
        for (const [target, solutions] of byTarget) {
          const numbers = random.shuffle([a, b, c]);
          found.push({ numbers, target, prompt: encode(`${numbers.join("")}=${target}?`), solutions: [...solutions] });
        }
      }
    }
  }
  return random.shuffle(found);
}
