/** Whatever text a notebook, its errors and its name hold, each report is read back as what it says: by an XML parser, JSON, GitHub's rules. */
import * as fc from "fast-check";
import remarkGfm from "remark-gfm";
import remarkParse from "remark-parse";
import { SaxesParser } from "saxes";
import { unified } from "unified";
import { expect, test } from "vitest";
import { createColours } from "../../src/report/colours.ts";
import { toGitHubAnnotations, toJobSummary, toJson, toJUnit, type NotebookRun } from "../../src/report/index.ts";
import { endLine, summary } from "../../src/report/summary.ts";
import { plain } from "../../src/report/words.ts";

interface Read {
  suites: string[];
  cases: string[];
  /** Texts of failures and errors. */
  details: string[];
}

/** @throws where the text is not well-formed XML. */
function readXml(xml: string): Read {
  const parser = new SaxesParser();
  const read: Read = { suites: [], cases: [], details: [] };
  const open: string[] = [];
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ name, attributes }) => {
    open.push(name);
    if (name === "testsuite") read.suites.push(attributes["name"]!);
    if (name === "testcase") read.cases.push(attributes["name"]!);
    if (name === "failure" || name === "error") read.details.push("");
  });
  parser.on("closetag", () => void open.pop());
  const text = (more: string): void => {
    if (/failure|error/.test(open.at(-1) ?? "")) read.details[read.details.length - 1] += more;
  };
  parser.on("text", text);
  parser.on("cdata", text);
  parser.write(xml).close();
  return read;
}

interface Node {
  value?: string;
  children?: Node[];
}

const textOf = ({ value = "", children = [] }: Node): string => value + children.map(textOf).join("");
/** As Markdown shows a line: without the spaces around it. */
const shownLine = (text: string): string =>
  plain(text)
    .replace(/[\n\t]/g, " ")
    .replace(/^ +| +$/g, "");

const odd = [
  "]]>",
  "<![CDATA[",
  "&",
  "&amp;",
  "<",
  '"',
  "'",
  "\u0000",
  "\u0008",
  "\u001b[31m",
  "\u009b2J",
  "\u007f",
  "\u0085",
  "\r",
  "\r\n",
];
const more = ["\n", "\t", "\u2028", "\ud800", "\udfff", "\ufffe", "\uffff", "😀", "中", "a", " ", "-->", "::error::", "%0A", ",", ":"];
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom(...odd, ...more),
    fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
  ),
});

const runs = fc.array(
  fc
    .record({ path: text, name: text, message: text, source: text, own: fc.option(text) })
    .map(({ path, name, message, source, own }): NotebookRun => ({
      result: {
        path,
        status: "failed",
        seconds: 1,
        cells: [{ index: 0, status: "failed", seconds: 1, error: { name, message, line: 2 } }],
        ...(own === null ? {} : { error: { name, message: own } }),
      },
      cells: [{ source }],
      output: path,
    })),
  { minLength: 1, maxLength: 3 },
);

test("JUnit: well-formed XML, with all that can be shown of each text", () => {
  fc.assert(
    fc.property(runs, (all) => {
      const { suites, cases, details } = readXml(toJUnit(all));
      expect(suites).toEqual(all.map(({ result }) => plain(result.path).replace(/[\n\t]/g, " ")));
      expect(cases.filter((name) => name.startsWith("cell 1"))).toHaveLength(all.length);
      for (const { result } of all) {
        const { name, message } = result.cells[0]!.error!;
        expect(details.some((shown) => shown.startsWith(plain(`${name}: ${message}`)))).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

test("JUnit: two lines with ]]> in one code frame", () => {
  const source = "const a = b[c[0]]>1\nconst d = b[c[1]]>2\nthrow new Error('x')";
  const error = { name: "Error", message: "]]>]]>", line: 2 };
  const result = {
    path: "a.ipynb",
    status: "failed" as const,
    seconds: 0,
    cells: [{ index: 0, status: "failed" as const, seconds: 0, error }],
  };
  expect(readXml(toJUnit([{ result, cells: [{ source }] }])).details).toEqual([
    "Error: ]]>]]>\n\n  1 | const a = b[c[0]]>1\n> 2 | const d = b[c[1]]>2\n  3 | throw new Error('x')",
  ]);
});

test("JSON: the texts as they are", () => {
  fc.assert(
    fc.property(runs, (all) => {
      const { notebooks } = JSON.parse(toJson(all)) as { notebooks: { path: string; cells: { error: object }[] }[] };
      expect(notebooks.map(({ path, cells }) => [path, cells[0]!.error])).toEqual(
        all.map(({ result }) => [result.path, result.cells[0]!.error]),
      );
      expect(Buffer.from(toJson(all)).toString()).toBe(toJson(all)); // no lone surrogate is left to be replaced when it is written
    }),
  );
});

test("GitHub's annotations: one command a line, whose properties and message are read back", () => {
  const unescaped = (escaped: string): string =>
    escaped.replaceAll("%3A", ":").replaceAll("%2C", ",").replaceAll("%0A", "\n").replaceAll("%0D", "\r").replaceAll("%25", "%");
  fc.assert(
    fc.property(runs, (all) => {
      const lines = toGitHubAnnotations(all, "/").split("\n");
      expect(lines.pop()).toBe("");
      expect(lines).toHaveLength(all.length);
      for (const [index, { result }] of all.entries()) {
        const [, file, title, message] = /^::error file=([^,:]*),line=1,title=([^,:]*)::(.*)$/u.exec(lines[index]!)!;
        expect(file).toBeDefined();
        expect(title).toBe("cell 1 failed");
        const { name, message: said } = result.cells[0]!.error!;
        expect(unescaped(message!)).toBe(plain(`${name}: ${said}`));
      }
    }),
  );
});

test("GitHub's job summary: a Markdown table with a row for each notebook, and a block for each failure, read back by a Markdown parser", () => {
  fc.assert(
    fc.property(runs, (all) => {
      const { children } = unified().use(remarkParse).use(remarkGfm).parse(toJobSummary(all, 1));
      const [, table] = children;
      const rows = table?.type === "table" ? table.children.slice(1) : [];
      expect(rows.map(({ children: cells }) => textOf(cells[1] as unknown as Node))).toEqual(
        all.map(({ result }) => shownLine(result.path)),
      );
      expect(rows.every(({ children: cells }) => cells.length === 4)).toBe(true);
      expect(children.map(({ type }) => type)).toEqual(["heading", "table", ...all.flatMap(() => ["heading", "code"])]);
      const blocks = children.flatMap((node) => (node.type === "code" ? [node.value] : []));
      for (const [index, { result }] of all.entries()) {
        const { name, message } = result.cells[0]!.error!;
        expect(blocks[index]!.startsWith(plain(`${name}: ${message}`))).toBe(true);
      }
    }),
  );
});

test("the terminal: no control character but the line ends", () => {
  const colours = createColours({}, {});
  fc.assert(
    fc.property(runs, (all) => {
      // oxlint-disable-next-line no-control-regex -- a terminal would obey them
      expect(summary(all, 1, colours)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]|\p{Surrogate}/u);
      for (const { result } of all) expect(endLine(result, colours).split("\n")).toHaveLength(1);
    }),
  );
});
