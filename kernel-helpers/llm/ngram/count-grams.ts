/** One pass over a text that counts the grams of all lengths up to n. */
import { GramTable } from "./gram-table.ts";

/**
 * The grams of 1 to `order` symbols.
 *
 * The longest are counted as they occur. Kneser–Ney counts the shorter ones by their different left neighbours: "Francisco" is frequent, but as it
 * follows "San" alone, it says little about what follows other words. A left neighbour is new exactly when the gram that is longer by it is.
 */
export function countGrams(symbols: ArrayLike<number>, order: number, byNeighbours: boolean): GramTable[] {
  const tables = Array.from({ length: order }, () => new GramTable());
  const endings = new Int32Array(order + 1); // by length: the gram that ends before this position; at 0 the empty one
  for (let position = 0; position < symbols.length; position++) {
    const symbol = symbols[position]!;
    let isLongerNew = false;
    for (let length = Math.min(position + 1, order); length > 0; length--) {
      const table = tables[length - 1]!;
      const size = table.size;
      const gram = table.add(endings[length - 1]!, symbol);
      if (isLongerNew || length === order || !byNeighbours) table.counts[gram]!++;
      isLongerNew = table.size > size;
      endings[length] = gram;
    }
  }
  return tables;
}
