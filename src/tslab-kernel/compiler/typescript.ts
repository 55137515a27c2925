/** The TypeScript that cells are written in: 6.0, the last with a JavaScript interface. Loaded in the compiler's thread alone. */
import { createRequire } from "node:module";
import type TypeScript from "cell-typescript";

export type { default as TypeScript } from "cell-typescript";

export const ts: typeof TypeScript = createRequire(import.meta.url)("cell-typescript") as typeof TypeScript;
