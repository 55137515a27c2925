/** What is handed to Node of a compiled cell. */
import type { CompiledCell } from "./compiler.ts";

/** The cell as a function, whose first line stands before those of the cell. */
export const cellScript = ({ javascript, awaits }: Pick<CompiledCell, "javascript" | "awaits">): string =>
  `(${awaits ? "async " : ""}() => { "use strict";\n${javascript}\n})`;
