/** The skills as a picture: each stands above what it needs and close beneath what needs it; read from the ground up. */
import { createRequire } from "node:module";
import { escapeHtml } from "../render/index.ts";
import type { Skill } from "./course.ts";

const [boxWidth, boxHeight] = [128, 40];
const [beside, between] = [22, 44];

interface Point {
  x: number;
  y: number;
}

interface Edge {
  /** The skill that is needed. */
  v: string;
  /** The skill that needs it. */
  w: string;
}

interface Graph {
  setGraph(settings: { rankdir: "BT"; nodesep: number; edgesep: number; ranksep: number }): void;
  setNode(id: string, node: { width: number; height: number }): void;
  setEdge(from: string, to: string, edge: object): void;
  graph(): { width: number; height: number };
  node(id: string): Point;
  edges(): Edge[];
  edge(edge: Edge): { points: Point[] };
}

/** What is used here of dagre, whose own types do not resolve in ECMAScript modules. */
interface Dagre {
  Graph: new () => Graph;
  layout: (graph: Graph) => void;
}

function layOut(skills: readonly Skill[]): Graph {
  const { Graph, layout } = createRequire(import.meta.url)("@dagrejs/dagre") as Dagre;
  const graph = new Graph();
  graph.setGraph({ rankdir: "BT", nodesep: beside, edgesep: beside, ranksep: between });
  for (const { id } of skills) graph.setNode(id, { width: boxWidth, height: boxHeight });
  for (const { id, needs } of skills) for (const need of needs) graph.setEdge(need, id, {});
  layout(graph);
  return graph;
}

/** A curve through the points, which leaves and arrives straight up. */
function pathThrough(points: readonly Point[]): string {
  const [first, ...rest] = points.map(({ x, y }) => ({ x: Math.round(x), y: Math.round(y) }));
  let [from, path] = [first!, `M${first!.x} ${first!.y}`];
  for (const to of rest) {
    const middle = Math.round((from.y + to.y) / 2);
    path += `C${from.x} ${middle} ${to.x} ${middle} ${to.x} ${to.y}`;
    from = to;
  }
  return path;
}

/** An SVG of the skill tree, described in words for those who do not see it. */
export function renderSkillTree(skills: readonly Skill[]): string {
  if (skills.length === 0) return "";
  const graph = layOut(skills);
  const { width, height } = graph.graph();
  const groups = [...new Set(skills.map(({ group }) => group))];
  const labels = new Map(skills.map(({ id, label }) => [id, label]));
  const rows = new Set(skills.map(({ id }) => graph.node(id).y));
  const edges = graph.edges().map((edge) => {
    const [from, to] = [graph.node(edge.v), graph.node(edge.w)];
    const passed = graph
      .edge(edge)
      .points.slice(1, -1)
      .filter(({ y }) => rows.has(y)); // dagre bends edges between the rows, too
    const points = [{ x: from.x, y: from.y - boxHeight / 2 }, ...passed, { x: to.x, y: to.y + boxHeight / 2 }];
    return `<path d="${pathThrough(points)}"/>`;
  });
  const nodes = skills.map(({ id, group, label }) => {
    const { x, y } = graph.node(id);
    const box = `<rect x="${x - boxWidth / 2}" y="${y - boxHeight / 2}" width="${boxWidth}" height="${boxHeight}" rx="9"/>`;
    return `<g class="g${groups.indexOf(group)}">${box}<text x="${x}" y="${y}">${escapeHtml(label)}</text></g>`;
  });
  const words = skills.map(({ label, needs }) => {
    const below = needs.map((need) => labels.get(need)!).join(" and ");
    return below === "" ? `${label} stands on the ground` : `${label} stands on ${below}`;
  });
  const legend = groups.map((group, index) => `<li class="g${index}">${escapeHtml(group)}</li>`).join("");
  return [
    `<div class="tree scroll"><svg viewBox="-1 -1 ${width + 2} ${height + 2}" role="img" aria-label="${escapeHtml(`Skill tree. ${words.join(". ")}.`)}">`,
    `<g class="edges">${edges.join("")}</g>${nodes.join("")}</svg></div>`,
    `<ul class="legend">${legend}</ul>`,
  ].join("");
}
