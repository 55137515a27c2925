/**
 * Where the nodes of a directed graph without circles stand when all edges run downwards — Sugiyama, Tagawa & Toda 1981: levels by the longest way,
 * a stand-in on every level that an edge passes, an order on each level that crosses few edges, and then the places that bend edges least.
 */
import { ArgumentError } from "../errors.ts";

export interface LayeredNode {
  readonly id: string;
  /** Ids of the nodes that point to this one. */
  readonly needs?: readonly string[] | undefined;
}

/** A point of the drawing: across in the unit of the widths, level counted from the top. */
export interface Place {
  x: number;
  level: number;
}

export interface Layers {
  places: ReadonlyMap<string, Place>;
  /** Every edge with the points that it passes, from the needed node to the one that needs it. */
  edges: readonly (readonly Place[])[];
  levels: number;
  left: number;
  right: number;
}

/** A node or the stand-in of an edge. */
interface Cell extends Place {
  readonly width: number;
  readonly above: Cell[];
  readonly below: Cell[];
}

const sweeps = 12;

/** Space between neighbours, in the unit of the widths. */
const gap = 2;

/** Width of an edge that passes a level. */
const berth = 4;

export function layers<Node extends LayeredNode>(nodes: readonly Node[], widthOf: (node: Node) => number): Layers {
  const sorted = downwards(nodes);
  const levels = levelsOf(sorted);
  const cells = new Map(nodes.map((node) => [node.id, cellAt(levels.get(node.id)!, widthOf(node))]));
  const rows: Cell[][] = Array.from({ length: Math.max(...levels.values()) + 1 }, () => []);
  for (const node of sorted) rows[levels.get(node.id)!]!.push(cells.get(node.id)!);

  const edges: Cell[][] = [];
  for (const node of nodes) {
    for (const need of new Set(node.needs)) {
      const [from, to] = [cells.get(need)!, cells.get(node.id)!];
      const between = Array.from({ length: to.level - from.level - 1 }, (_, index) => cellAt(from.level + index + 1, berth));
      for (const cell of between) rows[cell.level]!.push(cell);
      const path = [from, ...between, to];
      path.slice(1).forEach((cell, index) => {
        cell.above.push(path[index]!);
        path[index]!.below.push(cell);
      });
      edges.push(path);
    }
  }

  for (const row of rows) place(row, () => 0);
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const isDown = sweep % 2 === 0;
    for (const row of isDown ? rows : rows.toReversed()) {
      const wish = (cell: Cell): number => middle(isDown ? cell.above : cell.below, cell.x);
      row.sort((one, other) => wish(one) - wish(other));
      place(row, wish);
    }
  }
  for (let round = 0; round < sweeps; round++) for (const row of rows) place(row, (cell) => middle([...cell.above, ...cell.below], cell.x));

  const all = rows.flat();
  return {
    places: cells,
    edges,
    levels: rows.length,
    left: Math.min(...all.map(({ x, width }) => x - width / 2)),
    right: Math.max(...all.map(({ x, width }) => x + width / 2)),
  };
}

const cellAt = (level: number, width: number): Cell => ({ x: 0, level, width, above: [], below: [] });

const middle = (cells: readonly Cell[], otherwise: number): number =>
  cells.length === 0 ? otherwise : cells.reduce((sum, { x }) => sum + x, 0) / cells.length;

/** The nodes, each after those that it needs. */
function downwards<Node extends LayeredNode>(nodes: readonly Node[]): Node[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const sorted = new Set<Node>();
  const visit = (id: string, path: readonly string[]): void => {
    const node = byId.get(id);
    if (!node)
      throw new ArgumentError(`"${path.at(-1)}" needs "${id}", which is no node`, { hint: `nodes are ${[...byId.keys()].join(", ")}` });
    if (path.includes(id)) throw new ArgumentError(`a circle: ${[...path, id].join(" → ")}`, { hint: "take one of these needs out" });
    if (sorted.has(node)) return;
    for (const need of node.needs ?? []) visit(need, [...path, id]);
    sorted.add(node);
  };
  for (const { id } of nodes) visit(id, []);
  return [...sorted];
}

/** One below the lowest that a node needs; one that needs nothing stands just above the first that needs it. */
function levelsOf(sorted: readonly LayeredNode[]): Map<string, number> {
  const levels = new Map<string, number>();
  for (const { id, needs = [] } of sorted) levels.set(id, Math.max(-1, ...needs.map((need) => levels.get(need)!)) + 1);
  for (const { id, needs = [] } of sorted) {
    const users = sorted.filter((node) => node.needs?.includes(id)).map((user) => levels.get(user.id)!);
    if (needs.length === 0 && users.length > 0) levels.set(id, Math.min(...users) - 1);
  }
  return levels;
}

/** Places a row in its order, as near to the wishes as the widths allow: neighbours that would overlap become a block that stands at their mean. */
function place(row: readonly Cell[], wish: (cell: Cell) => number): void {
  const blocks: { cells: Cell[]; wishes: number[]; start: number; width: number }[] = [];
  for (const cell of row) {
    let block = { cells: [cell], wishes: [wish(cell) - cell.width / 2], start: wish(cell) - cell.width / 2, width: cell.width + gap };
    for (let before = blocks.at(-1); before && before.start + before.width > block.start; before = blocks.at(-1)) {
      blocks.pop();
      const offset = before.width;
      const wishes = [...before.wishes, ...block.wishes.map((start) => start - offset)];
      const start = wishes.reduce((sum, each) => sum + each, 0) / wishes.length;
      block = { cells: [...before.cells, ...block.cells], wishes, start, width: offset + block.width };
    }
    blocks.push(block);
  }
  for (const { cells, start } of blocks) {
    let at = start;
    for (const cell of cells) {
      cell.x = at + cell.width / 2;
      at += cell.width + gap;
    }
  }
}
