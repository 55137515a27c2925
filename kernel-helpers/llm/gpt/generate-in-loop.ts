/**
 * Sampling from a GPT within one graph: a loop whose state is the caches, the places and the last tokens. What a device computes stays there, logits too; only
 * tokens come back, many at a time.
 */
import { setImmediate } from "node:timers/promises";
import { Pace } from "../../runtime/pace.ts";
import {
  assignAll,
  concat,
  jitLoop,
  parameter,
  tensor,
  uniform,
  where,
  zeros,
  type Device,
  type JittedLoop,
  type Parameter,
  type Tensor,
} from "../../tensor/index.ts";
import type { Cache } from "./block.ts";
import type { GPT } from "./gpt.ts";

export interface LoopOptions {
  device: Device | "auto";
  /** 0 takes the likeliest. */
  temperature: number;
  /** Only so many of the likeliest tokens are drawn from. */
  topK: number;
  maxNewTokens: number;
  endId: number | undefined;
  seed: number;
}

/** The new ids of each text, its `endId` included if it came to it. @param texts With room for the new tokens in the context. */
export async function generateInLoop(
  model: GPT,
  texts: readonly number[][],
  options: LoopOptions,
  signal: AbortSignal,
): Promise<number[][]> {
  const { maxNewTokens, endId } = options;
  const isOver = (ids: readonly number[]): boolean => ids.length >= maxNewTokens || (endId !== undefined && ids.includes(endId));
  const { next, close } = loopFor(model, texts, options);
  const pace = new Pace();
  const added: number[][] = texts.map(() => []);
  try {
    while (!added.every(isOver)) {
      await setImmediate();
      signal.throwIfAborted();
      const count = Math.min(Math.max(pace.steps, leastTokens), maxNewTokens - added[0]!.length);
      const start = performance.now();
      const turns = next(Array.from({ length: count }, () => 0));
      pace.see(count, (performance.now() - start) / 1000);
      for (const turn of turns) turn.data.forEach((id, row) => void added[row]!.push(Number(id)));
    }
  } finally {
    close();
  }
  return added.map((ids) => ids.slice(0, endId === undefined || !ids.includes(endId) ? undefined : ids.indexOf(endId) + 1));
}

/** Copying the caches is worth it from about so many on. */
const leastTokens = 32;

/** Reads all texts but their last tokens, and returns what draws the next token of each, (B), as often as it is told. */
function loopFor(model: GPT, texts: readonly number[][], options: LoopOptions): { next: JittedLoop<number, Tensor>; close: () => void } {
  const { device, maxNewTokens, seed } = options;
  const [count, longest] = [texts.length, Math.max(...texts.map((ids) => ids.length))];
  const window = new Float64Array(count * longest);
  texts.forEach((ids, row) => window.set(ids, row * longest));
  const found = readAll(model, tensor(window, { shape: [count, longest], dtype: "int64" }), maxNewTokens, device);

  const caches = found.map(({ keys, values }) => ({ keys: parameter(keys), values: parameter(values) }));
  const last = parameter(
    tensor(
      texts.map((ids) => [ids.at(-1)!]),
      { dtype: "int64" },
    ),
  );
  const places = parameter(
    tensor(
      texts.map((ids) => ids.length - 1),
      { dtype: "int64" },
    ),
  );
  const drawn = parameter(tensor(seed, { dtype: "int64" }));
  const next = jitLoop(
    (_turn: number): Tensor => {
      const { x, caches: after } = model.transformer.step(last, caches, places);
      const ids = choose(model.head(x.squeeze(0)), drawn, options);
      assignAll([
        ...caches.flatMap((cache, layer) => updates(cache, after[layer]!)),
        [last, ids.unsqueeze(1)],
        [places, places.add(1)],
        [drawn, drawn.add(1)],
      ]);
      return ids;
    },
    { device, isFrozen: true },
  );
  return { next, close: () => next.close() };
}

const updates = (cache: { keys: Parameter; values: Parameter }, after: Cache): [Parameter, Tensor][] => [
  [cache.keys, after.keys],
  [cache.values, after.values],
];

/** Texts (B, T), padded at their ends → the caches, with room for more tokens. */
function readAll(model: GPT, ids: Tensor, room: number, device: Device | "auto"): Cache[] {
  const read = jitLoop(
    (window: Tensor) =>
      model.transformer.read(window).caches.map(({ keys, values }) => ({ keys: withRoom(keys, room), values: withRoom(values, room) })),
    { device },
  );
  try {
    return read([ids])[0]!;
  } finally {
    read.close();
  }
}

function withRoom(x: Tensor, room: number): Tensor {
  const [B, H, , D] = x.shape as [number, number, number, number];
  return concat([x, zeros([B, H, room, D])], 2);
}

/**
 * One id for each row of logits (B, V). The largest sum of a logit and noise of Gumbel's distribution is a draw from the softmax (Maddison et al. 2014,
 * arXiv:1411.0030), which a graph can do without sorting.
 */
function choose(logits: Tensor, seed: Tensor, { temperature, topK }: LoopOptions): Tensor {
  if (temperature === 0) return logits.argmax(-1);
  const scores = logits.div(temperature);
  const left =
    topK < logits.shape[1]! ? where(scores.less(scores.topK(topK, -1).values.min(-1, { keepDims: true })), -Infinity, scores) : scores;
  const noise = uniform(logits.shape, { seed }).maximum(1e-12).log().neg().log().neg();
  return left.add(noise).argmax(-1);
}
