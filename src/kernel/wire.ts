/**
 * Jupyter messages as ZeroMQ frames: `<IDS|MSG>`, signature, header, parent header, metadata, content, buffers (Jupyter messaging
 * protocol 5.4, "The wire protocol"). The signature is HMAC-SHA256 over the four JSON frames; no key means no signature.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { KernelMessage } from "@jupyterlab/services";

const delimiter = "<IDS|MSG>";

function sign(key: string, frames: readonly Uint8Array[]): Buffer {
  const hmac = createHmac("sha256", key);
  for (const frame of frames) hmac.update(frame);
  return Buffer.from(hmac.digest("hex"));
}

const bytesOf = (buffer: ArrayBuffer | ArrayBufferView): Buffer =>
  ArrayBuffer.isView(buffer) ? Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength) : Buffer.from(buffer);

export function encode(message: KernelMessage.IMessage, key: string): Buffer[] {
  const { header, parent_header: parent, metadata, content } = message;
  const parts = [header, parent, metadata, content].map((part) => Buffer.from(JSON.stringify(part)));
  const signature = key === "" ? Buffer.alloc(0) : sign(key, parts);
  return [Buffer.from(delimiter), signature, ...parts, ...(message.buffers ?? []).map(bytesOf)];
}

/** The message, or nothing when the frames are not a message signed with the key. */
export function decode(frames: readonly Buffer[], key: string, channel: KernelMessage.Channel): KernelMessage.IMessage | undefined {
  const start = frames.findIndex((frame) => frame.toString("latin1") === delimiter);
  const signature = frames[start + 1];
  const parts = frames.slice(start + 2, start + 6);
  if (start < 0 || signature === undefined || parts.length < 4) return undefined;
  if (key !== "") {
    const expected = sign(key, parts);
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) return undefined;
  }
  try {
    const [header, parent, metadata, content] = parts.map((part) => JSON.parse(part.toString()) as unknown);
    const buffers = frames.slice(start + 6).map((frame) => new DataView(Uint8Array.from(frame).buffer));
    return { channel, header, parent_header: parent, metadata, content, buffers } as KernelMessage.IMessage;
  } catch {
    return undefined;
  }
}
