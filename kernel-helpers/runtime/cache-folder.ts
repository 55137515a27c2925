/** The one place that says where the cache is. Cairn's own programs have the same rule (src/runtime/cache-folder.ts), and a test holds them to it. */
import { homedir } from "node:os";
import path from "node:path";
import envPaths from "env-paths";
import { ArgumentError } from "../errors.ts";

/**
 * Where Cairn keeps what it can make or fetch again: CAIRN_CACHE, else where the system keeps caches of a user. An empty CAIRN_CACHE counts as
 * none. A relative path, and ~, start at the home folder, so that all notebooks mean the same place, whatever folder they run in.
 *
 * @throws {ArgumentError} CAIRN_CACHE is the home folder itself, or the root.
 */
export function cacheFolder(env: Readonly<Record<string, string | undefined>> = process.env, home: string = homedir()): string {
  const given = env["CAIRN_CACHE"]?.trim() ?? "";
  if (given === "") return envPaths("cairn", { suffix: "" }).cache;
  const folder = path.resolve(home, given.replace(/^~(?=$|[\\/])[\\/]*/, ""));
  if (folder !== path.resolve(home) && folder !== path.parse(folder).root) return folder;
  throw new ArgumentError(`CAIRN_CACHE is ${JSON.stringify(given)}, which is ${folder} itself`, {
    hint: "name a folder in it: the cache has folders such as models and datasets, which cairn clean --all removes",
    facts: { argument: "CAIRN_CACHE", value: given, folder },
  });
}
