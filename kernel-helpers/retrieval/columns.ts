/** Fields of metadata as columns of a database: one for each type that a field's values have, so that a comparison sees only values of its own type. */
import type { Scalar } from "./filter.ts";

export type ScalarType = "text" | "number" | "truth";

export const scalarTypes: readonly ScalarType[] = ["text", "number", "truth"];

export function typeOf(value: Scalar): ScalarType {
  return typeof value === "string" ? "text" : typeof value === "number" ? "number" : "truth";
}

/** The column of a field's values of one type, such as `number_price`; a name that a database could fold or refuse is spelled in hexadecimal. */
export const columnName = (field: string, type: ScalarType): string => plainName(type, field);

/** `prefix_name`, or `prefixx_` and the name's bytes in hexadecimal where it is more than a to z, digits and underscores. */
export function plainName(prefix: string, name: string): string {
  return /^[a-z0-9_]+$/.test(name) ? `${prefix}_${name}` : `${prefix}x_${Buffer.from(name).toString("hex")}`;
}
