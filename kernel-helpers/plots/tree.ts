/** What depends on what, drawn from the ground up: each node stands one level above the highest node that it needs. */
import { checkFigureOptions, createFigure, type Figure, type FigureOptions } from "./figure.ts";
import { checkNodes, layers, roomFor } from "./layers.ts";
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

/** Pixels of a letter where there is little room. */
const phoneLetters = 11;

/**
 * Draws what depends on what as a figure.
 *
 * @throws {ArgumentError} An unknown need, an id that two nodes share, a dependency cycle.
 * @example
 * show(tree([{ id: 'tokenization', group: 'foundation' }, { id: 'Transformer', group: 'core', needs: ['tokenization'] }]))
 */
export function tree(nodes: readonly TreeNode[], options: FigureOptions = {}): Figure {
  checkNodes(nodes, ["label", "group"]);
  checkFigureOptions(options);
  const labelOf = ({ id, label = id }: TreeNode): string => label;
  const { places, edges, levels, left, right } = layers(nodes, (node) => labelOf(node).length + 2, "lowest");
  const edgeTrace = {
    type: "scatter",
    mode: "lines",
    x: edges.flatMap((path) => [...path.map(({ x }) => x), null]),
    y: edges.flatMap((path) => [...path.map(({ level }) => level), null]),
    line: { color: "rgba(128,128,128,0.6)", width: 1.5, shape: "spline", smoothing: 0.6 },
    hoverinfo: "skip",
    showlegend: false,
  };
  const groups = [...new Set(nodes.map(({ group = "" }) => group))];
  const nodeTraces = groups.map((group, index) => {
    const members = nodes.filter((node) => (node.group ?? "") === group);
    return {
      type: "scatter",
      mode: "markers+text",
      name: group,
      x: members.map(({ id }) => places.get(id)!.x),
      y: members.map(({ id }) => places.get(id)!.level),
      text: members.map(labelOf),
      textposition: "top center",
      hovertemplate: "%{text}",
      marker: { size: 20, color: palette[index % palette.length] },
    };
  });
  const blank = { visible: false, automargin: true };
  const layout = {
    height: options.height ?? 160 + 110 * levels,
    meta: roomFor(right - left, phoneLetters),
    showlegend: groups.length > 1,
    xaxis: { ...blank, range: [left - 1, right + 1] },
    yaxis: { ...blank, range: [-0.4, levels - 0.4] },
  };
  const rows = nodes.map((node) => [labelOf(node), node.group ?? "", (node.needs ?? []).join(", ")]);
  return createFigure("tree", [edgeTrace, ...nodeTraces], layout, options, { columns: ["node", "group", "needs"], rows });
}
