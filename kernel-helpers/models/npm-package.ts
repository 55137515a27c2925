/** The tarball of an npm package, from whichever registry npm is set up for. */
import path from "node:path";
import { UnavailableError } from "../errors.ts";
import { codeOf } from "../runtime/files.ts";
import { runCommand } from "./command.ts";
import { download, type DownloadOptions } from "./download.ts";
import type { PackageSource } from "./manifest.ts";

/** Downloads into the folder and returns the file. */
export async function fetchNpmPackage(source: PackageSource, folder: string, options: DownloadOptions): Promise<string> {
  const specifier = `${source.package}@${source.version}`;
  const address = JSON.parse(await npm(["view", specifier, "dist.tarball", "--json"], options)) as string;
  const file = path.join(folder, "package.tgz");
  try {
    await download(address, file, options);
    return file;
  } catch {
    options.signal?.throwIfAborted();
    // Behind a proxy or with credentials only npm itself gets through; it shows no progress.
    const [packed] = JSON.parse(await npm(["pack", specifier, "--json", "--ignore-scripts", "--pack-destination", folder], options)) as {
      filename: string;
    }[];
    return path.join(folder, packed!.filename);
  }
}

async function npm(args: string[], { signal }: DownloadOptions): Promise<string> {
  try {
    return await runCommand("npm", args, { signal });
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    throw new UnavailableError("npm is not on the PATH", { hint: "install Node with npm", cause: error, facts: { command: "npm" } });
  }
}
