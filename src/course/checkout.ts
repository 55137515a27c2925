/** Building the checkout that this program belongs to, and fetching models and data of its manifest. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { CairnError } from "../errors.ts";
import { checkoutFolder } from "../runtime/checkout.ts";

interface Ended {
  code: number | null;
  output: string;
}

/** A program with what it starts, in a process group of its own that ends with `signal`. */
function runNode(args: string[], isShown: boolean, signal: AbortSignal | undefined): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const isGroup = process.platform !== "win32";
    const child = spawn(process.execPath, args, {
      cwd: checkoutFolder,
      detached: isGroup,
      stdio: isShown ? ["ignore", "inherit", "inherit"] : ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", (text: string) => (output += text));
    const stop = (): void => {
      if (isGroup && child.pid !== undefined) process.kill(-child.pid, "SIGTERM");
      else child.kill();
    };
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop);
    process.once("exit", stop);
    child.once("error", reject);
    child.once("close", (code) => {
      signal?.removeEventListener("abort", stop);
      process.off("exit", stop);
      resolve({ code, output });
    });
  });
}

/** Compiles what has changed since the last build; takes half a second when nothing has. @throws {CairnError} with the compiler's messages. */
export async function build(signal?: AbortSignal): Promise<void> {
  const { code, output } = await runNode([join("node_modules", "typescript", "bin", "tsc"), "-b"], false, signal);
  if (code !== 0 && !signal?.aborted) {
    throw new CairnError(`the build failed:\n${output.trim()}`, { hint: "npm ci brings the packages; git status shows what was changed" });
  }
}

/**
 * Fetches the models and data sets of these names that are not in the cache yet: says how much that is, then shows the progress, on stderr. Returns whether all
 * are there; what is missing, and how else to provide it, has been printed.
 */
export async function fetchModelsAndData(names: readonly string[], signal?: AbortSignal): Promise<boolean> {
  if (names.length === 0) return true;
  const { code } = await runNode([join("kernel-helpers", "dist", "models", "models-cli.js"), "fetch", ...names], true, signal);
  return code === 0;
}
