/** A graph made ready to run, on ONNX Runtime. Nothing else in the library knows that runtime. */
import type { InferenceSession } from "onnxruntime-node";
import { ArgumentError, ClosedError, FormatError } from "../errors.ts";
import { autoDevices, missingDevice, type Device } from "./devices.ts";
import type { DType, TensorArray } from "./dtypes.ts";
import type { OnnxValue } from "./tensor.ts";

export interface SessionOptions {
  /** `auto` takes the fastest that works and says which in `session.device`. @default "cpu" */
  device?: Device | "auto";
  /** CPU threads within one operator. @default as many as there are physical cores */
  threads?: number;
  /** Folder of external data when the model is given as bytes. */
  externalFolder?: string;
}

export interface SessionValue {
  name: string;
  dtype: DType;
  /** Sizes, or the names of those that vary. */
  shape: readonly (number | string)[];
}

/** Makes a session from a file or from a model's bytes. */
export async function createSession(model: string | Uint8Array, options: SessionOptions = {}): Promise<Session> {
  const { device = "cpu" } = options;
  if (device !== "auto") return startOn(device, model, options);
  const devices = autoDevices();
  for (const candidate of devices.slice(0, -1)) {
    try {
      return await startOn(candidate, model, options);
    } catch (error) {
      if (error instanceof FormatError) throw error; // no device will run it
    }
  }
  return startOn(devices.at(-1)!, model, options);
}

async function startOn(device: Device, model: string | Uint8Array, { threads, externalFolder }: SessionOptions): Promise<Session> {
  const { InferenceSession } = await import("onnxruntime-node");
  const settings: InferenceSession.SessionOptions = {
    executionProviders: [device],
    logSeverityLevel: 3, // errors only: a warning for every fused node is no news to a learner
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    extra: {
      session: {
        // A thread that waits by spinning takes the core from whoever has work: two notebooks on two cores would get in each other's way. So it
        // spins only for about the time until the next operator, which costs no speed on a quiet machine.
        intra_op: { spin_duration_us: "20" },
        ...(externalFolder === undefined ? {} : { model_external_initializers_file_folder_path: externalFolder }),
      },
    },
  };
  try {
    // The two calls differ in their overload only.
    const running = typeof model === "string" ? InferenceSession.create(model, settings) : InferenceSession.create(model, settings);
    return new Session(device, await running);
  } catch (error) {
    const message = (error as Error).message;
    if (device === "cpu" || isModelFault(message)) {
      throw new FormatError(`ONNX Runtime refuses the model: ${message}`, {
        hint: "is the file whole, and made for this runtime?",
        cause: error,
      });
    }
    throw missingDevice(device, error);
  }
}

/** Whether the message is about the model, not about the device: the CPU is always there, another device may be missing. */
function isModelFault(message: string): boolean {
  return /INVALID_PROTOBUF|INVALID_GRAPH|NO_SUCHFILE|NOT_IMPLEMENTED|ShapeInferenceError|protobuf|Load model|invalid model|in graph|opset/i.test(
    message,
  );
}

/** Give it back with close(): a session holds its weights outside of what the garbage collector sees. */
export class Session implements Disposable {
  readonly device: Device;
  readonly inputs: readonly SessionValue[];
  readonly outputs: readonly SessionValue[];
  #session: InferenceSession | undefined;

  constructor(device: Device, session: InferenceSession) {
    this.device = device;
    this.inputs = session.inputMetadata.map(describe);
    this.outputs = session.outputMetadata.map(describe);
    this.#session = session;
  }

  /** Runs the graph once. Calls at the same time take turns. */
  async run(feeds: Record<string, OnnxValue>): Promise<Record<string, OnnxValue>> {
    const session = this.#session;
    if (!session) throw new ClosedError("this session is closed", { hint: "create another one, or close it later" });
    this.#check(feeds);
    const { Tensor } = await import("onnxruntime-node");
    const given = Object.entries(feeds).map(([name, { dtype, data, dims }]) => [
      name,
      new Tensor(dtype as "float32", data as Float32Array, dims),
    ]);
    const results = await session.run(Object.fromEntries(given) as InferenceSession.FeedsType);
    const named = Object.entries(results).map(([name, { type, dims, data }]) => [
      name,
      { dtype: type as DType, dims, data: data as TensorArray },
    ]);
    return Object.fromEntries(named) as Record<string, OnnxValue>;
  }

  close(): void {
    void this.#session?.release();
    this.#session = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #check(feeds: Record<string, OnnxValue>): void {
    for (const { name, dtype, shape } of this.inputs) {
      const feed = feeds[name];
      const fits =
        feed &&
        feed.dtype === dtype &&
        feed.dims.length === shape.length &&
        shape.every((size, axis) => typeof size === "string" || size === feed.dims[axis]);
      if (fits) continue;
      const found = feed ? `${feed.dtype} (${feed.dims.join(", ")})` : "nothing";
      throw new ArgumentError(`input "${name}" is ${found}, expected ${dtype} (${shape.join(", ")})`, {
        hint: `the inputs are ${this.inputs.map((input) => input.name).join(", ")}`,
      });
    }
  }
}

function describe(metadata: InferenceSession.ValueMetadata): SessionValue {
  if (!metadata.isTensor) throw new FormatError(`"${metadata.name}" is no tensor`, { hint: "sequences and maps are not supported" });
  return { name: metadata.name, dtype: metadata.type as DType, shape: metadata.shape };
}
