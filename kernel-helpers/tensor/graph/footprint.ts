/** How much memory a graph needs while it runs. */
import { bytesPerElement } from "../../onnx/index.ts";
import { isGiven, nodesBelow } from "./order.ts";
import { sizeOf } from "./shape.ts";
import type { Value, ValueType } from "./value.ts";

const bytesOf = ({ shape, dtype }: ValueType): number => sizeOf(shape) * bytesPerElement(dtype);

/** The most that results take at once when the nodes run in the order in which they were made, each result up to its last reader. */
export function peakBytes(outputs: readonly Value[]): number {
  const nodes = nodesBelow(outputs, isGiven);
  const lastReader = new Map<Value, number>();
  nodes.forEach(({ inputs }, index) => inputs.forEach((input) => lastReader.set(input, index)));
  const results = new Set(outputs);
  const ending = new Map<number, number>(); // bytes that are free after each node
  let [now, peak] = [0, 0];
  nodes.forEach((node, index) => {
    for (const output of node.outputs) {
      if (results.has(output)) continue; // lies in memory that is given
      now += bytesOf(output);
      const last = lastReader.get(output) ?? index;
      ending.set(last, (ending.get(last) ?? 0) + bytesOf(output));
    }
    peak = Math.max(peak, now);
    now -= ending.get(index) ?? 0;
  });
  return peak;
}
