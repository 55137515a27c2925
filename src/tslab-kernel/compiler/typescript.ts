/** The TypeScript that cells are written in: 6.0, the last with a JavaScript interface. Loaded in the compiler's thread alone. */
import { join } from "node:path";
import type TypeScript from "cell-typescript";
import { cacheFolder } from "../../runtime/cache-folder.ts";
import { type LoadedTypeScript, loadTypeScript } from "./load-typescript.ts";

export type { default as TypeScript } from "cell-typescript";

/** Where the compiler keeps what makes its next start shorter. */
export const compilerCache: string = join(cacheFolder(), "compiler");

const loaded: LoadedTypeScript = loadTypeScript({ cacheFolder: compilerCache });

export const ts: typeof TypeScript = loaded.typescript as typeof TypeScript;

/** Keeps compiled code for the next kernel, unless this one found it there. */
export const storeCompiledCode: () => boolean = loaded.storeCache;
