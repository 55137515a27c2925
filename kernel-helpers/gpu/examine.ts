/** What a device can do, by computing on it: matrix products, and training steps that must come out as on the CPU. */
import { Linear, Module } from "../nn/index.ts";
import { GraphBuilder, openSession, value, type Device } from "../onnx/index.ts";
import { AdamW } from "../optim/index.ts";
import { checkInteger } from "../runtime/check.ts";
import { crossEntropy, normal, tensor, type Tensor } from "../tensor/index.ts";
import { tensorBatches, train } from "../train/index.ts";

export interface DeviceFindings {
  device: Device;
  /** Of products of large float32 matrices: 10¹² multiplications and additions per second. */
  teraflops: number;
  /** How far losses of training steps are from the CPU's, at most, as a share of them. */
  lossDifference: number;
  /** Whether it computes rightly. */
  isRight: boolean;
}

/** TF32, in which cards multiply float32, has 10 bits behind the point: a loss may differ by some thousandths. */
const mostDifference = 0.01;

/**
 * Multiplies matrices and trains a small network on a device.
 *
 * @param size Rows and columns of the matrices. @default 4096
 * @throws {UnavailableError} The device is missing; the hint says what it needs.
 */
export async function examineDevice(device: Device, size: number = 4096): Promise<DeviceFindings> {
  checkInteger("size", size, { min: 1 });
  const { teraflops, isRight } = multiplied(device, size);
  const [there, here] = [await trainedLosses(device), await trainedLosses("cpu")];
  const lossDifference = Math.max(...there.map((loss, step) => Math.abs(loss - here[step]!) / here[step]!));
  return { device, teraflops, lossDifference, isRight: isRight && lossDifference < mostDifference };
}

const products = 32;

/** A matrix of ones times one of 1 / size, again and again, is a matrix of ones. Both are made on the device: nothing large goes there. */
function multiplied(device: Device, size: number): { teraflops: number; isRight: boolean } {
  const graph = new GraphBuilder("products");
  const shape = graph.constant("shape", BigInt64Array.of(BigInt(size), BigInt(size)));
  const matrixOf = (name: string): string => graph.node("Expand", [graph.input(name, "float32", []), shape]);
  const [ones, shares] = [matrixOf("one"), matrixOf("share")];
  let result = ones;
  for (let count = 0; count < products; count++) result = graph.node("MatMul", [result, shares]);
  graph.output("least", graph.node("ReduceMin", [result], { attributes: { keepdims: 0 } }), "float32", []);
  graph.output("most", graph.node("ReduceMax", [result], { attributes: { keepdims: 0 } }), "float32", []);
  using session = openSession(graph.encode(), { device });
  const feeds = { one: value(Float32Array.of(1), []), share: value(Float32Array.of(1 / size), []) };
  session.runSync(feeds); // warms it
  const start = performance.now();
  const { least, most } = session.runSync(feeds);
  const seconds = (performance.now() - start) / 1000;
  const isRight = [least!, most!].every(({ data }) => Math.abs(Number(data[0]) - 1) < 1e-3);
  return { teraflops: (products * 2 * size ** 3) / seconds / 1e12, isRight };
}

class Network extends Module {
  readonly first: Linear = new Linear(32, 64, { seed: 1 });
  readonly second: Linear = new Linear(64, 8, { seed: 2 });

  forward(x: Tensor): Tensor {
    return this.second.forward(this.first.forward(x).gelu());
  }
}

async function trainedLosses(device: Device): Promise<readonly number[]> {
  const model = new Network();
  const [rows, seed] = [64, 3];
  const x = normal([rows, 32], { seed });
  const y = tensor(
    Array.from({ length: rows }, (_, row) => row % 8),
    { dtype: "int64" },
  );
  const run = await train({
    model,
    optimizer: new AdamW(model.parameters(), { learningRate: 0.01 }),
    loss: (network, batch) => crossEntropy(network.forward(batch.x), batch.y),
    batches: tensorBatches({ x, y }, { batchSize: 32 }),
    steps: 6,
    device,
    show: false,
  });
  return run.history.loss;
}
