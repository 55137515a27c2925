import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** The version of an installed package, or of one in a folder relative to this one; the package itself is not loaded. */
export const versionOf = (name: string): string => (require(`${name}/package.json`) as { version: string }).version;
