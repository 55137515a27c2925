/** Where the nodes of a directed acyclic graph stand when all edges run one way, level by level: dagre's layout, and the checks before it. */
import { ArgumentError } from "../errors.ts";
import { argumentError, checkArray, checkOptions, checkText, nearest } from "../runtime/check.ts";
import { loadDagre } from "./packages.ts";

export interface LayeredNode {
  readonly id: string;
  /** Ids of the nodes that point to this one. */
  readonly needs?: readonly string[] | undefined;
}

/** A point of the drawing: across in the unit of the widths, level counted from the nodes that need nothing. */
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

/** Space between neighbours, in the unit of the widths. */
const gap = 2;

/**
 * Levels of two kinds: "compact", where the edges are as short as they can be, or "lowest", where each node stands one level after the last that
 * it needs.
 *
 * @throws {ArgumentError} An unknown need, an id that two nodes share, a dependency cycle.
 */
export function layers<Node extends LayeredNode>(
  nodes: readonly Node[],
  widthOf: (node: Node) => number,
  levels: "compact" | "lowest",
): Layers {
  checkNeeds(nodes);
  const { Graph, graphlib, layout } = loadDagre();
  // dagre's longest-path ranking counts from the sinks: with its edges turned round, from the nodes that need nothing.
  const isTurned = levels === "lowest";
  const graph = new Graph();
  const keys = new Map(nodes.map(({ id }, index) => [id, `node ${index}`])); // dagre gives some ids, such as __proto__, a meaning of their own
  const idOf = (key: string): string => nodes[Number(key.slice("node ".length))]!.id;
  graph.setGraph({ nodesep: gap, edgesep: gap, ranksep: 1, ranker: isTurned ? "longest-path" : "network-simplex" });
  for (const node of nodes) graph.setNode(keys.get(node.id)!, { width: widthOf(node), height: 0, x: 0, y: 0 });
  for (const { id, needs = [] } of nodes)
    for (const need of needs) graph.setEdge(keys.get(isTurned ? id : need)!, keys.get(isTurned ? need : id)!, { points: [] });
  const [cycle] = unlessTooDeep(() => graphlib.alg.findCycles(graph)).map((found) => found.map(idOf));
  if (cycle) {
    throw new ArgumentError(`dependency cycle among ${cycle.toSorted().join(", ")}`, {
      hint: "take one of their needs out",
      facts: { argument: "nodes", value: cycle },
    });
  }
  unlessTooDeep(() => layout(graph));
  const deepest = Math.max(...graph.nodes().map((id) => graph.node(id).y));
  const placeAt = ({ x, y }: { x: number; y: number }): Place => ({ x, level: isTurned ? deepest - y : y });
  const places = new Map(nodes.map(({ id }) => [id, placeAt(graph.node(keys.get(id)!))]));
  const edges = graph.edges().map((edge) => {
    const passed = graph.edge(edge).points.slice(1, -1).map(placeAt);
    const onLevels = passed.filter(({ level }) => Number.isInteger(level)); // dagre bends edges between the levels, too
    const points = [places.get(idOf(edge.v))!, ...onLevels, places.get(idOf(edge.w))!];
    return isTurned ? points.toReversed() : points;
  });
  const reach = [
    ...nodes.map((node) => ({ x: places.get(node.id)!.x, half: widthOf(node) / 2 })),
    ...edges.flat().map(({ x }) => ({ x, half: 0 })),
  ];
  return {
    places,
    edges,
    levels: Math.round(deepest) + 1,
    left: Math.min(...reach.map(({ x, half }) => x - half)),
    right: Math.max(...reach.map(({ x, half }) => x + half)),
  };
}

/** dagre calls itself for each level. */
function unlessTooDeep<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new ArgumentError("nodes depend on one another over more levels than can be drawn", {
      hint: "draw a part of them",
      cause,
      facts: { argument: "nodes" },
    });
  }
}

/** Nodes as they must be: objects with an id and texts, and no keys but the known ones. */
export function checkNodes(nodes: readonly LayeredNode[], known: readonly string[]): void {
  checkArray("nodes", nodes, checkNode(known), {
    hint: "pass an array such as [{ id: 'a' }, { id: 'b', needs: ['a'] }]",
    allowEmpty: false,
  });
}

const checkNode =
  (known: readonly string[]) =>
  (name: string, node: unknown): void => {
    if (node === undefined) throw argumentError(name, "an object with an id", node);
    checkOptions(name, node, ["id", ...known, "needs"]);
    const { needs, ...texts } = node as Record<string, unknown>;
    checkText(`${name}.id`, texts["id"]);
    for (const key of known) if (texts[key] !== undefined) checkText(`${name}.${key}`, texts[key], { allowEmpty: true });
    if (needs !== undefined) checkArray(`${name}.needs`, needs, checkText);
  };

function checkNeeds(nodes: readonly LayeredNode[]): void {
  const ids = new Set(nodes.map(({ id }) => id));
  const twice = nodes.find(({ id }, index) => nodes.findIndex((node) => node.id === id) < index);
  if (twice)
    throw new ArgumentError(`two nodes have the id "${twice.id}"`, {
      hint: "give each node an id of its own, and a label for what is shown",
    });
  for (const [index, { id, needs = [] }] of nodes.entries()) {
    const missing = needs.find((need) => !ids.has(need));
    if (missing === undefined) continue;
    const meant = nearest(missing, [...ids]);
    throw new ArgumentError(`"${id}" needs "${missing}", which is not among the nodes`, {
      hint: meant === undefined ? `the nodes are ${[...ids].join(", ")}` : `did you mean "${meant}"?`,
      facts: { argument: `nodes[${index}].needs`, expected: [...ids], value: missing },
    });
  }
}

/**
 * For `layout.meta`: how many pixels a drawing needs across, so that texts of this size do not run into each other. A page that has fewer scrolls
 * the figure.
 */
export const roomFor = (characters: number, letterPixels: number): { minimumWidth: number } => ({
  minimumWidth: Math.ceil(characters * letterPixels * 0.6),
});
