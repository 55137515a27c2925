/** Texts that say the same but for the last digits of their numbers. */

export interface Tolerance {
  /** Of the greater of two numbers. */
  relative: number;
  absolute: number;
  /** Whether integers may differ, too. */
  integers: boolean;
}

/** What float32 and another order of additions make of a number; integers must be equal. */
export const usualTolerance: Tolerance = { relative: 1e-6, absolute: 1e-9, integers: false };

// Not within a word, a colour or a version.
const number = /(?<![\w#.])[-+−]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?(?![\w]|\.\d)/g;

const isInteger = (text: string): boolean => !/[.eE]/.test(text);
const valueOf = (text: string): number => Number(text.replace("−", "-"));

function agree(one: string, other: string, { relative, absolute, integers }: Tolerance): boolean {
  if (one === other) return true;
  if (!integers && isInteger(one) && isInteger(other)) return false;
  const [a, b] = [valueOf(one), valueOf(other)];
  return Math.abs(a - b) <= Math.max(absolute, relative * Math.max(Math.abs(a), Math.abs(b)));
}

/** Columns of a table are as wide as their numbers, so how many spaces there are does not count. */
const withoutWidth = (text: string): string => text.replace(/[ \t]+/g, " ").replace(/[-─═]{2,}/g, "--");

/** Whether they are the same text, with numbers that agree in the same places. */
export function agreeWithin(one: string, other: string, tolerance: Tolerance): boolean {
  if (one === other) return true;
  const [numbers, others] = [one.match(number) ?? [], other.match(number) ?? []];
  if (numbers.length === 0 || numbers.length !== others.length) return false;
  if (!numbers.every((each, index) => agree(each, others[index]!, tolerance))) return false;
  return withoutWidth(one.replace(number, " 0 ")) === withoutWidth(other.replace(number, " 0 "));
}
