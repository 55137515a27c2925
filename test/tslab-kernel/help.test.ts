/** What the compiler's thread answers to inspect_request. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Workbench } from "./workbench.ts";

let bench: Workbench;

beforeAll(() => {
  bench = new Workbench();
  bench.run(
    `/**
 * Cuts a text into words.
 *
 * @param text What is cut.
 * @param limit No more words than these.
 * @example words("a b") // ["a", "b"]
 */
function words(text: string, limit?: number): string[] { return text.split(" ").slice(0, limit) }
interface Point { x: number }`,
    "/** How many there are. */\nlet count = 5\nconst point: Point = { x: 1 }",
  );
});
afterAll(() => bench.close());

const plain = (marked: string): string | undefined => bench.inspect(marked).data["text/plain"];

describe("a name", () => {
  test("is shown as it was declared, with what is said of it", () => {
    expect(bench.inspect("wor|ds")).toMatchObject({
      found: true,
      data: {
        "text/plain": `function words(text: string, limit?: number): string[]

Cuts a text into words.

@param text What is cut.
@param limit No more words than these.
@example words("a b") // ["a", "b"]`,
        "text/markdown": `\`\`\`typescript
function words(text: string, limit?: number): string[]
\`\`\`

Cuts a text into words.

*@param* \`text\` — What is cut.

*@param* \`limit\` — No more words than these.

*@example*

\`\`\`typescript
words("a b") // ["a", "b"]
\`\`\``,
      },
    });
  });

  test("is found from both of its ends", () => {
    expect([plain("|count"), plain("count|"), plain("1 + count|;")]).toEqual(Array(3).fill("let count: number\n\nHow many there are."));
  });

  test("of a type of another cell bears that type's name alone", () => {
    expect(plain("point|")).toBe("const point: Point");
    expect(plain("const f = () => point; f|")).toBe("const f: () => Point");
  });

  test("of the cell itself is known before it has run", () => {
    expect(plain("/** Half of it. */\nconst half = 1 / 2\nhalf|")).toBe("const half: number\n\nHalf of it.");
  });

  test("that is to be imported is explained, and the import said", () => {
    expect(plain("heatmap|")).toMatch(/^import \{ heatmap \} from "kernel-helpers\/plots";\n\nfunction heatmap\(/);
  });

  test("brings its source with it at detail level 1", () => {
    expect(bench.inspect("words|", 1).data["text/plain"]).toContain('return text.split(" ").slice(0, limit)');
    expect(bench.inspect("words|").data["text/plain"]).not.toContain("return text.split");
  });
});

test("a module is shown with what it exports", () => {
  expect(plain('import { x } from "kernel-helpers/repor|ters"')).toBe(
    'module "kernel-helpers/reporters"\n\nexports defaultReporters, EvaluationRecord, TrainingHistory, StepRecord, livePlot, LivePlotOptions, lossCurve, LossCurveOptions, progressLine, Reporter, StartedRun',
  );
  expect(bench.inspect('import x from "unheard-|of"').found).toBe(false);
});

describe("a call", () => {
  test("shows its signature with the parameter that is being written", () => {
    expect(plain('words("a", |)')).toBe(`words(text: string, limit?: number): string[]
                    ^^^^^^^^^^^^^^

limit: No more words than these.

Cuts a text into words.

@example words("a b") // ["a", "b"]`);
    expect(plain("words(|")).toContain("\n      ^^^^^^^^^^^^\n");
  });

  test("that is overloaded says how many signatures there are", () => {
    expect(plain("Buffer.from(|)")).toMatch(/^one of \d+ signatures\n\nfrom\(/);
  });

  test("stands beneath the name that the cursor is at", () => {
    expect(plain("words(count|)")).toMatch(/^let count: number\n\nHow many there are\.\n\nwords\(text: string/);
  });
});

test.each(["", "|", "1 + |", "neverDeclared|", "// words|", "'words|'", "point.neverThere|"])("nothing is found at %j", (marked) => {
  expect(bench.inspect(marked.includes("|") ? marked : `${marked}|`)).toMatchObject({ found: false, data: {} });
});

test("nothing is seen of how the compiler sees cells", () => {
  bench.run("function words(): Point { return point }", "interface Point { y: number }");
  for (const marked of ["words|", "point|", "words(|", "words().x|"])
    expect(JSON.stringify(bench.inspect(marked))).not.toMatch(/cairn|\$before|\u200C/);
});
