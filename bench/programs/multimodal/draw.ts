/** `node --import tsx bench/programs/multimodal/draw.ts`: the maps of docs/speech-and-video.md, of the tables that video.ts has written into docs/multimodal. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { heatmap } from "../../../kernel-helpers/plots/index.ts";
import { jupyterDisplay } from "../../../kernel-helpers/runtime/printable.ts";

/** Columns before the shares of each length of film. */
const named = 3;

function read(name: string): { lengths: string[]; rows: string[][] } {
  const file = `docs/multimodal/${name}.csv`;
  const [header = [], ...rows] = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").map((text) => text.split(",")) : []; // prettier-ignore
  return { lengths: header.slice(named), rows };
}

function save(
  name: string,
  title: string,
  yTitle: string,
  lengths: readonly string[],
  rows: readonly string[][],
  labelOf: (row: readonly string[]) => string,
): void {
  if (rows.length === 0) return;
  const shares = rows.map((row) => row.slice(named).map(Number));
  const figure = heatmap(shares, { title, rowLabels: rows.map(labelOf), columnLabels: lengths, xTitle: "film", yTitle, valueTitle: "found (%)", digits: 0, min: 0, max: 100 }); // prettier-ignore
  writeFileSync(`docs/multimodal/${name}.svg`, `${figure[jupyterDisplay]()["image/svg+xml"] as string}\n`);
}

const frames = read("frames");
for (const [view, asked] of [
  ["the picture", "whole"],
  ["a mirrored part", "part"],
] as const) {
  for (const [vectors, by] of [
    ["EfficientNet", "network"],
    ["8 × 8 pixels", "pixels"],
  ] as const) {
    const rows = frames.rows.filter((row) => row[0] === view && row[1] === vectors);
    save(`frames-${asked}-${by}`, `Found by ${vectors}, asked with ${view}`, "frames per second", frames.lengths, rows, (row) => row[2]!);
  }
}
const speech = read("speech");
save("speech", "Sentences found", "", speech.lengths, speech.rows, ([noise, language, by]) => `${language!}, by ${by!}, noise: ${noise!}`);
