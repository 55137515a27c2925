/** Pictures as data inside the page. */
import { readFile } from "node:fs/promises";
import { extname, resolve } from "node:path";
import type { MimeBundle } from "../nbformat/index.ts";
import { decodeAddress } from "./decode-address.ts";
import { standaloneSvg } from "./svg.ts";

const types: Record<string, string> = {
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".gif": "image/gif",
  ".webp": "image/webp",
  ".avif": "image/avif",
  ".svg": "image/svg+xml",
};

/** A picture as notebooks hold it (base64, or the text of an SVG) as a data address; undefined where it is not one. */
export function dataAddress(type: string, data: unknown): string | undefined {
  if (typeof data !== "string") return undefined;
  // As a picture, an SVG runs no script and loads nothing.
  if (type === "image/svg+xml") return `data:${type};base64,${Buffer.from(standaloneSvg(data)).toString("base64")}`;
  const base64 = data.replace(/\s/g, "");
  return base64 !== "" && /^[A-Za-z0-9+/]+=*$/.test(base64) ? `data:${type};base64,${base64}` : undefined;
}

/** The picture of a bundle: `attachment:name` in markdown, or an output's. */
export function bundleAddress(bundle: MimeBundle | undefined): string | undefined {
  for (const [type, data] of Object.entries(bundle ?? {})) if (type.startsWith("image/")) return dataAddress(type, data);
  return undefined;
}

/** A picture beside the notebook. Only picture files are read, whatever a notebook asks for. */
export async function fileAddress(folder: string, address: string): Promise<string | undefined> {
  const type = types[extname(address.replace(/[?#].*$/, "")).toLowerCase()];
  if (type === undefined) return undefined;
  try {
    const bytes = await readFile(resolve(folder, decodeAddress(address.replace(/[?#].*$/, ""))));
    return type === "image/svg+xml" ? dataAddress(type, bytes.toString("utf8")) : `data:${type};base64,${bytes.toString("base64")}`;
  } catch {
    return undefined; // not there: the page shows the picture's description
  }
}
