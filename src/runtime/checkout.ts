/** The checkout that this program belongs to. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The nearest folder above that holds src/bin: modules lie deeper when they are built than they do as source. */
function find(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "src", "bin", "cairn.js")) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}

export const checkoutFolder: string = find();
