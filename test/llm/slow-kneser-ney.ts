/** Interpolated Kneser–Ney as its definition reads, gram by gram over the whole text for every question: slow, and without a line of the fast one. */

export interface SlowOptions {
  order: number;
  vocabularySize: number;
  discount?: number | undefined;
}

type Gram = readonly number[];

const key = (gram: Gram): string => gram.join(" ");

/** The different runs of so many symbols in the text. */
function gramsOf(text: Gram, length: number): Gram[] {
  const grams = new Map<string, Gram>();
  for (let start = 0; start + length <= text.length; start++) {
    const gram = text.slice(start, start + length);
    grams.set(key(gram), gram);
  }
  return [...grams.values()];
}

const occurrences = (text: Gram, gram: Gram): number =>
  text.filter((_, start) => gram.every((symbol, index) => text[start + index] === symbol)).length;

/** In how many kinds of left neighbour a gram was seen: N₁₊(• gram). */
const leftNeighbours = (text: Gram, gram: Gram): number =>
  gramsOf(text, gram.length + 1).filter((longer) => key(longer.slice(1)) === key(gram)).length;

export function slowKneserNey(text: Gram, { order, vocabularySize, discount }: SlowOptions): (context: Gram, symbol: number) => number {
  const countOf = (gram: Gram): number => (gram.length === order ? occurrences(text, gram) : leftNeighbours(text, gram));
  const countsOfLength = Array.from({ length: order + 1 }, (_, length) =>
    gramsOf(text, length).map((gram) => ({ gram, count: countOf(gram) })),
  );

  const discountsOfLength = countsOfLength.map((counted) => {
    if (discount !== undefined) return [discount, discount, discount];
    const n = (count: number): number => counted.filter((each) => each.count === count).length;
    const y = n(1) / (n(1) + 2 * n(2));
    const estimated = [1, 2, 3].map((count) => count - (count + 1) * y * (n(count + 1) / n(count)));
    const isUsable = n(4) > 0 && estimated.every((d, index) => d >= 0 && d <= index + 1);
    return isUsable ? estimated : [0.5, 1, 1.5];
  });

  const probability = (context: Gram, symbol: number): number => {
    const length = context.length + 1;
    const lower = length === 1 ? 1 / vocabularySize : probability(context.slice(1), symbol);
    const followers = countsOfLength[length]!.filter(({ gram, count }) => count > 0 && key(gram.slice(0, -1)) === key(context));
    const total = followers.reduce((sum, { count }) => sum + count, 0);
    if (total === 0) return lower;
    const discountOf = (count: number): number => discountsOfLength[length]![Math.min(count, 3) - 1]!;
    const own = followers.find(({ gram }) => gram.at(-1) === symbol)?.count ?? 0;
    const taken = followers.reduce((sum, { count }) => sum + discountOf(count), 0);
    return (own > 0 ? own - discountOf(own) : 0) / total + (taken / total) * lower;
  };
  return (context, symbol) => probability(context.slice(Math.max(0, context.length - order + 1)), symbol);
}
