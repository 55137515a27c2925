/** Pictures taken apart again: parsed as XML, strictly, and asked what stands where. */
import { SaxesParser } from "saxes";
import { drawPicture } from "../../../kernel-helpers/plots/svg/picture.ts";

export interface Node {
  name: string;
  attributes: Record<string, string>;
  children: Node[];
  /** All text in it. */
  text: string;
}

/** @throws Where the text is not well-formed XML. */
export function parseXml(text: string): Node {
  const parser = new SaxesParser({ fragment: false });
  const root: Node = { name: "", attributes: {}, children: [], text: "" };
  const open = [root];
  parser.on("opentag", ({ name, attributes }) => {
    const node: Node = { name, attributes: attributes as Record<string, string>, children: [], text: "" };
    open.at(-1)!.children.push(node);
    open.push(node);
  });
  parser.on("text", (part) => {
    for (const node of open) node.text += part;
  });
  parser.on("closetag", () => void open.pop());
  parser.write(text).close();
  return root.children[0]!;
}

export class Drawing {
  readonly root: Node;
  readonly nodes: Node[];
  readonly source: string;

  constructor(figure: { data?: unknown; layout?: unknown }) {
    this.source = drawPicture(figure);
    this.root = parseXml(this.source);
    const all = (node: Node): Node[] => [node, ...node.children.flatMap(all)];
    this.nodes = all(this.root);
  }

  named(name: string): Node[] {
    return this.nodes.filter((node) => node.name === name);
  }

  get texts(): string[] {
    return this.named("text").map(({ text }) => text);
  }

  text(words: string): Node {
    const node = this.named("text").find(({ text }) => text === words);
    if (!node) throw new Error(`no text "${words}" among ${JSON.stringify(this.texts)}`);
    return node;
  }

  /** Where the plot is. */
  get plot(): { left: number; top: number; right: number; bottom: number } {
    const { x, y, width, height } = this.named("svg")[1]!.attributes as Record<"x" | "y" | "width" | "height", string>;
    return { left: Number(x), top: Number(y), right: Number(x) + Number(width), bottom: Number(y) + Number(height) };
  }

  /** The pixel of a value between or beyond two ticks, whose texts are their values. */
  pixel(direction: "x" | "y", value: number, [one, other]: readonly [string, string]): number {
    const anchor = direction === "x" ? "middle" : "end";
    const at = (words: string): number => {
      const { attributes } = this.named("text").find((node) => node.text === words && node.attributes["text-anchor"] === anchor)!;
      // From the baseline to the middle of the letters.
      return direction === "x" ? Number(attributes["x"]) : Number(attributes["y"]) - 0.35 * Number(attributes["font-size"]);
    };
    const number = (words: string): number => Number(words.replace("\u2212", "-").replace("k", "000"));
    return at(one) + ((at(other) - at(one)) * (value - number(one))) / (number(other) - number(one));
  }
}

/** Points of the pairs of numbers in a path. */
export const pointsOf = ({ attributes }: Node): [number, number][] =>
  [...attributes["d"]!.matchAll(/(-?[\d.]+) (-?[\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);
