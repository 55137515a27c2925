/**
 * Notebooks to HTML, in memory on both sides: the course's notebooks as they are, and one with outputs of every kind that nbconvert knows, too
 * (no Plotly, which it has no renderer for). Neither side counts reading, starting or writing; both are warm.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { formatNotebook, readNotebook, type Cell, type Notebook } from "../src/nbformat/index.ts";
import { renderNotebook } from "../src/render/index.ts";
import { sample } from "../test/render/sample.ts";
import type { Bench } from "./bench.ts";

const pairs = 7;

interface Run {
  seconds: number;
  characters: number;
}

function withoutFigures(notebook: Notebook): Notebook {
  const cells = notebook.cells.map((cell): Cell => {
    if (cell.cell_type !== "code") return cell;
    const outputs = cell.outputs.map((output) => {
      if (!("data" in output)) return output;
      const { "application/vnd.plotly.v1+json": _, ...data } = output.data;
      return { ...output, data };
    });
    return { ...cell, outputs };
  });
  return { ...notebook, cells };
}

async function ours(notebooks: readonly Notebook[]): Promise<Run> {
  const started = performance.now();
  let characters = 0;
  for (const notebook of notebooks) characters += (await renderNotebook(notebook)).length;
  return { seconds: (performance.now() - started) / 1000, characters };
}

const bench: Bench = {
  name: "export",
  peer: "nbconvert 7.17.2 HTMLExporter",
  unit: "s",
  run: async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "cairn-bench-export-"));
    const outputs = path.join(folder, "outputs.ipynb");
    writeFileSync(outputs, formatNotebook(withoutFigures(sample)));
    const course = readdirSync("notebooks").filter((file) => file.endsWith(".ipynb"));
    const paths = [...course.map((file) => path.join("notebooks", file)), outputs];
    const notebooks = await Promise.all(paths.map(readNotebook));

    const peer = spawn(".venv/bin/python", [path.join(import.meta.dirname, "export.py")], { stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
    peer.stdin.write(`${JSON.stringify(paths)}\n`);
    const theirs = async (): Promise<Run> => {
      peer.stdin.write("\n");
      const { value, done } = await lines.next();
      if (done) throw new Error("the Python peer ended; is it set up? npm run bench:setup");
      return JSON.parse(value) as Run;
    };
    try {
      const [first, firstTheirs] = [await ours(notebooks), await theirs()];
      const kilobytes = ({ characters }: Run): string => `${Math.round(characters / 1024 / paths.length)} KB`;
      console.log(
        `export: ${paths.length} notebooks; a page has ${kilobytes(first)} (nbconvert: ${kilobytes(firstTheirs)}, and links MathJax)`,
      );
      const measured: [number, number][] = [];
      for (let pair = 0; pair < pairs; pair++) measured.push([(await ours(notebooks)).seconds, (await theirs()).seconds]);
      return measured;
    } finally {
      peer.stdin.end();
      if (peer.exitCode === null) await once(peer, "exit");
      rmSync(folder, { recursive: true });
    }
  },
};
export default bench;
