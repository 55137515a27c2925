/**
 * The training of BPE: join the most frequent pair of neighbours everywhere, count again, repeat. Counting again is what costs; here a merge touches
 * only the positions of its pair, and sums up the changes by neighbour before it looks at the table of pairs.
 *
 * The merges are those of Hugging Face's trainer (tokenizers 0.23, models/bpe/trainer.rs): ties go to the smaller left id, then the smaller right
 * id; in "aaa" the left pair is joined; overlapping pairs count each. The one exception: no merge makes a token that is written like a special
 * token. Hugging Face's trainer gives both one id, and then plain text would turn into the special token.
 */
import { bytesInOrder, characterOf } from "./byte-alphabet.ts";
import { MergeQueue, type Candidate } from "./merge-queue.ts";
import { PairTable } from "./pair-table.ts";
import { listAll, Neighbours, Positions } from "./positions.ts";
import type { DrawnVocabulary } from "./vocabulary.ts";
import type { WordTable } from "./word-table.ts";

export interface LearnOptions {
  vocabSize: number;
  minFrequency: number;
  specialTokens: readonly string[];
}

/** Before each word and after the last. */
const boundary = -1;
/** A position within a symbol; the symbol's last position holds minus its length instead, which is at most -2 as well. */
const inner = -2;

/**
 * Learns merges until the vocabulary is full or no pair is frequent enough. Yields how many tokens they have made, after each merge, so that the caller
 * can stop or show progress.
 */
export function* learnMerges(words: WordTable, options: LearnOptions): Generator<number, DrawnVocabulary> {
  const { vocabSize, minFrequency } = options;
  const drawn: string[] = [...options.specialTokens, ...Array.from(bytesInOrder, (byte) => characterOf[byte]!)];
  const ids = new Map(drawn.map((token, id) => [token, id]));
  const special = new Set(options.specialTokens);
  const given = drawn.length;
  const lengths = new Int32Array(vocabSize).fill(1);
  const { symbols, weights } = layOut(words, options.specialTokens.length);
  yield 0;

  const pairs = new PairTable();
  const positions = new Positions();
  const queue = new MergeQueue(pairs);
  const enqueue = (pair: number, start: number, end: number): void => {
    const count = pairs.counts[pair]!;
    if (count >= minFrequency) queue.push({ pair, count, start, end });
  };
  listAll(symbols, weights, pairs, positions, enqueue);
  const before = new Neighbours(vocabSize);
  const after = new Neighbours(vocabSize);
  const ranks = new Map<number, number>(); // pair → rank; a pair may come twice when two ways lead to the same token, and then its last rank holds
  let rank = 0;

  while (ids.size < vocabSize) {
    const candidate = nextCandidate(queue, pairs, Math.max(1, minFrequency));
    if (!candidate) break;
    const left = pairs.left[candidate.pair]!;
    const right = pairs.right[candidate.pair]!;
    const token = drawn[left]! + drawn[right]!;
    if (special.has(token)) continue;
    let id = ids.get(token);
    if (id === undefined) {
      id = drawn.length;
      ids.set(token, id);
      drawn.push(token);
      lengths[id] = lengths[left]! + lengths[right]!;
    }
    ranks.delete(candidate.pair);
    ranks.set(candidate.pair, rank++);
    join(candidate, left, right, id);
    recount(left, right, id);
    yield drawn.length - given;
  }

  const merges = Array.from(ranks.keys(), (pair): [string, string] => [drawn[pairs.left[pair]!]!, drawn[pairs.right[pair]!]!]);
  return { ids, merges, specialTokens: new Map(options.specialTokens.map((token, id) => [token, id])) };

  /** Joins the pair at its positions and notes the neighbours. */
  function join({ start, end }: Candidate, left: number, right: number, id: number): void {
    const rightOffset = lengths[left]!;
    const length = rightOffset + lengths[right]!;
    const list = positions.data;
    for (let at = start; at < end; at++) {
      const position = list[at]!;
      if (symbols[position] !== left || symbols[position + rightOffset] !== right) continue; // another merge took one of them
      const weight = weights[position]!;
      const previous = symbols[position - 1]!;
      if (previous !== boundary) {
        const previousPosition = previous >= 0 ? position - 1 : position + previous;
        before.meet(symbols[previousPosition]!, weight, previousPosition);
      }
      const next = symbols[position + length]!;
      if (next !== boundary) after.meet(next, weight, position);
      symbols[position] = id;
      symbols[position + rightOffset] = inner;
      symbols[position + length - 1] = -length;
    }
  }

  /** Moves the counts from the old pairs to the new ones and lists where the new ones occur. */
  function recount(left: number, right: number, id: number): void {
    for (const neighbour of before.ids) {
      const weight = before.weights[neighbour]!;
      pairs.add(neighbour, left, -weight);
      pairs.add(neighbour, id, weight);
    }
    for (const neighbour of after.ids) {
      const weight = after.weights[neighbour]!;
      pairs.add(right, neighbour, -weight);
      pairs.add(id, neighbour, weight);
    }
    before.list(
      positions,
      (neighbour) => pairs.countOf(neighbour, id) >= minFrequency,
      (neighbour, start, end) => enqueue(pairs.pair(neighbour, id), start, end),
    );
    after.list(
      positions,
      (neighbour) => pairs.countOf(id, neighbour) >= minFrequency,
      (neighbour, start, end) => enqueue(pairs.pair(id, neighbour), start, end),
    );
    before.clear();
    after.clear();
  }
}

/** Bytes of all words with two or more as ids, a boundary between them; and for each position how often its word occurs. */
function layOut(words: WordTable, firstId: number): { symbols: Int32Array; weights: Int32Array } {
  const idOf = new Int32Array(256);
  for (const [order, byte] of bytesInOrder.entries()) idOf[byte] = firstId + order;
  const symbols = new Int32Array(words.textLength + words.size + 1).fill(boundary);
  const weights = new Int32Array(symbols.length);
  let position = 1;
  words.forEach((text, start, end, count) => {
    if (end - start < 2) return;
    for (let at = start; at < end; at++) {
      symbols[position] = idOf[text[at]!]!;
      weights[position++] = count;
    }
    position++;
  });
  return { symbols: symbols.subarray(0, position), weights };
}

/** The pair that is most frequent now. Counts only fall after entry, so a candidate whose count is still right is the first. */
function nextCandidate(queue: MergeQueue, pairs: PairTable, minFrequency: number): Candidate | undefined {
  for (let candidate = queue.pop(); candidate; candidate = queue.pop()) {
    const count = pairs.counts[candidate.pair]!;
    if (count < minFrequency) continue;
    if (count === candidate.count) return candidate;
    candidate.count = count;
    queue.push(candidate);
  }
  return undefined;
}
