/** Libraries that a page brings along: gzipped, in base64. The browser unpacks them (DecompressionStream), and the page stays a third of its size. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

const packed = new Map<string, Promise<string>>();

async function pack(file: string): Promise<string> {
  const source = await readFile(createRequire(import.meta.url).resolve(file));
  return (await promisify(gzip)(source, { level: 9 })).toString("base64");
}

/** A file of a package, such as "plotly.js-dist-min/plotly.min.js". */
export function packedScript(file: string): Promise<string> {
  let script = packed.get(file);
  if (!script) packed.set(file, (script = pack(file)));
  return script;
}
