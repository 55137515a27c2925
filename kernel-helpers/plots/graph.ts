/** What is computed from what: boxes with arrows, read from the top down. */
import { checkFigureOptions, createFigure, type Figure, type FigureOptions, type Trace } from "./figure.ts";
import { checkNodes, layers, roomFor, type Place } from "./layers.ts";
import { swatch } from "./swatch.ts";
import { palette } from "./theme.ts";

export interface GraphNode {
  id: string;
  /** First line in the box. @default the id */
  label?: string;
  /** Second line, such as a shape or a value. */
  detail?: string;
  /** Nodes of one group share a colour and a line in the legend. */
  group?: string;
  /** Ids of the nodes from which an arrow leads to this one. */
  needs?: readonly string[];
}

const levelPixels = 68;
const linePixels = 17;

/** Characters that fit side by side on a page at the usual size of letters. */
const charactersAcross = 110;

/**
 * Draws a directed acyclic graph.
 *
 * @throws {ArgumentError} An unknown need, an id that two nodes share, a dependency cycle.
 * @example
 * show(graph([{ id: 'x', detail: '3' }, { id: 'square', label: '×', detail: '9', needs: ['x'] }]))
 */
export function graph(nodes: readonly GraphNode[], options: FigureOptions = {}): Figure {
  checkNodes(nodes, ["label", "detail", "group"]);
  checkFigureOptions(options);
  const linesOf = ({ id, label = id, detail }: GraphNode): string[] => [label, ...(detail ? [detail] : [])];
  const { places, edges, levels, left, right } = layers(
    nodes,
    (node) => Math.max(...linesOf(node).map(({ length }) => length)) + 2,
    "compact",
  );
  const groups = [...new Set(nodes.map(({ group = "" }) => group))];
  const colorOf = (group: string): string => palette[groups.indexOf(group) % palette.length]!;
  const height = options.height ?? 90 + levelPixels * levels;
  const size = Math.max(9, Math.min(13, (13 * charactersAcross) / (right - left)));
  const half = (linePixels + 5) / levelPixels; // of a box of two lines, as a share of a level

  const boxes = nodes.map((node) => ({
    x: places.get(node.id)!.x,
    y: places.get(node.id)!.level,
    text: linesOf(node).join("\n"),
    showarrow: false,
    font: { size },
    bordercolor: colorOf(node.group ?? ""),
    borderwidth: 2,
    borderpad: 3,
  }));
  const layout = {
    height,
    meta: roomFor(right - left, size),
    annotations: boxes,
    margin: { l: 10, r: 10, t: options.title ? 56 : 20, b: 20 },
    showlegend: groups.length > 1,
    legend: { orientation: "h", y: 0, yanchor: "top" },
    xaxis: { visible: false, fixedrange: true, range: [left - 2, right + 2] },
    yaxis: { visible: false, fixedrange: true, range: [levels - 0.5, -0.5] },
  };
  const rows = nodes.map((node) => [node.label ?? node.id, node.detail ?? "", node.group ?? "", namesOf(node, nodes)]);
  const data = [...arrows(edges, half), ...groups.map((group) => swatch(group, colorOf(group)))];
  return createFigure("graph", data, layout, options, { columns: ["node", "detail", "group", "made from"], rows });
}

const namesOf = ({ needs = [] }: GraphNode, nodes: readonly GraphNode[]): string =>
  needs.map((need) => nodes.find(({ id }) => id === need)!.label ?? need).join(", ");

/** Curves from box to box, and a point at the end of each. */
function arrows(edges: readonly (readonly Place[])[], half: number): Trace[] {
  const color = "rgba(128,128,128,0.8)";
  const shared = { type: "scatter", hoverinfo: "skip", showlegend: false };
  const paths = edges.map((path) =>
    path.map(({ x, level }, index) => ({ x, y: level + (index === 0 ? half : 0) - (index === path.length - 1 ? half + 0.06 : 0) })),
  );
  const ends = paths.map((path) => path.at(-1)!);
  return [
    {
      ...shared,
      mode: "lines",
      x: paths.flatMap((path) => [...path.map(({ x }) => x), null]),
      y: paths.flatMap((path) => [...path.map(({ y }) => y), null]),
      line: { color, width: 1.5, shape: "spline", smoothing: 0.6 },
    },
    {
      ...shared,
      mode: "markers",
      x: ends.map(({ x }) => x),
      y: ends.map(({ y }) => y),
      marker: { symbol: "triangle-down", size: 8, color },
    },
  ];
}
