/** Where an encoder's numbers come from: a checkpoint, whose bytes ONNX Runtime reads from the file, or memory. */
import path from "node:path";
import type { Safetensors } from "../../checkpoints/index.ts";
import { FormatError } from "../../errors.ts";
import type { GraphBuilder } from "../../onnx/index.ts";
import type { Parameter, QuantizedMatrix } from "../../tensor/index.ts";

export interface EncoderWeights {
  /** The folder of the files that constants lie in, as the session has to know; undefined where they are in memory. */
  readonly folder?: string;
  has(name: string): boolean;
  shape(name: string): readonly number[];
  float32(name: string): Promise<Float32Array>;
  /** A matrix of 4 bits as it is; undefined for what is in floats. */
  quantized?(name: string): QuantizedMatrix | undefined;
  /** Adds the tensor to the graph as a constant of that name, in float32. */
  add(graph: GraphBuilder, name: string): string;
}

/** What may stand before a checkpoint's names, where the encoder is a part of a model with a head. */
const prefixes = ["", "bert.", "roberta.", "model."];
/** What the names of an encoder begin with, and those of the head that scores pairs. */
const parts = ["embeddings.", "encoder.", "pooler.", "classifier."];

/** @throws {FormatError} A tensor is missing, now or when it is asked for. */
export async function checkpointWeights(checkpoint: Safetensors, folder: string): Promise<EncoderWeights> {
  const missing = (name: string): FormatError =>
    new FormatError(`${checkpoint.file} has no tensor "${name}"`, {
      hint: "the file is not whole, or not what its config.json says",
      facts: { file: checkpoint.file, tensor: name },
    });
  const probe = "embeddings.word_embeddings.weight";
  const prefix = prefixes.find((candidate) => checkpoint.has(`${candidate}${probe}`));
  if (prefix === undefined) throw missing(probe);
  const place = (name: string): string => (name.startsWith("classifier.") ? name : prefix + name);
  const find = (name: string): string => {
    if (checkpoint.has(place(name))) return place(name);
    throw missing(place(name));
  };
  const own = checkpoint.names.filter((name) => parts.some((part) => name.startsWith(place(part))));
  const read = {
    has: (name: string) => checkpoint.has(place(name)),
    shape: (name: string) => checkpoint.info(find(name)).shape,
    float32: (name: string) => checkpoint.readFloat32(find(name)),
  };
  if (own.every((name) => checkpoint.info(name).dtype === "F32" || checkpoint.info(name).dtype === "I64")) {
    return {
      ...read,
      folder,
      add(graph, name) {
        const { shape, offset, bytes } = checkpoint.info(find(name));
        const location = path.relative(folder, checkpoint.fileOf(find(name)));
        return graph.externalConstant(name, "float32", shape, { location, offset, length: bytes });
      },
    };
  }
  // ONNX Runtime reads float32 from files; floats of fewer bits are made whole here.
  const numbers = new Map<string, Float32Array>();
  for (const name of own) numbers.set(name, await checkpoint.readFloat32(name));
  return { ...read, add: (graph, name) => graph.constant(name, numbers.get(find(name))!, read.shape(name)) };
}

export function parameterWeights(parameters: Readonly<Record<string, Parameter>>): EncoderWeights {
  return {
    has: (name) => Object.hasOwn(parameters, name),
    shape: (name) => parameters[name]!.shape,
    float32: (name) => Promise.resolve(parameters[name]!.data as Float32Array),
    add: (graph, name) => graph.constant(name, parameters[name]!.data, parameters[name]!.shape),
  };
}
