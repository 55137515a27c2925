import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** A program of the library's room, by the file's name: it runs in a process of its own, for the runtime imports nothing of the library. */
export function libraryProgram(room: string, file: string): string {
  return join(dirname(createRequire(import.meta.url).resolve(`kernel-helpers/${room}`)), file);
}
