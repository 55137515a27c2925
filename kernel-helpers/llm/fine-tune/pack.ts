/** Examples in rows of one length, several to a row where they fit, and batches of such rows. */
import { ArgumentError } from "../../errors.ts";
import { createRandom } from "../../runtime/random.ts";
import { tensor, type Tensor } from "../../tensor/index.ts";
import { tensorBatches, type Batches } from "../../train/index.ts";
import type { EncodedExample } from "./examples.ts";

/** Rows of packed examples. All tensors but `weights` are int64. */
export interface PackedBatch extends Readonly<Record<string, Tensor>> {
  /** (B, T) */
  readonly ids: Tensor;
  /** Each token's place in its example, (B, T). */
  readonly positions: Tensor;
  /** Which example of the row each token belongs to, from 1 on, (B, T); what fills the row up is an example of its own, 0. */
  readonly segments: Tensor;
  /** Where in the row the tokens stand after which something is learnt, (B, K), filled up with 0. */
  readonly picked: Tensor;
  /** What follows them, (B, K), filled up with `ignoreIndex`. */
  readonly targets: Tensor;
  /** The row's share of the learnt tokens, times the number of rows: (B) of float32, with a mean of 1 over all rows that are averaged. */
  readonly weights: Tensor;
}

export interface PackOptions {
  /** Tokens of a row, T. */
  rowLength: number;
  /** Rows of a batch, B. */
  batchSize: number;
  /** Whether rows hold several examples. */
  packing: boolean;
  /** Draws which examples share a row, and the order of rows. Undefined for a set that is measured: in order, and each learnt token counts the same in all of it. */
  seed: number | undefined;
}

/** Stands for what is not learnt, as in PyTorch. */
export const ignoreIndex = -100;

/** How many of the learnt tokens of the fullest row are taken together, so that sets of much the same lengths share a graph. */
const pickStep = 16;

type Row = readonly EncodedExample[];

/**
 * @param argument What the examples are called in errors.
 * @throws {ArgumentError} An example of which nothing is learnt within `rowLength` tokens.
 */
export function packedBatches(argument: string, examples: readonly EncodedExample[], options: PackOptions): Batches<PackedBatch> {
  const { rowLength, batchSize, packing, seed } = options;
  const cut = examples.map((example, index) => cutExample(`${argument}[${index}]`, example, rowLength));
  // Longest first would put like with like: rows of chat alone, rows of long orders alone, and each an update of its own.
  const order = seed === undefined ? cut : createRandom(seed).shuffle(cut);
  const filled = packing ? fill(order, rowLength) : order.map((example) => [example]);
  const size = Math.min(batchSize, filled.length);
  const rows: Row[] = [...filled, ...Array.from({ length: -filled.length % size === 0 ? 0 : size - (filled.length % size) }, () => [])];
  const most = Math.max(...rows.map(countOf));
  const columns = columnsOf(rows, rowLength, Math.min(rowLength, Math.ceil(most / pickStep) * pickStep));
  const counts = tensor(rows.map(countOf), { dtype: "float32" });
  const batches = tensorBatches({ ...columns, counts }, { batchSize: size, shuffle: seed !== undefined, seed: seed ?? 0 });
  const meanCount = rows.reduce((sum, row) => sum + countOf(row), 0) / rows.length;
  const weighted = ({ counts: learnt, ...rest }: Record<string, Tensor>): PackedBatch => {
    const numbers = learnt!.data as Float32Array;
    const mean = seed === undefined ? meanCount : numbers.reduce((sum, count) => sum + count, 0) / numbers.length;
    return { ...rest, weights: tensor(numbers.map((count) => count / mean)) } as unknown as PackedBatch;
  };
  const at = (index: number): PackedBatch => weighted(batches.at(index));
  return {
    length: batches.length,
    unit: "tokens",
    at,
    count: ({ segments }) => (segments.data as BigInt64Array).reduce((sum, segment) => sum + (segment > 0n ? 1 : 0), 0),
    *[Symbol.iterator]() {
      for (let index = 0; index < batches.length; index++) yield at(index);
    },
  };
}

/** How many tokens the example takes in a row: its last one is only predicted. */
const lengthOf = ({ ids }: EncodedExample): number => ids.length - 1;

const countOf = (row: Row): number =>
  row.reduce((sum, { isLearnt }) => sum + isLearnt.reduce((count, learnt, at) => count + (learnt && at > 0 ? 1 : 0), 0), 0);

function cutExample(name: string, example: EncodedExample, rowLength: number): EncodedExample {
  const cut = { ids: example.ids.subarray(0, rowLength + 1), isLearnt: example.isLearnt.slice(0, rowLength + 1) };
  if (countOf([cut]) > 0) return cut;
  throw new ArgumentError(`nothing is learnt from ${name}: it has no answer within ${rowLength} tokens`, {
    hint: "add the assistant's message, shorten the prompt, or pass a larger contextLength",
    facts: { argument: name, tokens: example.ids.length, contextLength: rowLength },
  });
}

/** Each example in the fullest row that has room for it (best fit). Where examples are a tenth of a row or less, hardly any room is left over. */
function fill(examples: readonly EncodedExample[], rowLength: number): Row[] {
  const rows: { room: number; examples: EncodedExample[] }[] = [];
  for (const example of examples) {
    const length = lengthOf(example);
    let best: (typeof rows)[number] | undefined;
    for (const row of rows) if (row.room >= length && row.room < (best?.room ?? Infinity)) best = row;
    if (!best) rows.push((best = { room: rowLength, examples: [] }));
    best.room -= length;
    best.examples.push(example);
  }
  return rows.map((row) => row.examples);
}

function columnsOf(rows: readonly Row[], rowLength: number, picks: number): Record<string, Tensor> {
  const column = (width: number, filling = 0): BigInt64Array => new BigInt64Array(rows.length * width).fill(BigInt(filling));
  const [ids, positions, segments] = [column(rowLength), column(rowLength), column(rowLength)];
  const [picked, targets] = [column(picks), column(picks, ignoreIndex)];
  rows.forEach((row, at) => {
    let [place, pick] = [0, 0];
    row.forEach((example, segment) => {
      for (let token = 0; token < lengthOf(example); token++, place++) {
        ids[at * rowLength + place] = BigInt(example.ids[token]!);
        positions[at * rowLength + place] = BigInt(token);
        segments[at * rowLength + place] = BigInt(segment + 1);
        if (!example.isLearnt[token + 1]) continue;
        picked[at * picks + pick] = BigInt(place);
        targets[at * picks + pick++] = BigInt(example.ids[token + 1]!);
      }
    });
    for (let token = 0; place < rowLength; token++, place++) positions[at * rowLength + place] = BigInt(token);
  });
  const made = (data: BigInt64Array, width: number): Tensor => tensor(data, { shape: [rows.length, width] });
  return {
    ids: made(ids, rowLength),
    positions: made(positions, rowLength),
    segments: made(segments, rowLength),
    picked: made(picked, picks),
    targets: made(targets, picks),
  };
}
