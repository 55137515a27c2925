/** ONNX's ModelProto (github.com/onnx/onnx, onnx/onnx.proto): the parts that a reader or writer of models needs. The rest is kept as it came. */
import { checkInstance, checkObject } from "../runtime/check.ts";
import { decodeMessage, encodeMessage, type Schema } from "./message.ts";
import { broken, type Integer } from "./wire.ts";

export interface OnnxModel {
  irVersion: Integer;
  producerName?: string;
  producerVersion?: string;
  domain?: string;
  modelVersion?: Integer;
  docString?: string;
  graph: OnnxGraph;
  opsets: { domain?: string; version: Integer }[];
  metadata?: KeyValue[];
}

export interface KeyValue {
  key: string;
  value: string;
}

export interface OnnxGraph {
  nodes?: OnnxNode[];
  name?: string;
  initializers?: OnnxTensor[];
  docString?: string;
  inputs?: ValueInfo[];
  outputs?: ValueInfo[];
  valueInfos?: ValueInfo[];
}

export interface OnnxNode {
  inputs?: string[];
  outputs?: string[];
  name?: string;
  opType: string;
  attributes?: OnnxAttribute[];
  docString?: string;
  domain?: string;
}

export interface OnnxAttribute {
  name: string;
  float?: number;
  int?: Integer;
  string?: Uint8Array;
  tensor?: OnnxTensor;
  graph?: OnnxGraph;
  floats?: number[];
  ints?: Integer[];
  strings?: Uint8Array[];
  tensors?: OnnxTensor[];
  graphs?: OnnxGraph[];
  docString?: string;
  /** AttributeProto.AttributeType. */
  type: number;
}

export interface OnnxTensor {
  dims?: Integer[];
  /** TensorProto.DataType. */
  dataType: number;
  floatData?: number[];
  int32Data?: Integer[];
  stringData?: Uint8Array[];
  int64Data?: Integer[];
  name?: string;
  /** Little-endian. */
  rawData?: Uint8Array;
  doubleData?: number[];
  uint64Data?: Integer[];
  docString?: string;
  /** location, offset, length: where the bytes lie in another file. */
  externalData?: KeyValue[];
  /** 1: external. */
  dataLocation?: Integer;
}

export interface ValueInfo {
  name: string;
  type?: { tensor?: { elementType: number; shape?: { dims?: Dimension[] } } };
  docString?: string;
}

/** A size, or the name of one that is known only when the graph runs. */
export interface Dimension {
  value?: Integer;
  name?: string;
}

const keyValue: Schema = { key: { id: 1, type: "string" }, value: { id: 2, type: "string" } };

const tensor: Schema = {
  dims: { id: 1, type: "integer", repeated: true },
  dataType: { id: 2, type: "integer" },
  floatData: { id: 4, type: "float", repeated: true },
  int32Data: { id: 5, type: "integer", repeated: true },
  stringData: { id: 6, type: "bytes", repeated: true },
  int64Data: { id: 7, type: "integer", repeated: true },
  name: { id: 8, type: "string" },
  rawData: { id: 9, type: "bytes" },
  doubleData: { id: 10, type: "double", repeated: true },
  uint64Data: { id: 11, type: "integer", repeated: true },
  docString: { id: 12, type: "string" },
  externalData: { id: 13, type: () => keyValue, repeated: true },
  dataLocation: { id: 14, type: "integer" },
};

const attribute: Schema = {
  name: { id: 1, type: "string" },
  float: { id: 2, type: "float" },
  int: { id: 3, type: "integer" },
  string: { id: 4, type: "bytes" },
  tensor: { id: 5, type: () => tensor },
  graph: { id: 6, type: () => graph },
  floats: { id: 7, type: "float", repeated: true },
  ints: { id: 8, type: "integer", repeated: true },
  strings: { id: 9, type: "bytes", repeated: true },
  tensors: { id: 10, type: () => tensor, repeated: true },
  graphs: { id: 11, type: () => graph, repeated: true },
  docString: { id: 13, type: "string" },
  type: { id: 20, type: "integer" },
};

const node: Schema = {
  inputs: { id: 1, type: "string", repeated: true },
  outputs: { id: 2, type: "string", repeated: true },
  name: { id: 3, type: "string" },
  opType: { id: 4, type: "string" },
  attributes: { id: 5, type: () => attribute, repeated: true },
  docString: { id: 6, type: "string" },
  domain: { id: 7, type: "string" },
};

const dimension: Schema = { value: { id: 1, type: "integer" }, name: { id: 2, type: "string" } };
const shape: Schema = { dims: { id: 1, type: () => dimension, repeated: true } };
const tensorType: Schema = { elementType: { id: 1, type: "integer" }, shape: { id: 2, type: () => shape } };
const valueType: Schema = { tensor: { id: 1, type: () => tensorType } };

const valueInfo: Schema = {
  name: { id: 1, type: "string" },
  type: { id: 2, type: () => valueType },
  docString: { id: 3, type: "string" },
};

const graph: Schema = {
  nodes: { id: 1, type: () => node, repeated: true },
  name: { id: 2, type: "string" },
  initializers: { id: 5, type: () => tensor, repeated: true },
  docString: { id: 10, type: "string" },
  inputs: { id: 11, type: () => valueInfo, repeated: true },
  outputs: { id: 12, type: () => valueInfo, repeated: true },
  valueInfos: { id: 13, type: () => valueInfo, repeated: true },
};

const opset: Schema = { domain: { id: 1, type: "string" }, version: { id: 2, type: "integer" } };

const model: Schema = {
  irVersion: { id: 1, type: "integer" },
  producerName: { id: 2, type: "string" },
  producerVersion: { id: 3, type: "string" },
  domain: { id: 4, type: "string" },
  modelVersion: { id: 5, type: "integer" },
  docString: { id: 6, type: "string" },
  graph: { id: 7, type: () => graph },
  opsets: { id: 8, type: () => opset, repeated: true },
  metadata: { id: 14, type: () => keyValue, repeated: true },
};

/** @throws {ArgumentError} It is not a model. */
export function encodeModel(value: OnnxModel): Uint8Array {
  checkObject("value", value, { hint: "pass { irVersion, graph, opsets }, such as a GraphBuilder's model()" });
  return encodeMessage(model, value);
}

/** @throws {FormatError} naming the byte where it stops to be a model. */
export function decodeModel(bytes: Uint8Array): OnnxModel {
  checkInstance("bytes", bytes, Uint8Array, { hint: "pass what a file holds: await readFile(path)" });
  const decoded = decodeMessage(model, bytes) as Partial<OnnxModel>;
  if (!decoded.graph || !decoded.opsets || decoded.irVersion === undefined) throw broken("it has no graph, no operator set or no version");
  return decoded as OnnxModel;
}
