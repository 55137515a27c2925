/** What computes an encoder's vectors: a graph with sizes that vary, or a decoder's module. */
import { createSession, value, type Device, type SessionOptions } from "../onnx/index.ts";
import { jit, tensor, type Tensor } from "../tensor/index.ts";
import type { EncoderGraph } from "./bert/graph.ts";
import type { EncoderSettings } from "./config.ts";

export interface Runner {
  readonly device: Device;
  /** One vector or score after the other, for rows of ids; those of pairs come with as many segments. */
  run(rows: readonly number[][], segments?: readonly number[][]): Promise<Float32Array>;
  close(): void;
}

/** The middle of a decoder, such as the Llama of kernel-helpers/llm: ids (B, T) of int64 → what each token comes to, (B, T, D), of it and those before it. */
export interface HiddenStates {
  hidden(ids: Tensor): Tensor;
}

export async function graphRunner({ model, externalData }: EncoderGraph, options: SessionOptions): Promise<Runner> {
  const session = await createSession(model, { ...options, externalData });
  return {
    device: session.device,
    async run(rows, segments) {
      const width = Math.max(...rows.map((ids) => ids.length));
      const ids = new Int32Array(rows.length * width);
      const mask = new Float32Array(rows.length * width);
      const parts = new Int32Array(rows.length * width);
      for (const [row, given] of rows.entries()) {
        ids.set(given, row * width);
        mask.fill(1, row * width, row * width + given.length);
        if (segments) parts.set(segments[row]!, row * width);
      }
      const [shape, inputs] = [[rows.length, width], { ids, mask, ...(segments && { segments: parts }) }];
      const [result] = Object.values(
        await session.run(Object.fromEntries(Object.entries(inputs).map(([name, data]) => [name, value(data, shape)]))),
      );
      return result!.data as Float32Array;
    },
    close: () => session.close(),
  };
}

/** A compiled function is made for each size: so sizes are multiples of this many tokens, and rows are run one by one. */
const step = 32;

/** Texts one by one, padded at the end: no token sees those behind it. */
export function decoderRunner(network: HiddenStates, { pooling, normalize, width }: EncoderSettings): Runner {
  const vectorOf = jit((ids: Tensor, weights: Tensor) => {
    const [, T] = ids.shape as [number, number];
    const pooled = weights.reshape([1, T]).matmul(network.hidden(ids).reshape([T, width]));
    return normalize ? pooled.div(pooled.square().sum(-1, { keepDims: true }).sqrt().maximum(1e-12)) : pooled;
  });
  return {
    device: vectorOf.device,
    async run(rows) {
      const result = new Float32Array(rows.length * width);
      for (const [row, given] of rows.entries()) {
        const length = Math.ceil(given.length / step) * step;
        const ids = BigInt64Array.from({ length }, (_, at) => BigInt(given[at] ?? 0));
        const weights = new Float32Array(length);
        if (pooling === "mean") weights.fill(1 / given.length, 0, given.length);
        else weights[pooling === "cls" ? 0 : given.length - 1] = 1;
        const vector = vectorOf(tensor(ids, { shape: [1, length], dtype: "int64" }), tensor(weights, { shape: [length] }));
        result.set(vector.data as Float32Array, row * width);
      }
      return result;
    },
    close: () => vectorOf.close(),
  };
}
