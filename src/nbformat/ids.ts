/** Ids of cells, which nbformat 4.5 and later ask of every cell. */
import { createHash } from "node:crypto";
import { derive } from "./json.ts";

interface Identified {
  id?: unknown;
  source?: unknown;
}

/** Cells without an id, or with that of another cell, get one, as in Jupyter, but the same one each time. */
export function withIds<T extends Identified>(cells: readonly T[]): T[] {
  const used = new Set<unknown>();
  return cells.map((cell, index) => {
    let id = cell.id;
    for (let attempt = 0; typeof id !== "string" || used.has(id); attempt++) {
      id = createHash("sha256")
        .update(`${index} ${attempt} ${JSON.stringify(cell.source)}`)
        .digest("hex")
        .slice(0, 8);
    }
    used.add(id);
    return id === cell.id ? cell : derive(cell, { id });
  });
}
