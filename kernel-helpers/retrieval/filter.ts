/**
 * The language of filters, after MongoDB's and Pinecone's. A filter names fields; all that it says must hold:
 *
 *   { language: 'en', price: { $gte: 10, $lt: 100 }, $or: [{ brand: 'A' }, { stock: { $exists: false } }] }
 *
 * One meaning everywhere, two-valued: a comparison with a field that is missing, or holds another type, is false; `$ne`, `$nin` and `$not`
 * are the exact opposites of `$eq`, `$in` and of what they enclose, so they hold for missing fields. Text is ordered by code point.
 */
import { ArgumentError } from "../errors.ts";
import { argumentError, checkArray, checkBoolean, checkObject, isPlainObject, nearest } from "../runtime/check.ts";

export type Scalar = string | number | boolean;
export type Metadata = Record<string, Scalar>;

export interface Condition {
  $eq?: Scalar;
  $ne?: Scalar;
  $gt?: string | number;
  $gte?: string | number;
  $lt?: string | number;
  $lte?: string | number;
  $in?: readonly Scalar[];
  $nin?: readonly Scalar[];
  $exists?: boolean;
}

export interface Filter {
  $and?: readonly Filter[];
  $or?: readonly Filter[];
  $not?: Filter;
  [field: string]: Scalar | Condition | Filter | readonly Filter[] | undefined;
}

export type Order = "$gt" | "$gte" | "$lt" | "$lte";

/** A filter that has been checked, for stores to translate: five kinds of node, all two-valued. */
export type FilterNode =
  | { kind: "all" | "any"; parts: FilterNode[] }
  | { kind: "not"; part: FilterNode }
  | { kind: "in"; field: string; values: Scalar[] }
  | { kind: "order"; field: string; order: Order; value: string | number }
  | { kind: "exists"; field: string };

const operators = ["$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$exists"];

const not = (part: FilterNode): FilterNode => ({ kind: "not", part });

/** Whether text can be written as UTF-8: every surrogate has its other half. */
export const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text);

/** A value that metadata and filters may hold, with -0 made 0; anything else is refused. */
export function checkScalar(argument: string, value: unknown): Scalar {
  if (typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value + 0;
  if (typeof value === "string" && isWellFormed(value)) return value;
  const expected = typeof value === "string" ? "well-formed text" : "a string, a finite number, true or false";
  const hint = Array.isArray(value) ? "to match any of several values, use $in" : "leave out what is unknown";
  throw argumentError(argument, expected, value, { hint });
}

function parseOperator(path: string, field: string, operator: string, value: unknown): FilterNode {
  switch (operator) {
    case "$eq":
      return { kind: "in", field, values: [checkScalar(path, value)] };
    case "$in":
      return { kind: "in", field, values: checkArray(path, value, checkScalar).map((item) => checkScalar(path, item)) };
    case "$ne":
      return not(parseOperator(path, field, "$eq", value));
    case "$nin":
      return not(parseOperator(path, field, "$in", value));
    case "$exists":
      return checkBoolean(path, value) ? { kind: "exists", field } : not({ kind: "exists", field });
    case "$gt":
    case "$gte":
    case "$lt":
    case "$lte": {
      const limit = checkScalar(path, value);
      if (typeof limit !== "boolean") return { kind: "order", field, order: operator, value: limit };
      throw argumentError(path, "a string or a finite number", value, { hint: "true and false have no order: compare them with $eq" });
    }
    default:
      throw unknownOperator(path, operator, operators);
  }
}

function unknownOperator(argument: string, operator: string, known: readonly string[]): ArgumentError {
  const meant = nearest(operator, known);
  return new ArgumentError(`${argument}: unknown operator "${operator}"`, {
    hint: meant === undefined ? `use ${known.join(", ")}` : `did you mean "${meant}"?`,
    facts: { argument, expected: known, value: operator },
  });
}

/**
 * Checks a filter and returns it as nodes. Only a plain object is a filter, and everything in it must say something: an undefined value, such as
 * that of a misspelt variable, would otherwise match every record. `{}` alone holds for every record.
 *
 * @throws {ArgumentError} naming the place, such as filter.$or[1].price.$lt.
 */
export function parseFilter(filter: unknown, argument = "filter"): FilterNode {
  const given = checkObject(argument, filter, { hint: "write { field: value } or { field: { $lt: 3 } }" });
  const parts = ownEntries(argument, given).flatMap(([key, value]): FilterNode[] => {
    const path = `${argument}.${key}`;
    if (key === "$not") return [not(parseFilter(value, path))];
    if (key === "$and" || key === "$or") {
      const alternatives: FilterNode[] = [];
      const collect = (place: string, item: unknown): unknown => alternatives.push(parseFilter(item, place));
      checkArray(path, value, collect, { allowEmpty: false, hint: `write ${key}: [{ … }, { … }]` });
      return [{ kind: key === "$and" ? "all" : "any", parts: alternatives }];
    }
    if (key.startsWith("$")) throw unknownOperator(argument, key, ["$and", "$or", "$not"]);
    if (!isPlainObject(value)) return [parseOperator(path, key, "$eq", value)];
    const conditions = ownEntries(path, value);
    if (conditions.length === 0) throw argumentError(path, "a value or a condition", value, { hint: `use ${operators.join(", ")}` });
    return conditions.map(([operator, operand]) => parseOperator(`${path}.${operator}`, key, operator, operand));
  });
  return parts.length === 1 ? parts[0]! : { kind: "all", parts };
}

/** What an object says, all of it: a symbol as key or an undefined value says nothing and is refused. */
function ownEntries(argument: string, value: object): [string, unknown][] {
  const [symbol] = Object.getOwnPropertySymbols(value);
  if (symbol !== undefined) throw argumentError(argument, "an object whose keys are strings", value, { hint: `remove ${String(symbol)}` });
  const entries = Object.entries(value);
  const missing = entries.find(([, item]) => item === undefined);
  if (missing === undefined) return entries;
  throw argumentError(`${argument}.${missing[0]}`, "a value or a condition", undefined, {
    hint: "leave the field out to match any value; { $exists: false } matches records without it",
  });
}

/** Whether a filter holds for every record, or for none, whatever their metadata; undefined where it depends on them. */
export function constantOf(node: FilterNode): boolean | undefined {
  switch (node.kind) {
    case "all":
    case "any": {
      const decides = node.kind === "any"; // one such part is enough
      const parts = node.parts.map(constantOf);
      if (parts.includes(decides)) return decides;
      return parts.every((part) => part !== undefined) ? !decides : undefined;
    }
    case "not": {
      const part = constantOf(node.part);
      return part === undefined ? undefined : !part;
    }
    case "in":
      return node.values.length === 0 ? false : undefined;
    default:
      return undefined;
  }
}

/** Whether a node within the filter, or the whole of it, is of a kind. */
export function someNode(node: FilterNode, is: (node: FilterNode) => boolean): boolean {
  if (is(node)) return true;
  if (node.kind === "not") return someNode(node.part, is);
  return (node.kind === "all" || node.kind === "any") && node.parts.some((part) => someNode(part, is));
}

/** Orders text by code point, as databases do with UTF-8; JavaScript's own `<` goes by UTF-16 units and differs from U+E000 on. */
export function compareText(one: string, other: string): number {
  const length = Math.min(one.length, other.length);
  for (let index = 0; index < length; index++) {
    const a = one.charCodeAt(index);
    const b = other.charCodeAt(index);
    if (a === b) continue;
    const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff;
    return isSurrogate(a) === isSurrogate(b) ? a - b : isSurrogate(a) ? 1 : -1;
  }
  return one.length - other.length;
}

const accepts: Record<Order, (comparison: number) => boolean> = {
  $gt: (comparison) => comparison > 0,
  $gte: (comparison) => comparison >= 0,
  $lt: (comparison) => comparison < 0,
  $lte: (comparison) => comparison <= 0,
};

/** A filter as a function of metadata: the reference meaning, and what the store in memory runs. */
export function compileFilter(node: FilterNode): (metadata: Metadata) => boolean {
  switch (node.kind) {
    case "all":
    case "any": {
      const parts = node.parts.map(compileFilter);
      return node.kind === "all" ? (metadata) => parts.every((part) => part(metadata)) : (metadata) => parts.some((part) => part(metadata));
    }
    case "not": {
      const part = compileFilter(node.part);
      return (metadata) => !part(metadata);
    }
    case "exists":
      return (metadata) => Object.hasOwn(metadata, node.field);
    case "in": {
      const values = new Set<Scalar>(node.values);
      return (metadata) => Object.hasOwn(metadata, node.field) && values.has(metadata[node.field]!);
    }
    default: {
      const { field, value } = node;
      const accept = accepts[node.order];
      return (metadata) => {
        const held = Object.hasOwn(metadata, field) ? metadata[field] : undefined;
        if (typeof value === "number") return typeof held === "number" && accept(held - value);
        return typeof held === "string" && accept(compareText(held, value));
      };
    }
  }
}
