/** A checkout of its own, with this one's packages: what is built, opened and cleaned in it is nobody else's. */
import { cpSync, mkdtempSync, realpathSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";

const copied = [
  "src",
  "kernel-helpers",
  "notebooks",
  "datasets",
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "tsconfig.base.json",
];
const linked = ["node_modules", "src/node_modules", "kernel-helpers/node_modules"];

/** Built as this one is. */
export function scratchCheckout(): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "checkout-")));
  const filter = (path: string): boolean => basename(path) !== "node_modules";
  for (const path of copied) cpSync(path, join(root, path), { recursive: true, preserveTimestamps: true, filter });
  for (const path of linked) {
    try {
      symlinkSync(realpathSync(path), join(root, path));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error; // not every package has some of its own
    }
  }
  return root;
}

/** Its command line program. */
export const programOf = (checkout: string): string => resolve(checkout, "src/bin/cairn.js");
