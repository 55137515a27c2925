/** Filters as Pinecone's, which have no `not`: it is pushed down to the comparisons, and each of those has its opposite spelled out. */
import type { FilterNode, Order } from "../filter.ts";
import { fieldName, numberMark } from "./names.ts";

export type PineconeFilter = Record<string, unknown>;

const exists = (field: string, is: boolean): PineconeFilter => ({ [field]: { $exists: is } });

/** A field that no record has. */
const nobodys = "~never";

const opposite: Record<Order, Order> = { $gt: "$lte", $gte: "$lt", $lt: "$gte", $lte: "$gt" };

const joined = (operator: "$and" | "$or", parts: PineconeFilter[]): PineconeFilter => {
  if (parts.length === 1) return parts[0]!;
  return parts.length === 0 ? exists(nobodys, operator === "$or") : { [operator]: parts };
};

/** @param isTrue Whether records that pass are wanted, or those that do not. */
export function toPinecone(node: FilterNode, isTrue = true): PineconeFilter {
  switch (node.kind) {
    case "all":
    case "any": {
      const parts = node.parts.map((part) => toPinecone(part, isTrue));
      return joined((node.kind === "all") === isTrue ? "$and" : "$or", parts);
    }
    case "not":
      return toPinecone(node.part, !isTrue);
    case "exists":
      return exists(fieldName(node.field), isTrue);
    case "in": {
      // Each value by itself: Pinecone's lists hold text and numbers only.
      const field = fieldName(node.field);
      if (isTrue) return joined("$or", node.values.map((value) => ({ [field]: { $eq: value } }))); // prettier-ignore
      const others = node.values.map((value) => ({ [field]: { $ne: value } }));
      return others.length === 0 ? joined("$and", []) : { $or: [exists(field, false), joined("$and", others)] };
    }
    default: {
      const field = fieldName(node.field);
      if (isTrue) return { [field]: { [node.order]: node.value } };
      return { $or: [exists(numberMark(node.field), false), { [field]: { [opposite[node.order]]: node.value } }] };
    }
  }
}
