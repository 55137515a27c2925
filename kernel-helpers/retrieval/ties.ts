/** Exact results in a fixed order from engines that leave the order of equal scores open. */
import { compareText } from "./filter.ts";
import type { Match } from "./store.ts";

/**
 * The topK nearest, equally near ones in the order of their ids. Those that topK would cut apart are fetched too.
 *
 * @param search The nearest, at most so many.
 * @param most The most that the engine returns at once.
 */
export async function searchWithTies(search: (limit: number) => Promise<Match[]>, topK: number, most: number): Promise<Match[]> {
  let limit = Math.min(topK + 1, most);
  let matches = await search(limit);
  while (matches.length >= limit && limit < most && matches.at(-1)!.score === matches[topK - 1]!.score) {
    limit = Math.min(4 * limit, most);
    matches = await search(limit);
  }
  return matches.sort((one, other) => other.score - one.score || compareText(one.id, other.id)).slice(0, topK);
}
