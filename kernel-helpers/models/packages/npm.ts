/** Packages of npm, from whichever registry npm is set up for. */
import path from "node:path";
import { UnavailableError } from "../../errors.ts";
import { codeOf } from "../../runtime/files.ts";
import type { DownloadOptions } from "../download.ts";
import type { PackageSource } from "../manifest.ts";
import { runCommand } from "./command.ts";

export async function npmAddress(source: PackageSource, options: DownloadOptions): Promise<string> {
  return JSON.parse(await npm(["view", `${source.package}@${source.version}`, "dist.tarball", "--json"], options)) as string;
}

/** Lets npm download it into the folder, which shows no progress, and returns the file. */
export async function npmPack(source: PackageSource, folder: string, options: DownloadOptions): Promise<string> {
  const args = ["pack", `${source.package}@${source.version}`, "--json", "--ignore-scripts", "--pack-destination", folder];
  const [packed] = JSON.parse(await npm(args, options)) as { filename: string }[];
  return path.join(folder, packed!.filename);
}

async function npm(args: string[], { signal }: DownloadOptions): Promise<string> {
  try {
    return await runCommand("npm", args, { signal });
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    throw new UnavailableError("npm is not on the PATH", { hint: "install Node with npm", cause: error, facts: { command: "npm" } });
  }
}
