import { runInNewContext } from "node:vm";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { injectParameters } from "../../src/execute/index.ts";
import type { Cell, Notebook } from "../../src/nbformat/index.ts";

const code = (source: string, tags?: string[]): Cell => ({
  cell_type: "code",
  source,
  metadata: tags ? { tags } : {},
  execution_count: null,
  outputs: [],
});
const notebook = (language: string, ...cells: Cell[]): Notebook => ({
  nbformat: 4,
  nbformat_minor: 4,
  metadata: { kernelspec: { name: "x", display_name: "x", language } },
  cells,
});
const injected = (language: string, declarations: string, parameters: Record<string, unknown>): string => {
  const target = notebook(language, code("first()"), code(declarations, ["parameters"]), code("last()"));
  injectParameters(target, parameters);
  expect(target.cells.map(({ source }) => source)).toEqual(["first()", declarations, target.cells[2]!.source, "last()"]);
  expect(target.cells[2]!.metadata).toEqual({ tags: ["injected-parameters"] });
  return target.cells[2]!.source;
};

describe("the injected cell", () => {
  test("TypeScript: each declaration as its author wrote it", () => {
    const declarations = 'const n: number = 3 // how many\nlet names: string[] = ["a"]\nvar on = true\nconst größe = 1; const 深度 = 2';
    expect(injected("typescript", declarations, { n: 7, names: ['q"', "é\n"], on: false, größe: null })).toBe(
      [
        "// Parameters of this run",
        "const n: number = 7",
        'let names: string[] = ["q\\"", "é\\n"]',
        "var on = false",
        "const größe = null",
      ].join("\n"),
    );
  });

  test("Python's literals", () => {
    expect(injected("python", "a = 1\nb: dict = {}\nc=[]\nd == 2", { a: null, b: { on: true, off: [false, "x"] }, c: -1.5 })).toBe(
      '# Parameters of this run\na = None\nb: dict = {"on": True, "off": [False, "x"]}\nc = -1.5',
    );
  });

  test("takes the place of one from an earlier run, and its id", () => {
    const target = notebook("typescript", code("const n = 1", ["parameters"]), code("between()"), {
      ...code("const n = 2", ["injected-parameters"]),
      id: "kept",
    });
    injectParameters(target, { n: 3 });
    expect(target.cells.map(({ source }) => source)).toEqual(["const n = 1", "between()", "// Parameters of this run\nconst n = 3"]);
    expect(target.cells[2]!.id).toBe("kept");
  });

  test("no parameters, no cell", () => {
    const target = notebook("typescript", code("1"));
    injectParameters(target, {});
    expect(target.cells).toHaveLength(1);
  });
});

describe("every value arrives as it is", () => {
  const values = fc.oneof(
    fc.double(),
    fc.integer(),
    fc.jsonValue(),
    fc.constantFrom(-0, NaN, Infinity, -Infinity, undefined, JSON.parse('{"__proto__": {"a": 1}}')),
  );
  test("in TypeScript: the literal evaluates to it", () => {
    fc.assert(
      fc.property(values, (value) => {
        const source = injected("typescript", "const n = 1", { n: value }).split(" = ").slice(1).join(" = ");
        expect(runInNewContext(`JSON.stringify(${source})`)).toBe(JSON.stringify(value));
        if (typeof value === "number") expect(Object.is(runInNewContext(source), value)).toBe(true);
      }),
    );
  });

  test("integers that no double holds: exactly where the language has them", () => {
    const big = 9007199254740993n;
    expect(injected("python", "n = 1", { n: big })).toBe("# Parameters of this run\nn = 9007199254740993");
    expect(injected("typescript", "const n = 1n", { n: big })).toBe("// Parameters of this run\nconst n = 9007199254740993n");
    expect(injected("typescript", "let n: bigint = zero", { n: big })).toBe("// Parameters of this run\nlet n: bigint = 9007199254740993n");
    expect(injected("typescript", "const n = 1n", { n: 7 })).toBe("// Parameters of this run\nconst n = 7n");
    expect(injected("python", "a = 1\nb = 1\nc = 1", { a: NaN, b: -Infinity, c: [Infinity] })).toBe(
      '# Parameters of this run\na = float("nan")\nb = float("-inf")\nc = [float("inf")]',
    );
  });
});

describe("is refused", () => {
  const failure = (language: string, cells: Cell[], parameters: Record<string, unknown>): string => {
    try {
      injectParameters(notebook(language, ...cells), parameters);
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
      return (error as Error).message;
    }
    return "it was accepted";
  };

  test("for a name that is not declared", () => {
    const cells = [code("const steps = 10\nlet size = 2", ["parameters"])];
    expect(failure("typescript", cells, { step: 3, size: 1 })).toBe("the notebook has no parameter step (it has steps, size)");
    expect(failure("typescript", [code("// none", ["parameters"])], { step: 3 })).toBe(
      'the notebook has no parameter step (its cell tagged "parameters" declares none)',
    );
    expect(failure("typescript", [code("1")], { a: 1, b: 2 })).toBe(
      'the notebook has no parameter a, b (none of its cells has the tag "parameters")',
    );
  });

  test("for a value that the language would round, or has no literal for", () => {
    const cells = [code("const n = 1", ["parameters"])];
    expect(failure("typescript", cells, { n: 9007199254740993n })).toMatch(
      /^the parameter n = 9007199254740993 would be rounded to 9007199254740992: .*\n {2}hint: give it as a text, '"9007199254740993"', or declare n/,
    );
    expect(failure("typescript", cells, { n: new Date(0) })).toMatch(/^a value of kind Date cannot be written into a notebook/);
    expect(failure("typescript", cells, { n: [() => 1] })).toMatch(/^a value of kind function cannot/);
  });

  test("in a language whose declarations are not known", () => {
    expect(failure("cobol", [], { a: 1 })).toBe(
      "parameters can be given to notebooks in typescript, javascript, python; this one is in cobol",
    );
  });
});
