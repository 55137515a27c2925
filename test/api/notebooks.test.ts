import { readdirSync } from "node:fs";
import { runNotebook } from "cairn";
import { expect, test } from "vitest";

const folder = "test/api/notebooks";
for (const file of readdirSync(folder).filter((name) => name.endsWith(".ipynb")))
  test(`${file} gives what it gave`, async ({ signal }) => {
    const run = await runNotebook(`${folder}/${file}`, { cellTimeoutSeconds: 60, signal });
    expect(run.assertPassed().cells.map(({ text }) => text)).toMatchSnapshot();
  });
