/** Which nodes of a graph to compute together, tile by tile along their first axis: each would be another pass through memory. */
import { sizeOf, type Shape } from "../graph/shape.ts";
import type { Node, Value } from "../graph/value.ts";

/** Nodes that can run as one, as far as their order among all others goes. */
export interface Group {
  readonly nodes: Set<Node>;
  /** Size of the axis along which they can be cut. */
  readonly length: number;
  /** The smallest and the largest id. */
  readonly first: number;
  last: number;
}

/** With fewer nodes, starting the loop costs what it saves (measured). */
const worthIt = 5;

/** How far to look for a way from one group to another before taking it for granted. */
const farthest = 200;

/** The group of each node that is worth it, where the results of some of its nodes are at least `large`. */
export function groupNodes(nodes: readonly Node[], outputs: readonly Value[], large: number): ReadonlyMap<Node, Group> {
  const results = new Set(outputs.map(({ node }) => node)); // they go straight to memory that is given
  const groups = new Groups(nodes);
  for (const node of nodes.toReversed()) if (!results.has(node) && isTileable(node)) groups.add(node);
  const isWorthIt = ({ nodes: members }: Group): boolean =>
    members.size >= worthIt && [...members].some(({ outputs: [out] }) => sizeOf(out!.shape) >= large);
  return new Map([...groups.of].filter(([, group]) => isWorthIt(group)));
}

/** Whether the value has the axis along which `out` is cut, and not only stretches along it. */
export const hasFirstAxis = ({ shape }: Value, out: Value): boolean => shape.length === out.shape.length && shape[0] === out.shape[0];

/** Whether each part of the node's result along the first axis is made of the same part of what it reads. */
function isTileable({ operator, inputs, outputs: [out], attributes }: Node): boolean {
  if (out!.shape.length < 2 || out!.shape[0]! < 2) return false;
  if (operator.name === "sum") return (attributes.axes as Shape)[0]! > 0;
  const fits = (input: Value): boolean => hasFirstAxis(input, out!) || input.shape.length < out!.shape.length || input.shape[0] === 1;
  return operator.isElementwise === true && inputs.every(fits);
}

/** Groups that grow from the end of the graph: a node joins those that read it, if nothing outside lies between. */
class Groups {
  readonly of = new Map<Node, Group>();
  readonly #all = new Set<Group>();
  readonly #readers = new Map<Node, Set<Node>>();

  constructor(nodes: readonly Node[]) {
    for (const node of nodes) {
      for (const { node: read } of node.inputs) {
        const known = this.#readers.get(read);
        if (known) known.add(node);
        else this.#readers.set(read, new Set([node]));
      }
    }
  }

  add(node: Node): void {
    const group = { nodes: new Set([node]), length: node.outputs[0]!.shape[0]!, first: node.id, last: node.id };
    const near = new Set([...this.#readersOf(node)].map((reader) => this.of.get(reader)));
    this.#all.add(group);
    this.of.set(node, group);
    for (const other of near) {
      if (!other || other.length !== group.length || this.#leads(group, other) || this.#leads(other, group)) continue;
      for (const member of other.nodes) {
        group.nodes.add(member);
        this.of.set(member, group);
      }
      group.last = Math.max(group.last, other.last);
      this.#all.delete(other);
    }
  }

  /** Whether something outside of both needs a result of the one group, and the other needs it in turn; perhaps also where that takes long to tell. */
  #leads(from: Group, to: Group): boolean {
    // Ids grow along the graph: what lies behind the last node of a group cannot lead to it, unless through a group that lies on both sides.
    const isBehind = ({ first }: { first: number }): boolean => first > to.last;
    const isAround = [...this.#all].some((group) => group !== from && group !== to && group.first < to.last && group.last > to.last);
    const seen = new Set<Node>();
    const waiting = this.#readersOutside(from).filter((node) => !to.nodes.has(node));
    for (let node = waiting.pop(); node; node = waiting.pop()) {
      if (seen.has(node)) continue;
      seen.add(node);
      if (to.nodes.has(node) || seen.size > farthest) return true;
      const group = this.of.get(node);
      if (!isBehind(group ?? { first: node.id })) waiting.push(...(group ? this.#readersOutside(group) : this.#readersOf(node)));
      else if (isAround) return true;
    }
    return false;
  }

  #readersOutside({ nodes }: Group): Node[] {
    return [...nodes].flatMap((node) => [...this.#readersOf(node)].filter((reader) => !nodes.has(reader)));
  }

  #readersOf(node: Node): Iterable<Node> {
    return this.#readers.get(node) ?? [];
  }
}
