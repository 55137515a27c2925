/**
 * Filters as LanceDB's SQL. Each field becomes up to three typed columns, one for each type its values have had, so that a comparison sees
 * only values of its own type; COALESCE makes SQL's three-valued logic two-valued, as filters are. Truth values are stored as 1 and 0:
 * LanceDB 0.30 fails to merge rows into a Boolean column that is all null.
 */
import { columnName, scalarTypes, typeOf, type ScalarType } from "../columns.ts";
import type { FilterNode, Order, Scalar } from "../filter.ts";

export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function literal(value: Scalar): string {
  return typeof value === "string" ? quote(value) : `CAST('${Number(value)}' AS DOUBLE)`;
}

const signs: Record<Order, string> = { $gt: ">", $gte: ">=", $lt: "<", $lte: "<=" };

const either = (parts: readonly string[]): string => (parts.length === 0 ? "false" : `(${parts.join(" OR ")})`);

/** A comparison with a column that no record has had yet is false. */
export function toSql(node: FilterNode, columns: ReadonlySet<string>): string {
  const compare = (field: string, type: ScalarType, condition: (column: string) => string): string => {
    const column = columnName(field, type);
    return columns.has(column) ? `COALESCE(${condition(column)}, false)` : "false";
  };
  switch (node.kind) {
    case "all":
      return node.parts.length === 0 ? "true" : `(${node.parts.map((part) => toSql(part, columns)).join(" AND ")})`;
    case "any":
      return either(node.parts.map((part) => toSql(part, columns)));
    case "not":
      return `(NOT ${toSql(node.part, columns)})`;
    case "exists":
      return either(
        scalarTypes.flatMap((type) => {
          const column = columnName(node.field, type);
          return columns.has(column) ? [`${column} IS NOT NULL`] : [];
        }),
      );
    case "in":
      return either(
        scalarTypes.flatMap((type) => {
          const values = node.values.filter((value) => typeOf(value) === type).map(literal);
          return values.length === 0 ? [] : [compare(node.field, type, (column) => `${column} IN (${values.join(", ")})`)];
        }),
      );
    default:
      return compare(node.field, typeOf(node.value), (column) => `${column} ${signs[node.order]} ${literal(node.value)}`);
  }
}
