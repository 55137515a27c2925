/** The one place that says where the cache is. The library has the same rule (kernel-helpers/runtime/cache-folder.ts), and a test holds them to it. */
import { homedir } from "node:os";
import { parse, resolve } from "node:path";
import envPaths from "env-paths";
import { CairnError } from "../errors.ts";

/**
 * Where Cairn keeps what it can make or fetch again: CAIRN_CACHE, else where the system keeps caches of a user. An empty CAIRN_CACHE counts as
 * none. A relative path, and ~, start at the home folder, so that all kernels mean the same place, whatever folder they run in.
 */
export function cacheFolder(env: Record<string, string | undefined> = process.env, home: string = homedir()): string {
  const given = env.CAIRN_CACHE?.trim() ?? "";
  if (given === "") return envPaths("cairn", { suffix: "" }).cache;
  const folder = resolve(home, given.replace(/^~(?=$|[\\/])[\\/]*/, ""));
  if (folder !== resolve(home) && folder !== parse(folder).root) return folder;
  throw new CairnError(`CAIRN_CACHE is ${JSON.stringify(given)}, which is ${folder} itself`, {
    hint: "name a folder in it: the cache has folders such as models and datasets, which cairn clean --all removes",
  });
}
