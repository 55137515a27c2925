/** What depends on what, drawn from the ground up: each node stands one level above the highest node that it needs. */
import { ArgumentError } from "../errors.ts";
import { createFigure, type Figure, type FigureOptions } from "./figure.ts";
import { palette } from "./theme.ts";

export interface TreeNode {
  id: string;
  /** Written in the node. @default the id */
  label?: string;
  /** Nodes of one group share a colour and a line in the legend. */
  group?: string;
  /** Ids of the nodes that this one stands on. */
  needs?: readonly string[];
}

/** Level of each node: 0 where it needs nothing. */
function levels(nodes: readonly TreeNode[]): Map<string, number> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const known = new Map<string, number>();
  const level = (id: string, path: readonly string[]): number => {
    const node = byId.get(id);
    if (!node)
      throw new ArgumentError(`"${path.at(-1)}" needs "${id}", which is no node`, { hint: `nodes are ${[...byId.keys()].join(", ")}` });
    if (path.includes(id)) throw new ArgumentError(`a circle: ${[...path, id].join(" → ")}`, { hint: "take one of these needs out" });
    const found = known.get(id) ?? Math.max(-1, ...(node.needs ?? []).map((need) => level(need, [...path, id]))) + 1;
    known.set(id, found);
    return found;
  };
  for (const { id } of nodes) level(id, []);
  return known;
}

/**
 * @example
 * show(tree([{ id: 'tokenization', group: 'foundation' }, { id: 'Transformer', group: 'core', needs: ['tokenization'] }]))
 */
export function tree(nodes: readonly TreeNode[], options: FigureOptions = {}): Figure {
  if (nodes.length === 0) throw new ArgumentError("a tree of no nodes", { hint: "pass at least one { id }" });
  const level = levels(nodes);
  const rows = Array.from({ length: Math.max(...level.values()) + 1 }, (_, y) => nodes.filter((node) => level.get(node.id) === y));
  const place = new Map(rows.flatMap((row, y) => row.map((node, index) => [node.id, { x: index - (row.length - 1) / 2, y }] as const)));
  const at = (id: string): { x: number; y: number } => place.get(id)!;
  const edges = nodes.flatMap((node) => (node.needs ?? []).map((need) => [at(need), at(node.id)] as const));
  const edgeTrace = {
    type: "scatter",
    mode: "lines",
    x: edges.flatMap(([from, to]) => [from.x, to.x, null]),
    y: edges.flatMap(([from, to]) => [from.y, to.y, null]),
    line: { color: "rgba(128,128,128,0.6)", width: 1.5 },
    hoverinfo: "skip",
    showlegend: false,
  };
  const groups = [...new Set(nodes.map((node) => node.group ?? ""))];
  const nodeTraces = groups.map((group, index) => {
    const members = nodes.filter((node) => (node.group ?? "") === group);
    return {
      type: "scatter",
      mode: "markers+text",
      name: group,
      x: members.map((node) => at(node.id).x),
      y: members.map((node) => at(node.id).y),
      text: members.map((node) => node.label ?? node.id),
      textposition: "top center",
      hovertemplate: "%{text}",
      marker: { size: 20, color: palette[index % palette.length] },
    };
  });
  const blank = { visible: false, automargin: true };
  const span = Math.max(...rows.map((row) => row.length));
  const layout = {
    height: options.height ?? 160 + 110 * rows.length,
    showlegend: groups.length > 1,
    xaxis: { ...blank, range: [-span / 2 - 0.3, span / 2 + 0.3] },
    yaxis: { ...blank, range: [-0.4, rows.length - 0.4] },
  };
  const table = nodes.map((node) => [node.label ?? node.id, node.group ?? "", (node.needs ?? []).join(", ")]);
  return createFigure("tree", [edgeTrace, ...nodeTraces], layout, options, { columns: ["node", "group", "needs"], rows: table });
}
