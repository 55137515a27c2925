/** Messages between a worker and the actor that owns it: a line's worth of JSON and a vector of float32, over two pipes. */
import { readSync, writeSync } from "node:fs";

export interface Frame {
  head: Record<string, unknown>;
  /** What the pipe brought, or empty. */
  body: Float32Array;
}

const prefixBytes = 12; // the lengths in bytes: of the JSON, uint32; of the vector, uint64; both little-endian

/** Waits for the next frame. @returns undefined at the end of the input: the writer is gone. */
export function readFrame(input: number): Frame | undefined {
  const prefix = readBytes(input, prefixBytes);
  if (prefix === undefined) return undefined;
  const view = new DataView(prefix.buffer, prefix.byteOffset);
  const json = readBytes(input, view.getUint32(0, true));
  const body = readBytes(input, Number(view.getBigUint64(4, true)));
  if (json === undefined || body === undefined) return undefined;
  return {
    head: JSON.parse(new TextDecoder().decode(json)) as Record<string, unknown>,
    body: new Float32Array(body.buffer, 0, body.byteLength / 4),
  };
}

export function writeFrame(output: number, head: object, body: Float32Array = new Float32Array(0)): void {
  const json = new TextEncoder().encode(JSON.stringify(head));
  const prefix = new DataView(new ArrayBuffer(prefixBytes));
  prefix.setUint32(0, json.byteLength, true);
  prefix.setBigUint64(4, BigInt(body.byteLength), true);
  for (const bytes of [new Uint8Array(prefix.buffer), json, new Uint8Array(body.buffer, body.byteOffset, body.byteLength)])
    for (let at = 0; at < bytes.length;) at += writeSync(output, bytes, at);
}

function readBytes(input: number, count: number): Uint8Array | undefined {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count;) {
    const read = readSync(input, bytes, at, count - at, null);
    if (read === 0) return undefined;
    at += read;
  }
  return bytes;
}
