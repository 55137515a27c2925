/** `npx tsx bench/programs/serve/draw.ts`: the figures of docs/serving.md, of the tables that the programs beside this one have printed into docs/serving. */
import { readFileSync, writeFileSync } from "node:fs";
import { line, type Points, type SeriesOptions } from "../../../kernel-helpers/plots/index.ts";
import { jupyterDisplay } from "../../../kernel-helpers/runtime/printable.ts";

type Row = Record<string, string>;

function read(name: string): Row[] {
  const [header, ...rows] = readFileSync(`docs/serving/${name}.csv`, "utf8")
    .trim()
    .split("\n")
    .map((text) => text.split(","));
  return rows.map((row) => Object.fromEntries(header!.map((column, index) => [column, row[index]!])));
}

const points = (rows: readonly Row[], x: string, y: string): Points => ({
  x: rows.map((row) => Number(row[x])),
  y: rows.map((row) => Number(row[y])),
});

function save(name: string, series: Record<string, Points>, options: SeriesOptions): void {
  const bundle = line(series, options)[jupyterDisplay]();
  writeFileSync(`docs/serving/${name}.svg`, `${bundle["image/svg+xml"] as string}\n`);
}

save(
  "soak-memory",
  { server: points(read("soak"), "seconds", "MB") },
  { title: "Memory of the server", xTitle: "seconds under load", yTitle: "MB" },
);
drawCurve(read("curve"));

/** Both ways of answering: how long people wait for what throughput, and good answers by load. */
function drawCurve(curve: readonly Row[]): void {
  const bySlots = (x: string, y: string): Record<string, Points> => {
    const counts = [...new Set(curve.map((row) => row["slots"]!))];
    const nameOf = (slots: string): string => (slots === "1" ? "one at a time" : `${slots} side by side`);
    return Object.fromEntries(counts.map((slots) => [nameOf(slots), points(curve.filter((row) => row["slots"] === slots), x, y)])); // prettier-ignore
  };
  save("curve-wait", bySlots("tokens per second", "per token with waiting p95 s"), {
    title: "Time per token with waiting, p95",
    xTitle: "tokens per second, all clients",
    yTitle: "s",
    log: "y",
  });
  save("curve-good", bySlots("load", "good per second"), {
    title: "Good answers",
    xTitle: "load, in what one at a time can do",
    yTitle: "per second",
  });
}
