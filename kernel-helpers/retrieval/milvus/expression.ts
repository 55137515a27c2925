/**
 * Filters as Milvus's boolean expressions. Each value lies in the JSON field `fields` under a key of its own type (columns.ts), so that a comparison
 * sees only values of its type; `exists` beside each comparison makes Milvus's three-valued logic two-valued, as filters are.
 */
import { columnName, scalarTypes, typeOf, type ScalarType } from "../columns.ts";
import type { FilterNode, Metadata, Order, Scalar } from "../filter.ts";

export const everything = 'id != ""';

const nothing = 'id == ""';

/** Strings of the expression language know C's escapes; no string may hold a bare end of line. */
export function quote(text: string): string {
  const escaped = text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n").replaceAll("\r", "\\r");
  return `"${escaped}"`;
}

/** Whole numbers beyond int64, which no integer of Milvus holds, are written as floating-point ones. */
function literal(value: Scalar): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "boolean") return String(Number(value));
  return Number.isInteger(value) && Math.abs(value) >= 2 ** 63 ? value.toExponential() : String(value);
}

export const withIds = (ids: readonly string[]): string => `id in [${ids.map(quote).join(", ")}]`;

/** A record's metadata as the JSON field that expressions look into. Truth values are 1 and 0 there. */
export function toFields(metadata: Metadata): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(metadata).map(([field, value]) => [
      columnName(field, typeOf(value)),
      typeof value === "boolean" ? Number(value) : value,
    ]),
  );
}

const signs: Record<Order, string> = { $gt: ">", $gte: ">=", $lt: "<", $lte: "<=" };

const either = (parts: readonly string[]): string => (parts.length === 0 ? nothing : `(${parts.join(" or ")})`);

const pathOf = (field: string, type: ScalarType): string => `fields[${quote(columnName(field, type))}]`;

const where = (path: string, condition: string): string => `(exists ${path} and ${condition})`;

export function toExpression(node: FilterNode): string {
  switch (node.kind) {
    case "all":
      return node.parts.length === 0 ? everything : `(${node.parts.map(toExpression).join(" and ")})`;
    case "any":
      return either(node.parts.map(toExpression));
    case "not":
      return `(not ${toExpression(node.part)})`;
    case "exists":
      return either(scalarTypes.map((type) => `exists ${pathOf(node.field, type)}`));
    case "in":
      return either(
        scalarTypes.flatMap((type) => {
          const path = pathOf(node.field, type);
          // milvus-lite has no `in` for JSON paths.
          const equal = node.values.filter((value) => typeOf(value) === type).map((value) => `${path} == ${literal(value)}`);
          return equal.length === 0 ? [] : [where(path, either(equal))];
        }),
      );
    default: {
      const path = pathOf(node.field, typeOf(node.value));
      return where(path, `${path} ${signs[node.order]} ${literal(node.value)}`);
    }
  }
}
