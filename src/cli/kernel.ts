/** `cairn kernel`: the TypeScript kernel for every Jupyter and for VS Code. */
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { InputError } from "../errors.ts";
import { installKernel, kernelFolder, removeKernel } from "../lab/index.ts";

export const summary = "install the TypeScript kernel for any Jupyter and for VS Code, or remove it";

export const help: string = `Usage: cairn kernel install [--user | --prefix DIR]
       cairn kernel remove  [--user | --prefix DIR]

Writes a kernelspec named "tslab", shown as "TypeScript", that starts the kernel of this checkout with this Node. Run it again after either has
moved. It stays valid after cairn clean: the kernel then builds itself at its first start. cairn lab needs none of this.

  --user         for all of your Jupyters (default): Jupyter's data folder, which JUPYTER_DATA_DIR can move
  --prefix DIR   for one Python environment: DIR/share/jupyter/kernels/tslab

A kernel "tslab" of another program is neither replaced nor removed.

To use it: in JupyterLab reload the page, in VS Code (with the Jupyter extension) run "Developer: Reload Window"; then select "TypeScript".

Examples:
  cairn kernel install
  cairn kernel install --prefix .venv`;

const usage = "cairn kernel install, or cairn kernel remove";

export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: { user: { type: "boolean" }, prefix: { type: "string" } },
  });
  const [action, ...others] = positionals;
  if (action !== "install" && action !== "remove") {
    throw new InputError(action === undefined ? "say what to do with the kernel" : `unknown action "${action}"`, {
      hint: usage,
    });
  }
  if (others.length > 0)
    throw new InputError(`unexpected argument ${others.join(" ")} for cairn kernel ${action}`, { hint: "--prefix DIR names a folder" });
  const { user, prefix } = values;
  if (user && prefix !== undefined) throw new InputError("--user and --prefix name two places", { hint: "give one of them" });
  if (prefix !== undefined && !existsSync(prefix)) {
    throw new InputError(`there is no folder ${prefix}`, { hint: "--prefix takes a Python environment: python3 -m venv DIR makes one" });
  }
  const folder = kernelFolder(prefix);
  if (action === "install") {
    await installKernel(folder);
    console.log(`The kernel "tslab" (TypeScript) is installed: ${folder}`);
    console.log('JupyterLab: reload the page. VS Code: "Developer: Reload Window". Then select "TypeScript".');
  } else {
    const wasThere = await removeKernel(folder);
    console.log(wasThere ? `removed ${folder}` : `nothing to remove: there is no ${folder}`);
  }
  return 0;
}
