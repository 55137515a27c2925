/** What the compiler's thread answers to complete_request. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Workbench } from "./workbench.ts";

let bench: Workbench;

beforeAll(() => {
  bench = new Workbench({
    "package.json": JSON.stringify({ dependencies: { shapes: "1" } }),
    "node_modules/shapes/package.json": JSON.stringify({ name: "shapes", version: "1.0.0", types: "index.d.ts" }),
    "node_modules/shapes/index.d.ts":
      'export declare function perimeterOf(side: number): number;\nexport interface SquareLike { side: number }\nexport * from "./round";',
    "node_modules/shapes/round.d.ts": "export declare class Circle { radius: number }",
    "local.ts": "export const helper = 1; export function helping(): void {}",
    "sub/index.ts": "export const inSub = 1",
  });
  bench.run(
    "const wordCount = 3; let list = [1, 2]; interface Point { x: number; y: number }\nconst point: Point = { x: 1, y: 2 };",
    "/** Twice as much. */ function double(x: number): number { return 2 * x }\nclass Tokenizer { encode(text: string): number[] { return [] } size = 3;\n/** @deprecated */\nold(): void {} }",
    'const halve = (x: number): number => x / 2\nconst wordCount = "changed its type"',
    'import { openStore } from "kernel-helpers/retrieval"\nconst Halve = 0.5',
  );
});
afterAll(() => bench.close());

describe("names in scope", () => {
  test("are those of all cells, each with its kind, and its latest type", () => {
    expect(bench.kinds("wordC|")).toEqual({ wordCount: "constant" });
    expect(bench.kinds("doub|")).toEqual({ double: "function" });
    expect(bench.kinds("hal|")).toEqual({ halve: "function" });
    expect(bench.kinds("Token|")).toMatchObject({ Tokenizer: "class" });
    expect(bench.kinds("let p: Poi|")).toMatchObject({ Point: "interface" });
    expect(bench.complete("wordC|").metadata._jupyter_types_experimental).toEqual([
      { text: "wordCount", type: "constant", signature: '"changed its type"', start: 0, end: 5 },
    ]);
    expect(bench.complete("doub|").metadata._jupyter_types_experimental[0]?.signature).toBe("(x: number): number");
  });

  test("are seen from within what is not finished", () => {
    expect(bench.complete("const f = { a: [`${wordC|").matches).toEqual(["wordCount"]);
    expect(bench.complete("if (true) { double(wordC|").matches).toEqual(["wordCount"]);
  });

  test("are the cell's own where it declares them anew", () => {
    expect(bench.complete("const double = 5; doub|").metadata._jupyter_types_experimental).toMatchObject([
      { text: "double", signature: "5" },
    ]);
  });

  test("come before those of Node and the language", () => {
    const { matches } = bench.complete("|");
    expect(new Set(matches.slice(0, 8))).toEqual(
      new Set(["Halve", "Tokenizer", "double", "halve", "list", "openStore", "point", "wordCount"]),
    );
    expect(matches).toContain("console");
  });

  test("in another case come only where none comes in the same", () => {
    expect(bench.complete("WORDC|").matches).toEqual(["wordCount"]);
    expect([bench.complete("hal|").matches, bench.complete("Hal|").matches]).toEqual([["halve"], ["Halve"]]);
  });

  test("include a keyword once it is begun, and none for types where a statement stands", () => {
    expect(bench.kinds("awa|")).toEqual({ await: "keyword" });
    expect(bench.complete("|").matches).not.toContain("await");
    expect(bench.complete("readonl|").matches).toEqual([]);
  });

  test("show nothing of how the compiler sees cells", () => {
    const answers = ["|", "point.|", "open|", "let p: |", "list.|"].map((text) => JSON.stringify(bench.complete(text)));
    for (const answer of answers) expect(answer).not.toMatch(/cairn|\$before|\u200C/);
  });
});

describe("members", () => {
  test("of values have kinds and signatures", () => {
    expect(bench.kinds("point.|")).toEqual({ x: "property", y: "property" });
    expect(bench.complete("list.findLa|").matches).toEqual(["findLast", "findLastIndex"]);
    expect(bench.kinds("new Tokenizer().enc|")).toEqual({ encode: "method" });
  });

  test("that are out of use are not offered", () => {
    expect(bench.complete("new Tokenizer().|").matches).toEqual(["encode", "size"]);
  });

  test("that need brackets are not offered behind a dot", () => {
    expect(bench.complete('const odd = { "a-b": 1, c: 2 }; odd.|').matches).toEqual(["c"]);
  });

  test("of an options object are its keys", () => {
    expect(bench.complete("openStore({ ki|").matches).toEqual(["kind"]);
    expect(bench.complete("const q: Point = { x: 1, | }").matches).toEqual(["y"]);
  });

  test("nothing is offered in a comment, nor where a new name stands", () => {
    expect(bench.complete("// wordC|").matches).toEqual([]);
    expect(bench.complete("const wordC|").matches).toEqual([]);
  });
});

describe("texts", () => {
  test("that a type allows are offered, also before the quotes are closed", () => {
    expect(bench.complete('openStore({ kind: "|" })')).toMatchObject({
      matches: ["memory", "lancedb", "milvus", "pinecone"],
      cursor_start: 19,
      cursor_end: 19,
    });
    expect(bench.complete('openStore({ kind: "lan|')).toMatchObject({ matches: ["lancedb"], cursor_start: 19, cursor_end: 22 });
  });
});

describe("modules", () => {
  test.each([
    ['import { x } from "kernel-helpers/to|"', ["kernel-helpers/tokenizer"]],
    ['import { x } from "kern|"', ["kernel-helpers"]],
    ['import { x } from "shap|"', ["shapes"]],
    ['import { x } from "node:fs/|"', ["node:fs/promises"]],
    ['import { x } from "./lo|"', ["./local"]],
    ['import { x } from "./su|"', ["./sub/"]],
    ['await import("kernel-helpers/optim|")', ["kernel-helpers/optim"]],
    ['import { x } from "onnxruntime-n|', ["onnxruntime-node"]],
  ])("%s", (text, matches) => {
    expect(bench.complete(text).matches).toEqual(matches);
  });

  test("offer what they export", () => {
    expect(bench.kinds('import { Bpe| } from "kernel-helpers/tokenizer"')).toEqual({ BpeTokenizer: "class" });
    expect(bench.kinds('import { help| } from "./local"')).toEqual({ helper: "constant", helping: "function" });
    expect(bench.kinds('import { readFileS| } from "node:fs"')).toEqual({ readFileSync: "function" });
  });
});

describe("names that have to be imported", () => {
  test("are offered from the library, direct dependencies and Node", () => {
    expect(bench.kinds("heatm|")).toEqual({ heatmap: "function from kernel-helpers/plots" });
    expect(bench.kinds("perimeterO|")).toEqual({ perimeterOf: "function from shapes" });
    expect(bench.kinds("Circ|")).toEqual({ Circle: "class from shapes" });
    expect(bench.kinds("readFileS|")).toEqual({ readFileSync: "function from node:fs" });
    expect(bench.complete("heatm|").metadata._jupyter_types_experimental[0]?.signature).toBe('import from "kernel-helpers/plots"');
  });

  test("types only where a type stands", () => {
    expect(bench.kinds("let s: SquareL|")).toEqual({ SquareLike: "interface from shapes" });
    expect(bench.complete("SquareL|").matches).toEqual([]);
  });

  test("not behind a dot, and not for a letter alone", () => {
    expect(bench.complete("point.heatm|").matches).toEqual([]);
    expect(Object.values(bench.kinds("h|")).filter((kind) => kind.includes(" from "))).toEqual([]);
  });

  test("come after those in scope, and not twice", () => {
    const { matches } = bench.complete("open|");
    expect(matches[0]).toBe("openStore");
    expect(new Set(matches).size).toBe(matches.length);
  });
});

describe("places", () => {
  test("count characters, of which JavaScript has two units for some", () => {
    expect(bench.complete("'😀' + wordC|")).toMatchObject({ matches: ["wordCount"], cursor_start: 6, cursor_end: 11 });
    expect(bench.complete("'😀😀'; list.findLastI|")).toMatchObject({ matches: ["findLastIndex"], cursor_start: 11, cursor_end: 20 });
  });

  test("outside of the text are taken for its end", () => {
    expect(bench.tools.answer("complete_request", { code: "wordC", cursor_pos: 99 })).toMatchObject({
      matches: ["wordCount"],
      cursor_end: 5,
    });
    expect(bench.tools.answer("complete_request", { code: "wordC" })).toMatchObject({ matches: ["wordCount"] });
    expect(bench.tools.answer("complete_request", { code: "", cursor_pos: 0 })).toMatchObject({ status: "ok", cursor_start: 0 });
  });
});
