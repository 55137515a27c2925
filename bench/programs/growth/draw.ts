/** `npx tsx bench/programs/growth/draw.ts`: the figures of docs/growth.md, of the tables that the programs beside this one have printed into docs/growth. */
import { readFileSync, writeFileSync } from "node:fs";
import { line, type Points, type SeriesOptions } from "../../../kernel-helpers/plots/index.ts";
import { jupyterDisplay } from "../../../kernel-helpers/runtime/printable.ts";

type Row = Record<string, string>;

function read(name: string): Row[] {
  const [header, ...rows] = readFileSync(`docs/growth/${name}.csv`, "utf8")
    .trim()
    .split("\n")
    .map((text) => text.split(","));
  return rows.map((row) => Object.fromEntries(header!.map((column, index) => [column, row[index]!])));
}

const points = (rows: readonly Row[], column: string): Points => ({
  x: rows.map((row) => Number(Object.values(row)[0])),
  y: rows.map((row) => Number(row[column])),
});

/** A line for each of the columns. */
const columns = (rows: readonly Row[], names: readonly string[]): Record<string, Points> =>
  Object.fromEntries(names.map((name) => [name, points(rows, name)]));

/** A line for each value of the table's second column. */
function groups(rows: readonly Row[], column: string): Record<string, Points> {
  const nameOf = (row: Row): string => Object.values(row)[1]!;
  const names = [...new Set(rows.map(nameOf))];
  return Object.fromEntries(names.map((name) => [name, points(rows.filter((row) => nameOf(row) === name), column)])); // prettier-ignore
}

function save(name: string, series: Record<string, Points>, options: SeriesOptions): void {
  const bundle = line(series, { log: "xy", ...options })[jupyterDisplay]();
  writeFileSync(`docs/growth/${name}.svg`, `${bundle["image/svg+xml"] as string}\n`);
}

const memory = read("memory");
save("memory-bytes", columns(memory, ["MB", "MB with index"]), {
  title: "Memory of the store",
  xTitle: "rows of 384 numbers",
  yTitle: "MB",
});
save("memory-query", columns(memory, ["exact ms", "effort 10 ms", "effort 64 ms"]), {
  title: "A query",
  xTitle: "rows of 384 numbers",
  yTitle: "processor time (ms)",
});
const stores = read("stores");
save("stores-query", groups(stores, "query ms"), { title: "An exact query", xTitle: "records of 384 numbers", yTitle: "ms" });
save("stores-hnsw", groups(stores, "query by HNSW ms"), { title: "A query by HNSW", xTitle: "records of 384 numbers", yTitle: "ms" });
save("stores-upsert", groups(stores, "records per second"), {
  title: "Records written",
  xTitle: "records of 384 numbers",
  yTitle: "per second",
});
const documents = read("documents");
save("documents-made", groups(documents, "made in s"), { title: "An index made", xTitle: "documents of 1,000 characters", yTitle: "processor time (s)" }); // prettier-ignore
save("documents-updated", groups(documents, "brought up to date in s"), {
  title: "One document has changed",
  xTitle: "documents of 1,000 characters",
  yTitle: "processor time (s)",
});
save("documents-query", groups(documents, "query ms"), {
  title: "A question",
  xTitle: "documents of 1,000 characters",
  yTitle: "processor time (ms)",
});
