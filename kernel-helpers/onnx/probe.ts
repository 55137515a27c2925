/** Whether a device computes, and computes correctly. */
import type { Device } from "./devices.ts";
import { GraphBuilder } from "./graph-builder.ts";
import { startSession } from "./session.ts";
import { value } from "./tensor.ts";

const size = 64;

/** Multiplies two matrices of ones on the device: whether the product is right. */
export function multiply(device: Device): boolean {
  const graph = new GraphBuilder("probe");
  const product = graph.node("MatMul", [graph.input("a", "float32", [size, size]), graph.input("b", "float32", [size, size])]);
  graph.output("product", product, "float32", [size, size]);
  using session = startSession(device, graph.encode());
  const ones = value(new Float32Array(size * size).fill(1), [size, size]);
  return session.runSync({ a: ones, b: ones }).product!.data.every((element: number | bigint) => element === size);
}
