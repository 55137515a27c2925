/** The language of cells: today's TypeScript on the Node that runs. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { KernelClient } from "../kernel/launcher-client.ts";
import { useCells } from "./cells.ts";

const { value, pass, fail } = useCells();

describe("a cell", () => {
  test.each([
    ["await of a parenthesised expression", "await (Promise.resolve(5) as Promise<number>)", "5"],
    ["for await alone", "let sum5 = 0; for await (const one of [2, Promise.resolve(3)]) sum5 += one; sum5", "5"],
    ["await within an expression", "[1 + (await (Promise.resolve(4) as Promise<number>))][0]", "5"],
    ["await only as a word", 'const text5 = "await"; const later = async () => await (1); text5.length', "5"],
    ["satisfies and const type parameters", "const only = <const T,>(value: T) => value; (only({ a: 5 }) satisfies { a: 5 }).a", "5"],
    [
      "a private field and a static block",
      "class Five { #n = 2; static base = 0; static { Five.base = 3 } get all() { return this.#n + Five.base } }\nnew Five().all",
      "5",
    ],
    ["array methods of ES2023", "[3, 5, 4].toSorted().at(-1)", "5"],
    ["a label and a regular expression", "outer: for (;;) { for (;;) break outer }\n/5/.exec('a5')?.[0]", "'5'"],
    [
      "an abstract class and an overload",
      "abstract class Base5 { abstract n(): number }\nclass Real extends Base5 { n() { return 5 } }\nfunction over(x: string): string; function over(x: number): number; function over(x: any) { return x }\nover(new Real().n())",
      "5",
    ],
    [
      "a generator and an async generator",
      "function* gen() { yield 2 } async function* agen() { yield await Promise.resolve(3) }\nlet all5 = 0; for (const x of gen()) all5 += x; for await (const x of agen()) all5 += x; all5",
      "5",
    ],
    [
      "a decorator",
      "function five(_: unknown, context: ClassMethodDecoratorContext) { return () => 5 }\nclass Decorated { @five method() { return 1 } }\nnew Decorated().method()",
      "5",
    ],
    ["JSON-like object at the start", "({ a: 5 }).a", "5"],
    ["export, and export default", "export const exported = 2; export default exported + 3; exported + 3", "5"],
    ["a trailing comment", "5 // five", "5"],
    ["a comment that ends the cell without a line", "5 /* five */", "5"],
    ["arguments of its own functions", "function own(..._: number[]) { return arguments.length }\nown(1, 2, 3, 4, 5)", "5"],
  ])("runs %s", async (_, code, expected) => {
    expect(await value(code)).toBe(expected);
  });

  test("using disposes of its variable when the cell ends", async () => {
    await pass("const said: string[] = []; const open = () => ({ [Symbol.dispose]() { said.push('closed') } })");
    expect(await value("using opened = open(); said.push('used'); said.length", "said")).toBe("[ 'used', 'closed' ]");
    expect(await value("await using later2 = { async [Symbol.asyncDispose]() { said.push('later') } }; 1", "said.at(-1)")).toBe("'later'");
  });

  test("its last expression is shown, also null, and not undefined; _ is the last value shown", async () => {
    expect(await value("null")).toBe("null");
    expect(await value("undefined")).toBeUndefined();
    expect(await value("6 * 7", "_ + 1")).toBe("43");
    expect(await value("import _ from 'path'; _.basename('/a/b')", "1 + 1", "typeof _.join")).toBe("'function'");
  });

  test("is loosely typed unless its reader asks for more", async () => {
    expect(await value("function loose(x) { return x }\nlet nothing: string = null; loose(nothing)")).toBe("null");
  });
});

test.each([
  [
    "a tsconfig.json beside the notebook",
    (folder: string) =>
      writeFileSync(join(folder, "tsconfig.json"), '{ // strict\n "compilerOptions": { "strict": true, "outDir": "x" } }'),
    {},
  ],
  [
    "the notebook's metadata",
    (folder: string) =>
      writeFileSync(
        join(folder, "n.ipynb"),
        JSON.stringify({ metadata: { typescript: { strict: true } }, cells: [], nbformat: 4, nbformat_minor: 5 }),
      ),
    { JPY_SESSION_NAME: "n.ipynb" },
  ],
])("%s makes cells strict", async (_, prepare, env) => {
  const folder = mkdtempSync(join(tmpdir(), "cairn-strict-"));
  prepare(folder);
  const kernel = await KernelClient.start({ cwd: folder, env });
  const { reply } = await kernel.execute("let s: string = null");
  expect(reply.evalue).toBe("TS2322: Type 'null' is not assignable to type 'string'.");
  await kernel.close();
});

test("a mistake is a TypeScriptError with code, place, and what the compiler adds", async () => {
  const { ename, evalue, traceback } = await fail("const fine = 1\nconst wrong: string = 2");
  expect([ename, evalue]).toEqual(["TypeScriptError", "TS2322: Type 'number' is not assignable to type 'string'."]);
  expect(traceback).toMatch(
    /^cell\[\d+\]:2:7 - error TS2322: Type 'number' is not assignable to type 'string'\.\n {2}1 \| const fine = 1\n> 2 \| const wrong: string = 2\n {4}\| {7}\^{5}\nTypeScriptError: TS2322: Type 'number' is not assignable to type 'string'\.$/,
  );
  expect((await fail("async function load() { return { rows: 1 } }\nload().rows")).evalue).toBe(
    "TS2339: Property 'rows' does not exist on type 'Promise<{ rows: number; }>'.\n  Did you forget to use 'await'?",
  );
});
