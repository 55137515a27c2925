/**
 * The language of filters, after MongoDB's and Pinecone's. A filter names fields; all that it says must hold:
 *
 *   { language: 'en', price: { $gte: 10, $lt: 100 }, $or: [{ brand: 'A' }, { stock: { $exists: false } }] }
 *
 * One meaning everywhere, two-valued: a comparison with a field that is missing, or holds another type, is false; `$ne`, `$nin` and `$not`
 * are the exact opposites of `$eq`, `$in` and of what they enclose, so they hold for missing fields. Text is ordered by code point.
 */
import { ArgumentError } from "../errors.ts";

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

/** A filter that was checked, for stores to translate: five kinds of node, all two-valued. */
export type FilterNode =
  | { kind: "all" | "any"; parts: FilterNode[] }
  | { kind: "not"; part: FilterNode }
  | { kind: "in"; field: string; values: Scalar[] }
  | { kind: "order"; field: string; order: Order; value: string | number }
  | { kind: "exists"; field: string };

const operators = ["$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$exists"];

const not = (part: FilterNode): FilterNode => ({ kind: "not", part });

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value that metadata and filters may hold, with -0 made 0; anything else is refused. */
export function checkScalar(value: unknown, where: string): Scalar {
  if (typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value + 0;
  if (typeof value === "string" && !/\p{Surrogate}/u.test(value)) return value;
  const shown = typeof value === "string" ? "text with half a surrogate pair" : (JSON.stringify(value) ?? String(value));
  throw new ArgumentError(`${where} is ${typeof value === "number" ? String(value) : shown}`, {
    hint: "use well-formed text, a finite number, true or false; leave out what is unknown",
  });
}

function list(value: unknown, where: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw new ArgumentError(`${where} is no list`, { hint: `write ${where}: [ … ]` });
}

function parseOperator(field: string, operator: string, value: unknown): FilterNode {
  const where = `${operator} of "${field}"`;
  switch (operator) {
    case "$eq":
      return { kind: "in", field, values: [checkScalar(value, where)] };
    case "$in":
      return { kind: "in", field, values: list(value, where).map((item) => checkScalar(item, where)) };
    case "$ne":
      return not(parseOperator(field, "$eq", value));
    case "$nin":
      return not(parseOperator(field, "$in", value));
    case "$exists":
      if (typeof value !== "boolean") throw new ArgumentError(`${where} is ${JSON.stringify(value)}`, { hint: "use true or false" });
      return value ? { kind: "exists", field } : not({ kind: "exists", field });
    case "$gt":
    case "$gte":
    case "$lt":
    case "$lte": {
      const limit = checkScalar(value, where);
      if (typeof limit !== "boolean") return { kind: "order", field, order: operator, value: limit };
      throw new ArgumentError(`${where} is ${limit}, and truth values have no order`, { hint: "compare them with $eq" });
    }
    default:
      throw new ArgumentError(`unknown operator "${operator}" on "${field}"`, { hint: `use ${operators.join(", ")}` });
  }
}

/** Checks a filter and gives it as nodes. An empty filter holds for every record. */
export function parseFilter(filter: unknown): FilterNode {
  if (!isPlainObject(filter)) {
    throw new ArgumentError(`the filter is ${JSON.stringify(filter)}`, { hint: "write it as { field: value } or { field: { $lt: 3 } }" });
  }
  const parts = Object.entries(filter).flatMap(([key, value]): FilterNode[] => {
    if (value === undefined) return [];
    if (key === "$not") return [not(parseFilter(value))];
    if (key === "$and" || key === "$or") {
      const alternatives = list(value, key).map(parseFilter);
      if (alternatives.length === 0) throw new ArgumentError(`${key} of nothing`, { hint: `give ${key} at least one filter` });
      return [{ kind: key === "$and" ? "all" : "any", parts: alternatives }];
    }
    if (key.startsWith("$")) {
      throw new ArgumentError(`unknown operator "${key}"`, { hint: "only $and, $or and $not stand outside a field" });
    }
    if (!isPlainObject(value)) return [parseOperator(key, "$eq", value)];
    const conditions = Object.entries(value).filter(([, operand]) => operand !== undefined);
    if (conditions.length === 0) throw new ArgumentError(`no condition on "${key}"`, { hint: `use ${operators.join(", ")}` });
    return conditions.map(([operator, operand]) => parseOperator(key, operator, operand));
  });
  return parts.length === 1 ? parts[0]! : { kind: "all", parts };
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
