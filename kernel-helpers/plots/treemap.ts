/**
 * How large the parts of something are: rectangles whose areas are the sizes, each in the one that it is a part of (Shneiderman 1992), as nearly square
 * as they can be (Bruls, Huizing, van Wijk 2000).
 */
import { argumentError, checkFunction, checkNumber, checkObject, checkText } from "../runtime/check.ts";
import { checkFigureOptions, createFigure, type Figure, type FigureOptions } from "./figure.ts";
import { swatch } from "./swatch.ts";
import { palette } from "./theme.ts";

export interface TreemapOptions extends FigureOptions {
  /** What stands between the parts of a name. @default "." */
  separator?: string;
  /** What the sizes are, with their unit. @default "size" */
  valueTitle?: string;
  /** Parts of one group share a colour and a line in the legend. @default the first part of the name */
  group?: (name: string) => string;
  /** What a reader sees on pointing at a part, beside its name and size. */
  detail?: (name: string) => string;
}

interface Node {
  label: string;
  /** Of all names that begin so. */
  size: number;
  /** The whole name, where one ends here. */
  name?: string;
  children: Map<string, Node>;
}

/**
 * Draws sizes by name. A click on a rectangle enlarges it.
 *
 * @param sizes Name → size ≥ 0. Names with a common beginning lie together: 'block.0.query' and 'block.0.key' in 'block.0'.
 * @example
 * show(treemap({ 'block.0.query': 400, 'block.0.key': 200, embedding: 900 }, { valueTitle: 'weights' }))
 */
export function treemap(sizes: Readonly<Record<string, number>>, options: TreemapOptions = {}): Figure {
  checkFigureOptions(options, ["separator", "valueTitle", "group", "detail"]);
  const separator = checkText("separator", options.separator ?? ".", { allowEmpty: false });
  const valueTitle = checkText("valueTitle", options.valueTitle ?? "size", { allowEmpty: true });
  const groupOf = checkFunction("group", options.group ?? ((name: string) => name.split(separator)[0]!));
  const detailOf = checkFunction("detail", options.detail ?? (() => ""));
  const hint = "pass { name: size }";
  const names = Object.keys(checkObject("sizes", sizes, { hint }));
  for (const name of names) checkNumber(`sizes["${name}"]`, sizes[name], { min: 0 });
  const root = treeOf(sizes, separator);
  if (!(root.size > 0)) throw argumentError("sizes", "an object with at least one size above 0", sizes, { hint });
  const groups = [...new Set(names.map((name) => checkText(`group("${name}")`, groupOf(name), { allowEmpty: true })))];
  const colorOf = (name: string): string => palette[groups.indexOf(groupOf(name)) % palette.length]!;

  const described = ({ label, size, name }: Node): string =>
    [name ?? label, `${size.toLocaleString("en")} ${valueTitle}`, name === undefined ? "" : detailOf(name)].filter(Boolean).join("\n");
  const nodes = [...walk(root)];
  const ids = new Map(nodes.map(({ node }, index) => [node, `node ${index}`]));
  const trace = {
    type: "treemap",
    branchvalues: "total",
    ids: [...ids.values()],
    labels: nodes.map(({ node }) => node.label),
    parents: nodes.map(({ parent }) => (parent ? ids.get(parent)! : "")),
    values: nodes.map(({ node }) => node.size),
    text: nodes.map(({ node }) => described(node)),
    textinfo: "label",
    hovertemplate: "%{text}<extra></extra>",
    sort: false,
    marker: {
      pad: { t: 16, l: 2, r: 2, b: 2 },
      colors: nodes.map(({ node }) => (node.name === undefined ? branchColor : colorOf(node.name))),
      line: { width: 1 },
    },
    tiling: { packing: "squarify", squarifyratio: 1, pad: 1 },
    showlegend: false,
  };
  const hidden = { visible: false, fixedrange: true };
  const layout = {
    height: options.height ?? 520,
    margin: { l: 10, r: 10, t: options.title ? 56 : 20, b: 20 },
    showlegend: groups.length > 1,
    legend: { orientation: "h", y: 0, yanchor: "top", itemclick: false, itemdoubleclick: false },
    xaxis: hidden,
    yaxis: hidden,
  };
  const rows = names.map((name) => [name, groupOf(name), sizes[name]!]);
  const swatches = groups.map((group, index) => swatch(group, palette[index % palette.length]!, "square"));
  return createFigure("treemap", [trace, ...swatches], layout, options, { columns: ["name", "group", valueTitle], rows });
}

/** Behind the parts of a branch. */
const branchColor = "rgba(128,128,128,0.2)";

/** Names as a tree of their parts; a branch that holds one part only is one with it. */
function treeOf(sizes: Readonly<Record<string, number>>, separator: string): Node {
  const root: Node = { label: "all", size: 0, children: new Map() };
  for (const [name, size] of Object.entries(sizes)) {
    let node = root;
    root.size += size;
    for (const label of name.split(separator)) {
      const next: Node = node.children.get(label) ?? { label, size: 0, children: new Map() };
      node.children.set(label, next);
      next.size += size;
      node = next;
    }
    node.name = name;
  }
  return {
    ...root,
    children: new Map([...root.children].map(([key, child]): [string, Node] => [key, joined(child, separator)]).toSorted(byPlace)),
  };
}

function joined(node: Node, separator: string): Node {
  const children = [...node.children].map(([key, child]): [string, Node] => [key, joined(child, separator)]);
  const [only] = children;
  if (children.length === 1 && node.name === undefined) return { ...only![1], label: `${node.label}${separator}${only![1].label}` };
  return { ...node, children: new Map(children.toSorted(byPlace)) };
}

/** The largest first, as squarifying wants it; those of one size by their names, of which "2" comes before "10". */
const byPlace = ([, one]: [string, Node], [, other]: [string, Node]): number =>
  other.size - one.size || one.label.localeCompare(other.label, "en", { numeric: true });

function* walk(node: Node, parent?: Node): Generator<{ node: Node; parent: Node | undefined }> {
  yield { node, parent };
  for (const child of node.children.values()) yield* walk(child, node);
}
