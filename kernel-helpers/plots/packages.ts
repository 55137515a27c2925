/** Packages for drawing, loaded with the first figure that needs them: cells that only import figures do not wait for them. */
import { createRequire } from "node:module";
import type * as Contour from "d3-contour";
import type * as Format from "d3-format";

const load = createRequire(import.meta.url);

interface Point {
  x: number;
  y: number;
}

interface DagreEdge {
  /** The node where it begins. */
  v: string;
  /** The node where it ends. */
  w: string;
}

interface DagreGraph {
  setGraph(settings: { nodesep: number; edgesep: number; ranksep: number; ranker: "network-simplex" | "longest-path" }): void;
  setNode(id: string, node: Point & { width: number; height: number }): void;
  setEdge(from: string, to: string, edge: { points: Point[] }): void;
  node(id: string): Point;
  nodes(): string[];
  edge(edge: DagreEdge): { points: Point[] };
  edges(): DagreEdge[];
}

/** What is used here of dagre, whose own types do not resolve in ECMAScript modules. */
interface Dagre {
  Graph: new () => DagreGraph;
  graphlib: { alg: { findCycles(graph: DagreGraph): string[][] } };
  layout: (graph: DagreGraph) => void;
}

export const loadDagre = (): Dagre => load("@dagrejs/dagre") as Dagre;

/** Where lines of one value run on a grid. */
export const contoursOf = (): ReturnType<typeof Contour.contours> => (load("d3-contour") as typeof Contour).contours();

/** Plotly's own notation of numbers, such as ".2f"; an invalid one leaves the number as it stands. */
export function formatWith(notation: string, value: number): string {
  const { format } = load("d3-format") as typeof Format;
  const isNotation = /^(?:(.)?([<>=^]))?([+\-( ])?([$#])?(0)?(\d{1,2})?(,)?(\.\d{1,2})?(~)?([a-z%])?$/i.test(notation);
  return isNotation ? format(notation)(value) : String(value);
}
