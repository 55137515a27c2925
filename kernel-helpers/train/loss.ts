import type { Module } from "../nn/index.ts";
import { ShapeError } from "../errors.ts";
import { argumentError } from "../runtime/check.ts";
import { Tensor } from "../tensor/index.ts";
import type { Batch } from "./batches.ts";

/** The mean loss of a batch: a scalar. */
export type Loss<M extends Module, B extends Batch> = (model: M, batch: B) => Tensor;

/** What a loss or a metric returned, which has to be one number. */
export function scalarOf(name: string, returned: unknown): Tensor {
  if (!(returned instanceof Tensor)) {
    const hint =
      returned instanceof Promise
        ? "it must not be async: it becomes a graph"
        : "return what the tensors' methods return, not a number of it";
    throw argumentError(`what ${name} returns`, "a scalar Tensor", returned, { hint });
  }
  if (returned.size === 1) return returned.rank === 0 ? returned : returned.reshape([]);
  throw new ShapeError(`what ${name} returns must be a scalar, got shape (${returned.shape.join(", ")})`, {
    hint: "reduce it to the mean of the batch, with .mean()",
    facts: { argument: name, value: returned.shape },
  });
}
