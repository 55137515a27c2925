/** Whether other programs than `cairn lab` find the kernel. */
import { existsSync } from "node:fs";
import { installedKernels } from "../lab/index.ts";
import type { Check } from "./check.ts";

export async function kernelspec(): Promise<Check> {
  const name = "kernelspec";
  const [first] = await installedKernels();
  if (!first) {
    const fix = "only other Jupyters and VS Code need it: cairn kernel install";
    return { name, state: "missing", found: "the kernel is not installed for other programs", fix };
  }
  const { folder, checkout, argv } = first;
  if (checkout === undefined) {
    const fix = "cairn kernel install --prefix DIR puts Cairn's into a Python environment, where it counts first";
    return { name, state: "missing", found: `${folder} is another program's kernel "tslab" (${argv.join(" ")})`, fix };
  }
  const gone = argv.slice(0, 2).find((path) => !existsSync(path));
  if (gone !== undefined) return { name, state: "missing", found: `${folder} names ${gone}, which is gone`, fix: "cairn kernel install" };
  return { name, state: "works", found: `${folder} starts the kernel of ${checkout}` };
}
