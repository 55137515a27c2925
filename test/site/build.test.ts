/** The course as pages. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formatNotebook } from "../../src/nbformat/index.ts";
import { buildSite, type Course, type Site } from "../../src/site/index.ts";
import { code, markdown, notebookOf, printed } from "../render/sample.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-site-"));
const [sources, executed, out] = ["sources", "executed", "out"].map((name) => path.join(folder, name)) as [string, string, string];
afterAll(() => rmSync(folder, { recursive: true }));

const entry = (id: string, needs: string[] = []): Course["notebooks"][number] => ({
  id,
  file: `${id}.ipynb`,
  path: path.join(sources, `${id}.ipynb`),
  title: `Title of ${id} <&>`,
  summary: `What ${id} is about.`,
  stage: "start",
  minutes: { quick: 1, full: 3 },
  needs,
  fetches: { quick: [], full: [] },
});

const course: Course = {
  title: "The course",
  summary: "A summary.",
  stages: [
    { id: "start", title: "Start" },
    { id: "later", title: "Later" },
  ],
  notebooks: [entry("00-one"), entry("01-two", ["00-one"]), entry("02-three")],
  skills: [
    { id: "a", label: "Reading", group: "foundation", needs: [] },
    { id: "b", label: "Writing", group: "core", needs: ["a"] },
  ],
  routes: [{ for: "readers", first: "reading", next: "writing", why: "It is so." }],
};

describe("buildSite", () => {
  let site: Site;
  const page = (name: string): string => readFileSync(path.join(out, name), "utf8");

  beforeAll(async () => {
    mkdirSync(sources);
    mkdirSync(executed);
    for (const { file, path: source } of course.notebooks) {
      const cells = [
        markdown(`# ${file}\n\nsee [two](01-two.ipynb#Part) and [a file](../README.md) <a href="100%">all</a>`),
        { ...code("1 + 1"), execution_count: null },
      ];
      writeFileSync(source, formatNotebook(notebookOf(cells)));
    }
    writeFileSync(
      path.join(executed, "01-two.ipynb"),
      formatNotebook(notebookOf([markdown("# Two"), code("1 + 1", [printed("executed\n")])])),
    );
    const runs = new Map([
      ["00-one.ipynb", { status: "failed", seconds: 61.4 }],
      ["01-two.ipynb", { status: "passed", seconds: 2.34 }],
    ]);
    site = await buildSite({ course, out, executed, runs });
  });

  test("writes the index and a page for each notebook, in order, and says which were not executed", () => {
    expect(site).toEqual({
      index: path.join(out, "index.html"),
      pages: ["00-one.html", "01-two.html", "02-three.html"].map((name) => path.join(out, name)),
      withoutOutputs: ["00-one.ipynb", "02-three.ipynb"],
    });
  });

  test("takes the executed copy where there is one", () => {
    expect(page("01-two.html")).toContain("executed</pre>");
  });

  test("links neighbours, the index, and notebooks among one another", () => {
    const html = page("01-two.html");
    expect(html).toContain('<a class="home" href="index.html">The course</a>');
    expect(html).toContain('<a class="previous" href="00-one.html"><span>Before</span>Title of 00-one &lt;&amp;&gt;</a>');
    expect(html).toContain('<a class="next" href="02-three.html">');
    expect(page("00-one.html")).not.toContain('class="previous"');
    expect(page("00-one.html")).toContain('<a href="01-two.html#Part">two</a> and <a href="../README.md">a file</a>');
    expect(html).toContain("<title>Title of 01-two &lt;&amp;&gt; · The course</title>");
  });

  test("the index has times, prerequisites and how the last runs ended; a stage without notebooks is left out", () => {
    const html = page("index.html");
    expect(html).toContain('about 1 min, 3 in full · <b class="bad">✗ failed in 61 s</b>');
    expect(html).toContain('after Title of 00-one &lt;&amp;&gt; · <b class="good">✓ passed in 2.3 s</b>');
    expect(html).not.toContain("Later");
    expect(html).toContain("Reading stands on the ground. Writing stands on Reading.");
    expect(html).toContain("<dt>For readers: reading, then writing</dt><dd>It is so.</dd>");
  });
});
