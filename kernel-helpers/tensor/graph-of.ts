/** The expression beneath tensors as plain data, to be drawn: what will be computed from what, before anything is. */
import { ArgumentError } from "../errors.ts";
import { checkObject } from "../runtime/check.ts";
import { valueOf } from "./arguments.ts";
import { shownNumbers } from "./graph/numbers.ts";
import { isSetting } from "./graph/constants.ts";
import { isGiven, nodesBelow } from "./graph/order.ts";
import { formatShape } from "./graph/shape.ts";
import type { GraphNode, Value } from "./graph/value.ts";
import type { Tensor } from "./tensor.ts";

/** A box of the drawing. */
export interface ExpressionNode {
  id: string;
  /** An input's name, a constant's number, or the operator. */
  label: string;
  /** Shape, and the element type where it is not float32. */
  detail: string;
  /** "input", "constant", or the name of the first result that needs it. */
  group: string;
  /** Ids of the nodes that it is made from. */
  needs: string[];
}

/**
 * The graph of the expressions, in an order in which they can be computed. Of a tensor whose numbers have been asked for nothing is left: ask first.
 *
 * @param results By name. What several need belongs to the first of them.
 * @param inputs Names of tensors that the results are made from.
 * @example
 * const x = tensor([1, 2, 3]);
 * graphOf({ y: x.square().sum() }, { x }).map(({ label }) => label) // [ 'x', 'square', 'sum' ]
 */
export function graphOf(results: Readonly<Record<string, Tensor>>, inputs: Readonly<Record<string, Tensor>> = {}): ExpressionNode[] {
  for (const [argument, tensors] of Object.entries({ results, inputs })) {
    for (const [name, tensor] of Object.entries(checkObject(argument, tensors, { hint: "pass { name: tensor }" })))
      valueOf(`${argument}.${name}`, tensor);
  }
  if (Object.keys(results).length === 0) throw new ArgumentError("a graph of no results", { hint: "pass { name: tensor }" });
  const names = new Map(Object.entries(inputs).map(([name, { value }]) => [value, name]));
  const isEnd = (value: Value): boolean => names.has(value) || isGiven(value);
  const values = Object.entries(results).map(([name, { value }]) => [name, through(value)] as const);
  const group = new Map<GraphNode, string>();
  for (const [name, value] of values) {
    for (const node of isEnd(value) ? [] : nodesBelow([value], isEnd)) if (!group.has(node)) group.set(node, name);
  }
  const nodes: ExpressionNode[] = [];
  const ids = new Map<Value, string>();
  const add = (value: Value): string => {
    const known = ids.get(value);
    if (known !== undefined) return known;
    const needs = isEnd(value) ? [] : value.node.inputs.filter((input) => !isSetting(input)).map((input) => add(through(input)));
    const isNumber = isEnd(value) && !names.has(value) && value.shape.length === 0;
    const id = isNumber ? `number ${nodes.length}` : `${value.node.id}.${value.index}`;
    if (!isNumber) ids.set(value, id); // a number is drawn beside each that uses it
    const result = values.find(([, made]) => made === value)?.[0];
    const made = { label: value.node.operator.name + (result === undefined ? "" : ` = ${result}`), group: group.get(value.node)! };
    nodes.push({ id, detail: describe(value), needs, ...(isEnd(value) ? nameOf(value, names.get(value)) : made) });
    return id;
  };
  for (const [, value] of values) add(value);
  return nodes;
}

/** The value itself, where a node is only another name for it, or checks it. */
const through = (value: Value): Value => (value.node.operator.isUnseen ? through(value.node.inputs[0]!) : value);

function nameOf({ dtype, buffer, shape }: Value, name: string | undefined): Pick<ExpressionNode, "label" | "group"> {
  if (name !== undefined) return { label: name, group: "input" };
  if (!buffer || buffer.data.length !== 1) return { label: "numbers", group: "constant" };
  const number = Number(Number(shownNumbers(dtype, buffer.data)[0]).toPrecision(4));
  return { label: shape.length === 0 ? String(number) : `[${number}]`, group: "constant" };
}

const describe = ({ shape, dtype }: Value): string =>
  [...(shape.length === 0 ? [] : [formatShape(shape)]), ...(dtype === "float32" ? [] : [dtype])].join(" ");
