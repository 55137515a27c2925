/** Bytes that are a picture, recognised by their beginning, as Deno's kernel does. */
import { Buffer } from "./intrinsics.ts";
import type { MimeBundle } from "./mime-bundle.ts";

const kinds: readonly (readonly [name: string, type: string, start: RegExp])[] = [
  // oxlint-disable-next-line no-control-regex -- these are bytes
  ["PNG", "image/png", /^\x89PNG\r\n\x1a\n/],
  ["JPEG", "image/jpeg", /^\xff\xd8\xff/],
  ["GIF", "image/gif", /^GIF8[79]a/],
];

/** The picture that a Buffer, a Uint8Array or an ArrayBuffer holds; nothing for any other value. */
export function pictureBundle(value: object): MimeBundle | undefined {
  const bytes = value instanceof ArrayBuffer ? new Uint8Array(value) : value;
  if (!(bytes instanceof Uint8Array)) return undefined;
  const start = Buffer.from(bytes.subarray(0, 8)).toString("latin1");
  const kind = kinds.find(([, , pattern]) => pattern.test(start));
  if (kind === undefined) return undefined;
  const [name, type] = kind;
  return { [type]: bytes, "text/plain": `${name} picture, ${bytes.length} bytes` };
}
