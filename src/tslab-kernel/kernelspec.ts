/** How Jupyter starts the kernel, and how it shows it: the folder of a kernelspec. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { checkoutFolder } from "../runtime/checkout.ts";
import { replaceFile } from "../runtime/files.ts";

/** What stands in kernel.json. */
export interface Kernelspec {
  argv: string[];
  display_name: string;
  language: string;
  interrupt_mode: "message" | "signal";
  env: Record<string, string>;
  /** `cairn` tells a spec of Cairn's from another program's of the same name. */
  metadata: { debugger: boolean; cairn: { checkout: string } };
}

const logos = ["logo-32x32.png", "logo-64x64.png", "logo-svg.svg"];
const logoFolder = join(checkoutFolder, "src", "tslab-kernel", "logo");

/** What Jupyter starts. Unlike the kernel itself, it is there before the first build and after `cairn clean`. */
const starter = join(checkoutFolder, "src", "bin", "kernel.js");

/** The kernel itself, which Cairn's own runner starts. */
export const kernelMain: string = join(checkoutFolder, "src", "dist", "tslab-kernel", "main.js");

/** The files of which one stands in the command line of every kernel of this checkout. */
export const kernelFiles: readonly string[] = [starter, kernelMain];

/** Has glibc ask for pages of 2 MB, where large tensors are several per cent faster; elsewhere it does nothing. */
const largePages = "glibc.malloc.hugetlb=1";

/** The spec of the kernel in this checkout, run by this Node: how Jupyter starts it, or, with `kernelMain`, how Cairn does. */
export function tslabKernelspec(program: string = starter): Kernelspec {
  return {
    // The flag: imports are looked up from the notebook's folder.
    argv: [process.execPath, "--experimental-import-meta-resolve", program, "{connection_file}"],
    display_name: "TypeScript",
    language: "typescript",
    interrupt_mode: "message",
    env: { GLIBC_TUNABLES: process.env["GLIBC_TUNABLES"] ?? largePages },
    metadata: { debugger: false, cairn: { checkout: checkoutFolder } },
  };
}

/** Writes kernel.json and the logos. The folder's name is the kernel's. */
export async function writeKernelspec(folder: string): Promise<void> {
  for (const logo of logos) await replaceFile(join(folder, logo), await readFile(join(logoFolder, logo)));
  await replaceFile(join(folder, "kernel.json"), `${JSON.stringify(tslabKernelspec(), undefined, 2)}\n`);
}
