/** What must hold of the course's notebooks as committed. */
import { describe, expect, test } from "vitest";
import { readManifest } from "../../kernel-helpers/models/index.ts";
import { readNotebook } from "../../src/nbformat/index.ts";
import { readCourse } from "../../src/site/index.ts";

const { notebooks } = await readCourse("notebooks");
const entries = readManifest().map(({ name }) => name);

/** What loads an entry of the manifest without naming it. */
const loaders = {
  loadDictionary: "cc-cedict",
  loadPoems: "poems",
  loadRhymes: "pingshui",
  loadEnglish: "moby-dick",
  loadTinyShakespeare: "tiny-shakespeare",
};

describe.each(notebooks)("$file", async ({ file, fetches }) => {
  const { cells, metadata } = await readNotebook(`notebooks/${file}`);
  const text = cells.map(({ source }) => source).join("\n");

  test("has no outputs", () => {
    const executed = cells.filter((cell) => cell.cell_type === "code" && (cell.outputs.length > 0 || cell.execution_count !== null));
    expect(executed.map(({ id }) => id)).toEqual([]);
  });

  test("loads the models and data that course.yaml says", () => {
    const code = cells
      .filter(({ cell_type }) => cell_type === "code")
      .map(({ source }) => source)
      .join("\n");
    const named = entries.filter((name) => ["'", '"', "`"].some((quote) => code.includes(`${quote}${name}${quote}`)));
    const loaded = Object.entries(loaders).flatMap(([call, name]) => (code.includes(`${call}(`) ? [name] : []));
    expect([...new Set([...fetches.quick, ...fetches.full])].toSorted()).toEqual([...new Set([...named, ...loaded])].toSorted());
  });

  test("names each cell once", () => {
    const ids = cells.map(({ id }) => id);
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
  });

  test("says what it teaches, how long it takes, and what to read next", () => {
    expect(metadata.title).toBe(/^# (.*)$/m.exec(cells[0]!.source)![1]);
    expect(text).toMatch(/\*\*After this notebook you will be able to\*\*/);
    expect(text).toMatch(/\*\*Time\*\* about \d+ seconds on two CPU cores/);
    expect(text).toMatch(/\*\*negative result\*\*|negative result/i);
    expect(text).toMatch(/## Further reading/);
  });

  test("leads only to notebooks that are there", () => {
    const links = [...text.matchAll(/\]\(\.\/(\d\d-[\w-]+\.ipynb)\)/g)].map(([, linked]) => linked!);
    const settling = [...text.matchAll(/settledIn: ['"](\d\d-[\w-]+)/g)].map(([, id]) => `${id}.ipynb`);
    const there = notebooks.map((notebook) => notebook.file);
    expect([...links, ...settling].filter((name) => !there.includes(name))).toEqual([]);
  });

  test("leaves nothing to be written later", () => {
    expect(text).not.toMatch(/\b(TODO|FIXME|XXX|TBD)\b/);
  });

  test("has a number to beat and three exercises with solutions in closed cells", () => {
    expect(text).toMatch(/\bbeat\(/);
    const solutions = cells.filter(({ metadata: { tags } }) => tags?.includes("solution"));
    expect(solutions.length).toBeGreaterThanOrEqual(3);
    const calling = cells.filter(({ cell_type, source }) => cell_type === "code" && /\bsolution\(/.test(source));
    expect(calling.map(({ id }) => id)).toEqual(solutions.map(({ id }) => id));
    for (const { source, metadata: about } of solutions) {
      expect(about["jupyter"]).toEqual({ source_hidden: true }); // JupyterLab shows a bar to click on, and the first line
      expect(source).toMatch(/^\/\/ Solution\n/);
      const id = /solution\(\s*['"]([\w-]+)['"]/.exec(source)![1]!;
      expect(text).toMatch(new RegExp(`check\\(\\s*['"]${id}['"]`));
    }
  });
});
