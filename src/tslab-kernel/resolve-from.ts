/** Where Node finds a module from another file than this one. */
import { pathToFileURL } from "node:url";

/**
 * As Node resolves it: `exports` and `imports` maps, the conditions `node` and `import`.
 *
 * @param path Of the file that imports. It counts because the kernel is started with --experimental-import-meta-resolve.
 * @throws what Node says of a module that it does not find.
 */
export const resolveFrom = (specifier: string, path: string): string =>
  (import.meta.resolve as (specifier: string, parent: string) => string)(specifier, pathToFileURL(path).href);
