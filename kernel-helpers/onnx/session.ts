/** A graph made ready to run, on ONNX Runtime. Nothing else in the library knows that runtime. */
import { setImmediate } from "node:timers/promises";
import { Tensor, type InferenceSession } from "onnxruntime-node";
import { ClosedError, FormatError } from "../errors.ts";
import { openCuda } from "./cuda/libraries.ts";
import { missingDevice, type Device } from "./devices.ts";
import { dtypeOfCode, type DType, type TensorArray } from "./dtypes.ts";
import { newNativeSession, type NativeMetadata, type NativeSession } from "./native.ts";
import { throwIfInterrupted } from "../runtime/interrupt.ts";
import { Ports, type SessionValue } from "./ports.ts";
import type { OnnxValue } from "./tensor.ts";
import { isModelFault, isRefusedCopy, isRefusedOutput, runError } from "./unpromised.ts";

export interface SessionSettings {
  /** CPU threads within one operator. @default as many as there are physical cores */
  threads?: number;
  /**
   * Whether ONNX Runtime plans one block for all intermediate results after the first run. It costs as much memory again as the first run
   * took; a training step takes no longer without it. @default true
   */
  memoryPattern?: boolean;
  /** Folder of external data when the model is given as bytes. */
  externalFolder?: string;
  /** Location → bytes of external data that lies in memory. */
  externalData?: Readonly<Record<string, Uint8Array>>;
}

let open = 0;

/** How many sessions are open now, each with memory that the garbage collector does not see. */
export const openSessions = (): number => open;

/** Makes a session on a device that is named. */
export function startSession(device: Device, model: string | Uint8Array, settings: SessionSettings = {}): Session {
  const { threads, externalFolder, externalData = {}, memoryPattern = true } = settings;
  const options: InferenceSession.SessionOptions = {
    executionProviders: [device],
    enableMemPattern: memoryPattern,
    externalData: Object.entries(externalData).map(([place, data]) => ({ path: place, data })),
    logSeverityLevel: 4, // none: errors are thrown, and a warning for every fused node tells a learner nothing
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    extra: {
      session: {
        // A thread that waits by spinning takes the core from those that have work: two notebooks on two cores would get in each other's way. So it
        // spins only for about the time until the next operator, which costs no speed on a quiet machine.
        intra_op: { spin_duration_us: "20" },
        ...(externalFolder === undefined ? {} : { model_external_initializers_file_folder_path: externalFolder }),
      },
    },
  };
  try {
    if (device === "cuda") openCuda();
    const session = newNativeSession();
    if (typeof model === "string") session.loadModel(model, options);
    else session.loadModel(model.buffer, model.byteOffset, model.byteLength, options);
    return new Session(device, session);
  } catch (error) {
    const message = (error as Error).message;
    if (device === "cpu" || isModelFault(error)) {
      throw new FormatError(`ONNX Runtime refuses the model: ${message}`, {
        hint:
          device === "cpu"
            ? "is the file whole, and made for this runtime?"
            : `it may be that ${device} lacks an operator: try device: 'cpu'`,
        cause: error,
      });
    }
    throw missingDevice(device, error);
  }
}

/** Give it back with close(): a session holds its weights outside of what the garbage collector sees. */
export class Session implements Disposable {
  readonly device: Device;
  readonly inputs: readonly SessionValue[];
  readonly outputs: readonly SessionValue[];
  readonly #feeds: Ports;
  readonly #fetches: Ports;
  #session: NativeSession | undefined;
  /** The output that keeps the others from being copied, if there is one. */
  readonly #refused: string | undefined;

  constructor(device: Device, session: NativeSession) {
    this.device = device;
    this.inputs = session.inputMetadata.map(describe);
    const outputs = session.outputMetadata.map(describe);
    this.outputs = outputs.filter(({ name }) => !isRefusedOutput(name));
    this.#refused = outputs.find(({ name }) => isRefusedOutput(name))?.name;
    this.#feeds = new Ports("input", this.inputs);
    this.#fetches = new Ports("output", this.outputs);
    this.#session = session;
    open++;
  }

  /** Runs the graph once, after whatever waits in the event loop. */
  async run(feeds: Record<string, OnnxValue>): Promise<Record<string, OnnxValue>> {
    await setImmediate();
    return this.runSync(feeds);
  }

  /**
   * Runs the graph once.
   *
   * @param outputs Where results go, by name: their arrays are written to, and come back. One may share its memory with an input, if all nodes
   *   that read the input come before the one that writes the output. Results not named here get memory of their own.
   */
  runSync(feeds: Record<string, OnnxValue>, outputs: Record<string, OnnxValue> = {}): Record<string, OnnxValue> {
    const session = this.#session;
    if (!session) throw new ClosedError("this session is closed", { hint: "create another one, or close it later" });
    throwIfInterrupted();
    this.#feeds.check(feeds);
    this.#fetches.check(outputs);
    const fetches = Object.fromEntries(this.outputs.map(({ name }) => [name, outputs[name] ? toTensor(outputs[name]) : null]));
    try {
      const results = session.run(
        mapValues(feeds, toTensor),
        this.#refused === undefined ? fetches : { ...fetches, [this.#refused]: null },
        {},
      );
      return mapValues(results, ({ type, dims, data }) => ({ dtype: type as DType, dims, data: data as TensorArray }));
    } catch (error) {
      if (this.#refused !== undefined && isRefusedCopy(error)) return outputs;
      throw runError(error);
    }
  }

  close(): void {
    if (!this.#session) return;
    this.#session.dispose();
    this.#session = undefined;
    open--;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function toTensor({ dtype, data, dims }: OnnxValue): Tensor {
  return new Tensor(dtype as "float32", data as Float32Array, dims);
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, change: (item: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, item]) => [name, change(item)]));
}

function describe({ name, isTensor, type, shape, symbolicDimensions }: NativeMetadata): SessionValue {
  if (!isTensor) throw new FormatError(`"${name}" is not a tensor`, { hint: "sequences and maps are not supported" });
  return { name, dtype: dtypeOfCode(type), shape: shape.map((size, axis) => (size === -1 ? symbolicDimensions[axis]! : size)) };
}
