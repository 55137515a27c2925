/**
 * The course on tslab as its author published it, without this kernel: the compiler takes every cell, and two notebooks run. CONTRIBUTING.md says
 * what a cell may not use for that; test/parity/stock-cells.test.ts holds its list.
 */
import { mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readNotebook } from "../../src/nbformat/index.ts";
import { cacheFolder } from "../../src/runtime/cache-folder.ts";
import { cairn } from "../cli/cairn.ts";
import { stockSpec } from "../kernel/execute-helpers.ts";
import { mistakes } from "./stock-output.ts";

interface Converted {
  output?: string;
  declOutput?: string;
  diagnostics: { messageText: string; start: { line: number } }[];
}

interface Converter {
  convert: (earlier: string, code: string) => Converted;
  close: () => void;
}

const notebooks = readdirSync("notebooks").filter((file) => file.endsWith(".ipynb"));

describe("every cell is one that stock tslab can compile", () => {
  const require = createRequire(resolve("src/package.json"));
  const { createConverter } = require("tslab/dist/converter.js") as { createConverter: () => Converter };
  const checkout = process.cwd();
  let converter: Converter;
  beforeAll(() => {
    process.chdir("notebooks"); // where it looks for packages
    converter = createConverter();
  });
  afterAll(() => {
    converter.close();
    process.chdir(checkout);
  });

  test.each(notebooks)("%s", async (file) => {
    const { cells } = await readNotebook(resolve(checkout, "notebooks", file));
    const found: string[] = [];
    let earlier = "";
    for (const [at, { cell_type: type, source, metadata }] of cells.entries()) {
      if (type !== "code" || metadata.tags?.includes("raises-exception")) continue;
      const { output = "", declOutput, diagnostics } = converter.convert(earlier, source);
      found.push(
        ...[...diagnostics.map(({ messageText, start }) => `line ${start.line + 1}: ${messageText}`), ...mistakes(output)].map(
          (what) => `cell ${at + 1}, ${what}`,
        ),
      );
      earlier = declOutput ?? earlier;
    }
    expect(found).toEqual([]);
  });
});

describe("the quickest run there", () => {
  let folder: string;
  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "stock-")));
    const { argv, displayName: display_name, language } = stockSpec();
    writeFileSync(join(folder, "kernel.json"), JSON.stringify({ argv, display_name, language }));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("00 and 01", { timeout: 600_000 }, async () => {
    const chosen = notebooks.filter((file) => /^0[01]-/.test(file)).map((file) => resolve("notebooks", file));
    const { code, stdout, stderr } = await cairn(folder, ["run", ...chosen, "--kernel", folder, "--out", "out"], {
      CAIRN_CACHE: cacheFolder(),
    });
    expect({ code, said: code === 0 ? "" : stdout + stderr }).toEqual({ code: 0, said: "" });
    expect(readdirSync(join(folder, "out"))).toHaveLength(2);
  });
});
