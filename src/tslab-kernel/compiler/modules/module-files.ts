/** The names of local modules' JavaScript in the cache: made by the compiler, recognised in the stacks of the main thread. */
import { createHash } from "node:crypto";
import { basename, extname, join } from "node:path";

/** @param content A hash of the module and all that it imports, in hex. */
export function moduleFile(folder: string, source: string, content: string): string {
  const path = createHash("sha256").update(source).digest("hex").slice(0, 8);
  return join(folder, content.slice(0, 24), `${path}-${basename(source, extname(source))}.mjs`);
}

const pattern = /\/modules\/[0-9a-f]{24}\/[0-9a-f]{8}-[^/]*\.mjs$/;

/** @param script As the debugger names it. */
export const isModuleFile = (script: string): boolean => pattern.test(script);
