import { statSync } from "node:fs";

/** Differs after a file has been written to; nothing where there is no file. */
export function stamp(name: string): string | undefined {
  const about = statSync(name, { throwIfNoEntry: false });
  return about?.isFile() ? `${about.mtimeMs} ${about.size}` : undefined;
}
