/**
 * Einstein summation: every index that is not in the result is summed over. Each pair of operands becomes one batched matrix product; more than
 * two are taken from left to right.
 */
import { ArgumentError } from "../../errors.ts";
import { checkText } from "../../runtime/check.ts";
import { sizeOf } from "../graph/shape.ts";
import { shapeError, type Value } from "../graph/value.ts";
import { sum } from "./broadcast.ts";
import { permute, reshape } from "./layout.ts";
import { matmul } from "./matmul.ts";

interface Labelled {
  readonly value: Value;
  /** One letter an axis. */
  readonly labels: string;
}

/** @param spec Such as "bhtd,bhsd->bhts"; without an arrow the result has the letters that occur once, in the order of the alphabet. */
export function einsum(spec: string, operands: readonly Value[]): Value {
  checkText("einsum: spec", spec, { hint: 'the letters of the axes come first: einsum("ij,jk->ik", a, b)' });
  const { terms, result } = parse(spec, operands);
  let current = terms[0]!;
  for (let next = 1; next < terms.length; next++) {
    const later =
      result +
      terms
        .slice(next + 1)
        .map(({ labels }) => labels)
        .join("");
    current = contract(current, terms[next]!, later);
  }
  const rest = sumOut(current, result);
  return permute(
    rest.value,
    result.split("").map((label) => rest.labels.indexOf(label)),
  );
}

function parse(spec: string, operands: readonly Value[]): { terms: Labelled[]; result: string } {
  const [left, right, ...more] = spec.replaceAll(" ", "").split("->") as [string, string?, ...string[]];
  const names = left.split(",");
  const wrong = (problem: string): ArgumentError =>
    new ArgumentError(`einsum("${spec}"): ${problem}`, { hint: 'one letter an axis, as in einsum("bik,bkj->bij", a, b)' });
  if (more.length > 0 || !/^[a-zA-Z,]*$/.test(left) || !/^[a-zA-Z]*$/.test(right ?? ""))
    throw wrong("only letters, commas and one arrow are understood");
  if (names.length !== operands.length) throw wrong(`${names.length} terms for ${operands.length} tensors`);
  const sizes = new Map<string, number>();
  const terms = names.map((labels, index) => {
    const value = operands[index]!;
    if (labels.length !== value.shape.length)
      throw shapeError(`einsum("${spec}")`, `"${labels}" does not name the axes`, [value], { hint: "one letter an axis" });
    if (new Set(labels).size !== labels.length) throw wrong(`"${labels}" names a diagonal, which is not supported`);
    labels.split("").forEach((label, axis) => {
      const size = sizes.get(label) ?? value.shape[axis]!;
      if (size !== value.shape[axis]) {
        throw shapeError(`einsum("${spec}")`, `"${label}" stands for ${size} and for ${value.shape[axis]}`, operands, {
          hint: "a letter stands for one size",
        });
      }
      sizes.set(label, size);
    });
    return { value, labels };
  });
  const all = names.join("");
  const once = [...new Set(all.split(""))].filter((label) => all.split(label).length === 2).toSorted();
  const result = right ?? once.join("");
  const unknown = result.split("").find((label) => !sizes.has(label));
  if (unknown) throw wrong(`"${unknown}" is in the result alone`);
  if (new Set(result).size !== result.length) throw wrong("the result names an axis twice");
  return { terms, result };
}

/** Without the axes that nobody wants. */
function sumOut({ value, labels }: Labelled, wanted: string): Labelled {
  const axes = labels.split("").flatMap((label, axis) => (wanted.includes(label) ? [] : [axis]));
  return {
    value: axes.length === 0 ? value : sum(value, axes),
    labels: labels
      .split("")
      .filter((label) => wanted.includes(label))
      .join(""),
  };
}

/** The product of two, summed over the shared axes that nobody wants later. */
function contract(first: Labelled, second: Labelled, later: string): Labelled {
  const a = sumOut(first, second.labels + later);
  const b = sumOut(second, first.labels + later);
  const shared = a.labels.split("").filter((label) => b.labels.includes(label));
  const batch = shared.filter((label) => later.includes(label)).join("");
  const inner = shared.filter((label) => !later.includes(label)).join("");
  const rows = a.labels
    .split("")
    .filter((label) => !shared.includes(label))
    .join("");
  const columns = b.labels
    .split("")
    .filter((label) => !shared.includes(label))
    .join("");
  const sizesOf = ({ value, labels }: Labelled, wanted: string): number[] =>
    wanted.split("").map((label) => value.shape[labels.indexOf(label)]!);
  const arrange = (term: Labelled, ...groups: [string, string]): Value => {
    const order = (batch + groups.join("")).split("").map((label) => term.labels.indexOf(label));
    return reshape(permute(term.value, order), [...sizesOf(term, batch), ...groups.map((group) => sizeOf(sizesOf(term, group)))]);
  };
  const product = matmul(arrange(a, rows, inner), arrange(b, inner, columns));
  return {
    value: reshape(product, [...sizesOf(a, batch), ...sizesOf(a, rows), ...sizesOf(b, columns)]),
    labels: batch + rows + columns,
  };
}
