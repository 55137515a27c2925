/** Records as Arrow columns, built directly: the numbers of all vectors go over as one array. */
import { createRequire } from "node:module";
import type { Schema, Table } from "apache-arrow";
import { columnName, typeOf, type ScalarType } from "../columns.ts";
import type { Metric, StoredRecord } from "../store.ts";

/** The copy that LanceDB itself requires. A table of the other copy, the one for import, it would take apart and lose the vectors of. */
function arrow(): typeof import("apache-arrow") {
  return createRequire(import.meta.url)("apache-arrow") as typeof import("apache-arrow");
}

/** Marks a column as the key, so that LanceDB notices when two writers insert the same one. */
const primaryKey = new Map([["lance-schema:unenforced-primary-key:position", "1"]]);

export const hasPrimaryKey = (schema: Schema): boolean =>
  schema.fields.some(({ metadata }) => [...primaryKey.keys()].some((key) => metadata.has(key)));

export function vectorSchema(dimension: number, metric: Metric): Schema {
  const { Field, FixedSizeList, Float32, Schema, Utf8 } = arrow();
  return new Schema(
    [
      new Field("id", new Utf8(), false, primaryKey),
      new Field("vector", new FixedSizeList(dimension, new Field("item", new Float32(), true)), false),
      new Field("metadata", new Utf8(), false),
    ],
    new Map([
      ["dimension", String(dimension)],
      ["metric", metric],
    ]),
  );
}

/**
 * Columns in the order of the table's; a record without a field has null there.
 *
 * @param names The table's columns.
 * @param columns Those of them that are typed.
 */
export function toArrow(records: readonly StoredRecord[], names: readonly string[], columns: ReadonlyMap<string, ScalarType>): Table {
  const { Field, FixedSizeList, Float32, Float64, makeData, RecordBatch, Schema, Struct, Table, Utf8, vectorFromArray } = arrow();
  const dimension = records[0]!.vector.length;
  const flat = new Float32Array(records.length * dimension);
  for (const [row, { vector }] of records.entries()) flat.set(vector, row * dimension);
  const item = new Field("item", new Float32(), true);
  const list = new FixedSizeList(dimension, item);
  const vectors = makeData({ type: list, length: records.length, child: makeData({ type: item.type, data: flat }) });

  const typed = new Map<string, (string | number | null)[]>();
  for (const name of columns.keys()) typed.set(name, Array<null>(records.length).fill(null));
  for (const [row, { metadata }] of records.entries()) {
    for (const [field, value] of Object.entries(metadata))
      typed.get(columnName(field, typeOf(value)))![row] = typeof value === "boolean" ? Number(value) : value;
  }
  const types = { text: new Utf8(), number: new Float64(), truth: new Float64() };
  const children = names.map((name) => {
    if (name === "vector") return { field: new Field(name, list, false), data: vectors };
    const scalar = columns.get(name);
    const type = scalar ? types[scalar] : types.text;
    const values = typed.get(name) ?? records.map((record) => (name === "id" ? record.id : JSON.stringify(record.metadata)));
    return { field: new Field(name, type, scalar !== undefined), data: vectorFromArray(values, type).data[0]! };
  });
  const own = new Schema(children.map(({ field }) => field));
  const struct = makeData({ type: new Struct(own.fields), length: records.length, children: children.map(({ data }) => data) });
  return new Table(own, [new RecordBatch(own, struct)]);
}
