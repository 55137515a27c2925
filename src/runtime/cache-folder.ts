/** Where Cairn keeps what it can make or fetch again: CAIRN_CACHE, else where the system keeps caches of a user. The library uses the same place. */
import { resolve } from "node:path";
import envPaths from "env-paths";

export function cacheFolder(env: Record<string, string | undefined> = process.env): string {
  return resolve(env.CAIRN_CACHE || envPaths("cairn", { suffix: "" }).cache);
}
