import type { Module } from "../nn/index.ts";
import { ShapeError } from "../errors.ts";
import { argumentError, checkObject, isPlainObject } from "../runtime/check.ts";
import { Tensor } from "../tensor/index.ts";
import type { Batch } from "./batches.ts";

/** A loss with what else is to be known of the step, by name: scalars, means over the batch like the loss. */
export interface MeasuredLoss {
  loss: Tensor;
  metrics: Readonly<Record<string, Tensor>>;
}

/** The mean loss of a batch, a scalar; with metrics beside it, if there are any. */
export type Loss<M extends Module, B extends Batch> = (model: M, batch: B) => Tensor | MeasuredLoss;

/** What a loss returned, in one form. */
export function measured(returned: unknown): MeasuredLoss {
  if (!isPlainObject(returned)) return { loss: scalarOf("loss", returned), metrics: {} };
  const { loss, metrics = {}, ...others } = returned;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw argumentError("what loss returns", "a scalar Tensor, or { loss, metrics }", returned, { hint: `put ${unknown} into metrics` });
  }
  const named = Object.entries(checkObject("the loss's metrics", metrics, { hint: "return { loss, metrics: { accuracy } }" }));
  return {
    loss: scalarOf("loss", loss),
    metrics: Object.fromEntries(named.map(([name, metric]) => [name, scalarOf(`the loss's metrics["${name}"]`, metric)])),
  };
}

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
