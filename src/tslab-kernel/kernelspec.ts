/** How Jupyter starts the kernel: what stands in kernel.json. */
import { fileURLToPath } from "node:url";

export interface Kernelspec {
  argv: string[];
  display_name: string;
  language: string;
  interrupt_mode: "message" | "signal";
  env: Record<string, string>;
  metadata: Record<string, unknown>;
}

export interface KernelspecOptions {
  /** Upper limit of the kernel's JavaScript heap in MB; V8's default when absent. */
  maxHeapMb?: number;
}

/** The spec of the kernel in this installation, run by this Node. */
export function tslabKernelspec({ maxHeapMb }: KernelspecOptions = {}): Kernelspec {
  return {
    argv: [
      process.execPath,
      ...(maxHeapMb ? [`--max-old-space-size=${maxHeapMb}`] : []),
      "--experimental-import-meta-resolve", // imports are looked up from the notebook's folder
      fileURLToPath(new URL("./main.js", import.meta.url)),
      "{connection_file}",
    ],
    display_name: "TypeScript",
    language: "typescript",
    interrupt_mode: "message",
    env: { GLIBC_TUNABLES: process.env["GLIBC_TUNABLES"] ?? "glibc.malloc.hugetlb=1" }, // pages of 2 MB: large tensors are several per cent faster
    metadata: { debugger: false },
  };
}
