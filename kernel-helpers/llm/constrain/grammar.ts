/** Context-free grammars over bytes: what a text may be, however it is cut into tokens. */

/** Bytes or code points from the first to the second, both included. */
export type Range = readonly [from: number, to: number];

export type Expression =
  | { readonly kind: "literal"; readonly bytes: Uint8Array }
  /** One byte. */
  | { readonly kind: "byte"; readonly ranges: readonly Range[] }
  | { readonly kind: "sequence"; readonly items: readonly Expression[] }
  | { readonly kind: "choice"; readonly options: readonly Expression[] }
  | { readonly kind: "repeat"; readonly item: Expression; readonly min: number; readonly max: number }
  | { readonly kind: "rule"; readonly name: string };

export interface Grammar {
  readonly root: Expression;
  readonly rules: ReadonlyMap<string, Expression>;
}

const encoder = new TextEncoder();

export const literal = (text: string): Expression => ({ kind: "literal", bytes: encoder.encode(text) });
export const rule = (name: string): Expression => ({ kind: "rule", name });
export const choice = (options: readonly Expression[]): Expression => (options.length === 1 ? options[0]! : { kind: "choice", options });
/** What no text fits. */
export const nothing: Expression = { kind: "choice", options: [] };
export const repeat = (item: Expression, min: number, max: number = Infinity): Expression => ({ kind: "repeat", item, min, max });
export const optional = (item: Expression): Expression => repeat(item, 0, 1);

/** One after the other; neighbouring literals become one. */
export function sequence(...items: readonly Expression[]): Expression {
  const merged: Expression[] = [];
  for (const item of items.flatMap((one) => (one.kind === "sequence" ? one.items : [one]))) {
    const before = merged.at(-1);
    if (before?.kind === "literal" && item.kind === "literal") {
      merged[merged.length - 1] = { kind: "literal", bytes: Uint8Array.of(...before.bytes, ...item.bytes) };
    } else merged.push(item);
  }
  return merged.length === 1 ? merged[0]! : { kind: "sequence", items: merged };
}

/** The greatest code point of one, two, three and four bytes in UTF-8. */
const lengthLimits = [0x7f, 0x7ff, 0xffff, 0x10ffff];
export const allCharacters: readonly Range[] = [[0, 0x10ffff]];

/** One character whose code point is in a range, in UTF-8; surrogates are not characters. */
export function character(ranges: readonly Range[]): Expression {
  const single: Range[] = [];
  const longer: Expression[] = [];
  for (const [from, to] of without(ranges, [[0xd800, 0xdfff]])) {
    let start = from;
    for (const limit of lengthLimits) {
      if (start > limit) continue;
      const end = Math.min(to, limit);
      if (end >= start && limit === 0x7f) single.push([start, end]);
      else if (end >= start) longer.push(...sameLength([...encode(start)], [...encode(end)]));
      start = limit + 1;
      if (start > to) break;
    }
  }
  return choice(single.length > 0 ? [{ kind: "byte", ranges: single }, ...longer] : longer);
}

const encode = (codePoint: number): Uint8Array => encoder.encode(String.fromCodePoint(codePoint));

/** The byte sequences from one to another of the same length, where every byte but the first goes from 80 to BF. */
function sameLength(from: readonly number[], to: readonly number[]): Expression[] {
  const [first, ...restFrom] = from as [number, ...number[]];
  const [last, ...restTo] = to as [number, ...number[]];
  if (restFrom.length === 0) return [{ kind: "byte", ranges: [[first, last]] }];
  const any: Expression[] = restFrom.map(() => ({ kind: "byte", ranges: [[0x80, 0xbf]] }));
  const lowest = restFrom.map(() => 0x80);
  const highest = restFrom.map(() => 0xbf);
  const beginningWith = (byte: number, rest: readonly Expression[]): Expression =>
    sequence({ kind: "byte", ranges: [[byte, byte]] }, choice(rest));
  if (first === last) return [beginningWith(first, sameLength(restFrom, restTo))];
  const result: Expression[] = [];
  const startsLow = restFrom.every((byte) => byte === 0x80);
  const endsHigh = restTo.every((byte) => byte === 0xbf);
  if (!startsLow) result.push(beginningWith(first, sameLength(restFrom, highest)));
  const middle: Range = [startsLow ? first : first + 1, endsHigh ? last : last - 1];
  if (middle[0] <= middle[1]) result.push(sequence({ kind: "byte", ranges: [middle] }, ...any));
  if (!endsHigh) result.push(beginningWith(last, sameLength(lowest, restTo)));
  return result;
}

/** The ranges without what the others cover, sorted. */
export function without(ranges: readonly Range[], others: readonly Range[]): Range[] {
  let left = normalized(ranges);
  for (const [from, to] of others) {
    left = left.flatMap(([start, end]): Range[] => {
      if (end < from || start > to) return [[start, end]];
      return [...(start < from ? [[start, from - 1] as const] : []), ...(end > to ? [[to + 1, end] as const] : [])];
    });
  }
  return left;
}

/** Sorted, and joined where they touch. */
export function normalized(ranges: readonly Range[]): Range[] {
  const result: [number, number][] = [];
  for (const [from, to] of ranges.toSorted((one, other) => one[0] - other[0])) {
    const before = result.at(-1);
    if (before && from <= before[1] + 1) before[1] = Math.max(before[1], to);
    else result.push([from, to]);
  }
  return result;
}
