/** How much of a cell its tags and its metadata show: jupyter-book's and nbconvert's tags, JupyterLab's and the classic notebook's metadata. */
import type { Cell } from "../nbformat/index.ts";

/** shown, folded away behind a word, or not on the page. */
export type Shown = "shown" | "folded" | "removed";

export interface Visibility {
  cell: Shown;
  input: Shown;
  output: Shown;
  /** Streams that are left out. */
  without: ("stdout" | "stderr")[];
}

/** The tags of a cell. Some write them with underscores. */
export function tagsOf({ metadata }: Cell): string[] {
  const { tags } = metadata as { tags?: unknown };
  return Array.isArray(tags) ? tags.map((tag) => String(tag).replaceAll("_", "-")) : [];
}

export function visibilityOf(cell: Cell): Visibility {
  const tags = tagsOf(cell);
  const { jupyter, hide_input: hideInput, collapsed } = cell.metadata as Record<string, unknown>;
  const lab = (typeof jupyter === "object" && jupyter !== null ? jupyter : {}) as Record<string, unknown>;
  const shown = (part: string, byMetadata: boolean): Shown =>
    tags.includes(`remove-${part}`) ? "removed" : tags.includes(`hide-${part}`) || byMetadata ? "folded" : "shown";
  return {
    cell: shown("cell", false),
    input: shown("input", lab["source_hidden"] === true || hideInput === true),
    output: shown("output", lab["outputs_hidden"] === true || collapsed === true),
    without: (["stdout", "stderr"] as const).filter((name) => tags.includes(`remove-${name}`)),
  };
}
