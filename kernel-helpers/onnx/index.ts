export { autoDevices, type Device } from "./devices.ts";
export { blockedDomain, channelBlock } from "./channel-block.ts";
export { dtypeOf, type DType, type TensorArray } from "./dtypes.ts";
export { GraphBuilder, type AttributeValue, type NodeOptions, type Shape } from "./graph-builder.ts";
export { decodeModel, encodeModel } from "./model.ts";
export type { Dimension, KeyValue, OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, ValueInfo } from "./model.ts";
export { createSession, openSession, Session, type SessionOptions, type SessionValue } from "./session.ts";
export { value, type OnnxValue } from "./tensor.ts";
export type { Integer } from "./wire.ts";
