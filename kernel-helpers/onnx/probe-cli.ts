/**
 * `node probe-cli.js DEVICE`: multiplies two matrices on a device and says how that went, as one line of JSON for `cairn doctor`. A process of
 * its own, for a broken driver can take it down.
 */
import { ArgumentError, HelperError } from "../errors.ts";
import { GraphBuilder } from "./graph-builder.ts";
import { createSession } from "./session.ts";
import type { Device } from "./devices.ts";
import { value } from "./tensor.ts";

const size = 64;
const devices: readonly string[] = ["cpu", "webgpu", "cuda"];

const [device = ""] = process.argv.slice(2);
try {
  if (!devices.includes(device)) {
    throw new ArgumentError(`there is no device "${device}"`, { hint: `the devices are ${devices.join(", ")}` });
  }
  const graph = new GraphBuilder("probe");
  const product = graph.node("MatMul", [graph.input("a", "float32", [size, size]), graph.input("b", "float32", [size, size])]);
  graph.output("product", product, "float32", [size, size]);
  using session = await createSession(graph.encode(), { device: device as Device });
  const ones = value(new Float32Array(size * size).fill(1), [size, size]);
  const { product: result } = await session.run({ a: ones, b: ones });
  const isRight = result!.data.every((element: number | bigint) => element === size);
  console.log(JSON.stringify(isRight ? {} : { reason: "it multiplies wrongly", fix: "update the driver, or use device: 'cpu'" }));
} catch (error) {
  const [reason, hint] = (error as Error).message.split("\n  hint: ");
  console.log(JSON.stringify({ reason, fix: HelperError.is(error) ? hint : undefined }));
}
