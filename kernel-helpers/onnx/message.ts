/** Messages described by a table of their fields: one encoder and one decoder for all. Fields that the table lacks are kept as they came. */
import { broken, WireReader, WireWriter, wireType, type Integer } from "./wire.ts";

export type FieldType = "integer" | "float" | "double" | "string" | "bytes" | (() => Schema);

export interface Field {
  id: number;
  type: FieldType;
  repeated?: boolean;
}

export type Schema = Record<string, Field>;

/** Bytes of the fields that the schema does not know, tags and all. */
const unknownFields: unique symbol = Symbol("unknown protobuf fields");

type Message = { [name: string]: unknown; [unknownFields]?: Uint8Array[] };

export function encodeMessage(schema: Schema, message: object): Uint8Array {
  return write(schema, message as Message).finish();
}

function write(schema: Schema, message: Message): WireWriter {
  const writer = new WireWriter();
  for (const [name, field] of Object.entries(schema)) {
    const value = message[name];
    if (value === undefined) continue;
    if (!field.repeated) writeField(writer, field, value);
    else if (isPacked(field.type)) writePacked(writer, field, value as ArrayLike<Integer>);
    else for (const item of value as unknown[]) writeField(writer, field, item);
  }
  for (const bytes of message[unknownFields] ?? []) writer.raw(bytes);
  return writer;
}

function writeField(writer: WireWriter, { id, type }: Field, value: unknown): void {
  writer.tag(id, wireOf(type));
  if (typeof type === "function") writer.message(write(type(), value as Message));
  else writeValue(writer, type, value);
}

function writeValue(writer: WireWriter, type: Exclude<FieldType, () => Schema>, value: unknown): void {
  if (type === "integer") writer.varint(value as Integer);
  else if (type === "float") writer.float(value as number);
  else if (type === "double") writer.double(value as number);
  else writer.bytes(type === "string" ? new TextEncoder().encode(value as string) : (value as Uint8Array));
}

function writePacked(writer: WireWriter, { id, type }: Field, values: ArrayLike<Integer>): void {
  if (values.length === 0) return;
  const inner = new WireWriter();
  for (let index = 0; index < values.length; index++) writeValue(inner, type as "integer", values[index]);
  writer.tag(id, wireType.bytes);
  writer.message(inner);
}

export function decodeMessage(schema: Schema, bytes: Uint8Array): object {
  const fields = new Map(Object.entries(schema).map(([name, field]) => [field.id, { name, ...field }]));
  const message: Message = {};
  const reader = new WireReader(bytes);
  while (!reader.atEnd) {
    const start = reader.position;
    const { field: id, wire } = reader.tag();
    const field = fields.get(id);
    if (!field) {
      reader.skip(wire);
      (message[unknownFields] ??= []).push(reader.slice(start, reader.position));
    } else if (field.repeated) {
      const values = (message[field.name] ??= []) as unknown[];
      if (wire === wireType.bytes && isPacked(field.type)) readPacked(reader, field.type, values);
      else values.push(readValue(reader, field, wire));
    } else {
      message[field.name] = readValue(reader, field, wire);
    }
  }
  return message;
}

function readPacked(reader: WireReader, type: FieldType, values: unknown[]): void {
  const inner = new WireReader(reader.bytes());
  while (!inner.atEnd) values.push(readScalar(inner, type));
}

function readValue(reader: WireReader, { id, type }: Field, wire: number): unknown {
  if (wire !== wireOf(type)) throw broken(`field ${id} has wire type ${wire}, expected ${wireOf(type)}, before byte ${reader.position}`);
  return readScalar(reader, type);
}

function readScalar(reader: WireReader, type: FieldType): unknown {
  if (type === "integer") return reader.varint();
  if (type === "float") return reader.float();
  if (type === "double") return reader.double();
  const bytes = reader.bytes();
  if (type === "bytes") return bytes;
  return type === "string" ? new TextDecoder().decode(bytes) : decodeMessage(type(), bytes);
}

function isPacked(type: FieldType): boolean {
  return type === "integer" || type === "float" || type === "double";
}

function wireOf(type: FieldType): number {
  if (type === "integer") return wireType.varint;
  if (type === "float") return wireType.fixed32;
  return type === "double" ? wireType.fixed64 : wireType.bytes;
}
