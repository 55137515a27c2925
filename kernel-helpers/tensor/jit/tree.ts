/** Tensors in nested arrays and plain objects: taken out in order, and put back. Everything else in the tree is kept as it is. */
import { argumentError, isPlainObject } from "../../runtime/check.ts";
import { Tensor } from "../tensor.ts";

/** The same tree with each tensor changed. */
export function mapTensors(tree: unknown, change: (tensor: Tensor) => unknown): unknown {
  if (tree instanceof Tensor) return change(tree);
  if (Array.isArray(tree)) return tree.map((item) => mapTensors(item, change));
  if (!isPlainObject(tree)) return tree;
  return Object.fromEntries(Object.entries(tree).map(([name, item]) => [name, mapTensors(item, change)]));
}

export function tensorsOf(tree: unknown): Tensor[] {
  const found: Tensor[] = [];
  mapTensors(tree, (tensor) => found.push(tensor));
  return found;
}

const identities = new WeakMap<object, number>();
let lastIdentity = 0;

/**
 * That no array or object holds itself, at any depth: nothing that goes through it would come to an end.
 *
 * @param above What the tree lies within.
 */
export function checkTree(argument: string, tree: unknown, above: readonly unknown[] = []): void {
  if (tree instanceof Tensor || !(Array.isArray(tree) || isPlainObject(tree))) return;
  if (above.includes(tree))
    throw argumentError(argument, "a tree of arrays and objects", tree, { hint: "it holds itself: leave that reference out" });
  for (const [name, item] of Object.entries(tree)) checkTree(`${argument}.${name}`, item, [...above, tree]);
}

/** Equal for trees of the same structure whose tensors have the same shapes and types, and whose other parts are the same. */
export function structureOf(tree: unknown): string {
  if (tree instanceof Tensor) return `${tree.dtype}(${tree.shape.join()})`;
  if (Array.isArray(tree)) return `[${tree.map(structureOf).join()}]`;
  if (isPlainObject(tree))
    return `{${Object.entries(tree)
      .map(([name, item]) => `${JSON.stringify(name)}:${structureOf(item)}`)
      .join()}}`;
  if (typeof tree === "string") return JSON.stringify(tree);
  if ((typeof tree !== "object" || tree === null) && typeof tree !== "function") {
    return `${typeof tree} ${Object.is(tree, -0) ? "-0" : String(tree)}`;
  }
  if (!identities.has(tree)) identities.set(tree, ++lastIdentity);
  return `#${identities.get(tree)}`;
}
