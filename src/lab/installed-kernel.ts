/** The kernel where other programs find it: a kernelspec in a folder of Jupyter's. VS Code looks in the same ones. */
import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { CairnError } from "../errors.ts";
import { kernelspecFolders, type PathOptions, userDataFolder } from "../runtime/jupyter-paths.ts";
import { writeKernelspec } from "../tslab-kernel/index.ts";

/** The name that the course's notebooks ask for. */
const name = "tslab";

/** What lies in a kernelspec's folder: a spec of Cairn's with the checkout that it starts, or another program's. */
export interface InstalledKernel {
  folder: string;
  /** None when it is not one of Cairn's. */
  checkout?: string;
  /** What it starts. */
  argv: string[];
}

/** The kernelspec's folder in this user's folder of Jupyter, or under a prefix such as a virtual environment. */
export function kernelFolder(prefix?: string, paths?: PathOptions): string {
  const data = prefix === undefined ? userDataFolder(paths) : join(resolve(prefix), "share", "jupyter");
  return join(data, "kernels", name);
}

/** @throws {CairnError} when the folder has a kernel.json that cannot be read. */
async function lookInto(folder: string): Promise<InstalledKernel | undefined> {
  const file = join(folder, "kernel.json");
  if (!existsSync(file)) return undefined;
  try {
    const spec = JSON.parse(await readFile(file, "utf8")) as { argv?: unknown; metadata?: { cairn?: { checkout?: string } } };
    const checkout = spec.metadata?.cairn?.checkout;
    const argv = Array.isArray(spec.argv) ? spec.argv.map(String) : [];
    return checkout === undefined ? { folder, argv } : { folder, argv, checkout };
  } catch (cause) {
    throw new CairnError(`${file} cannot be read: ${(cause as Error).message}`, {
      hint: `look at it; without it, cairn kernel install writes a new one`,
      cause,
    });
  }
}

function refuse({ folder, argv }: InstalledKernel, what: string): never {
  throw new CairnError(`${folder} holds another program's kernel "${name}" (${argv.join(" ")}), which is not ${what}`, {
    hint:
      what === "removed"
        ? `remove that one with: jupyter kernelspec remove ${name}`
        : `remove that one with: jupyter kernelspec remove ${name}; or install into a virtual environment: cairn kernel install --prefix DIR`,
  });
}

/** Writes the kernelspec, in place of one of Cairn's. @throws {CairnError} Another program's is there. */
export async function installKernel(folder: string): Promise<void> {
  const found = await lookInto(folder);
  if (found && found.checkout === undefined) refuse(found, "replaced");
  await writeKernelspec(folder);
}

/** Removes the kernelspec and returns whether there was one. @throws {CairnError} It is another program's. */
export async function removeKernel(folder: string): Promise<boolean> {
  const found = await lookInto(folder);
  if (!found) return false;
  if (found.checkout === undefined) refuse(found, "removed");
  await rm(folder, { recursive: true });
  return true;
}

/** All kernelspecs of the name where Jupyter looks, the one that counts first. Those that cannot be read are left out, as Jupyter does. */
export async function installedKernels(paths?: PathOptions): Promise<InstalledKernel[]> {
  const found = await Promise.all(kernelspecFolders(paths).map((folder) => lookInto(join(folder, name)).catch(() => undefined)));
  return found.filter((kernel) => kernel !== undefined);
}
