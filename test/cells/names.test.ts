/** Top-level names of a notebook: each has one home, and its newest declaration counts everywhere. */
import { describe, expect, test } from "vitest";
import type { Execution } from "../kernel/launcher-client.ts";
import { useCells } from "./cells.ts";

const cells = useCells();
const { value, pass, fail } = cells;

describe("a name has one home", () => {
  test("an assignment in a later cell is seen by functions of earlier ones", async () => {
    expect(await value("let rate = 0.1; function step(w: number) { return w - rate }", "rate = 0.5; step(1)")).toBe("0.5");
  });

  test("a closure appends to the array that is there now", async () => {
    expect(
      await value("let log: string[] = []; const note = (text: string) => log.push(text)", "note('a'); log = []; note('b'); log"),
    ).toBe("[ 'b' ]");
  });

  test("a corrected function is used by earlier callers", async () => {
    expect(
      await value(
        "function half(x: number) { return x / 3 }\nfunction quarter(x: number) { return half(half(x)) }",
        "function half(x: number) { return x / 2 }",
        "quarter(8)",
      ),
    ).toBe("2");
  });

  test("so are a corrected arrow function, class, enum and import", async () => {
    expect(
      await value(
        `const twice = (x: number) => x; class Box { size = 1 } enum Level { low, high }
         import { sep as mark } from "path"
         const all = () => [twice(2), new Box().size, Level.high, mark]`,
        'const twice = (x: number) => 2 * x; class Box { size = 10 } enum Level { low = 5, high = 6 }\nimport { EOL as mark } from "os"',
        "all()",
      ),
    ).toBe(String.raw`[ 4, 10, 6, '\n' ]`);
  });

  test("a cell that runs again declares its names anew", async () => {
    const cell = "let count = 1; const double = () => 2 * count; count++; double()";
    expect(await value(cell, cell)).toBe("4");
  });

  test("a variable declared without a value begins without one", async () => {
    expect(await value("let total: number | undefined = 3", "let total: number | undefined; [total]")).toBe("[ undefined ]");
  });

  test("var belongs to the cell wherever it stands, let to its block", async () => {
    expect(
      await value(
        "for (var i = 0, last = 0; i < 3; i++) { var seen = i; let last = 9 }\nif (true) { var inner = 'i' }",
        "[i, seen, last, inner]",
      ),
    ).toBe("[ 3, 2, 0, 'i' ]");
    expect(await value("for (var key in { a: 1 }) {}\nfor (var [one, two] of [[1, 2], [3, 4]]) {}", "[key, one, two]")).toBe(
      "[ 'a', 3, 4 ]",
    );
  });

  test.each([
    [
      "an object",
      "const { a1, b: b1, c: { d1 }, e: e1 = 5, ...rest1 } = { a1: 1, b: 2, c: { d1: 4 }, f: 6 } as any",
      "[a1, b1, d1, e1, rest1]",
      "[ 1, 2, 4, 5, { f: 6 } ]",
    ],
    ["an array", "const [a2, , c2 = 3, ...rest2] = [1, 2, undefined, 4, 5]", "[a2, c2, rest2]", "[ 1, 3, [ 4, 5 ] ]"],
    ["a computed key", "const key3 = 'k'; const { [key3]: value3 } = { k: 7 }", "value3", "7"],
  ])("names taken from %s are the notebook's", async (_, declaration, question, answer) => {
    expect(await value(declaration, question)).toBe(answer);
  });

  test("{ x } stands for { x: x }, and ({ x } = …) assigns to it", async () => {
    expect(await value("let left = 1; const right = 2", "({ left, right, sum: left + right })")).toBe("{ left: 1, right: 2, sum: 3 }");
    expect(
      await value(
        "let first = 1; let second = 2; const given: { first: number; second?: number } = { first: 10 }",
        "({ first, second = 20 } = given)",
        "[first, second]",
      ),
    ).toBe("[ 10, 20 ]");
  });

  test("a key is not a variable, whatever type declares it", async () => {
    expect(
      await value(
        "const make = () => ({ merges: 3, rest: { deep: 4 } })",
        "const { merges: count9, rest: { deep: inner9 } } = make(); let again = 0; ({ merges: again } = make()); [count9, inner9, again]",
      ),
    ).toBe("[ 3, 4, 3 ]");
  });

  test("parameters and block variables of the same name are left alone", async () => {
    expect(
      await value(
        "let shadow = 1",
        "function inside(shadow: number) { { let shadow = 7; shadow++ } return shadow }\n[inside(5), shadow, ((shadow) => shadow)(6)]",
      ),
    ).toBe("[ 5, 1, 6 ]");
  });

  test("functions are there before their line, and keep their names", async () => {
    expect(
      await value(
        "early(); function early() { return 1 }\nconst arrow = () => 1; const Anonymous = class {}; class Named {}",
        "[early.name, arrow.name, Anonymous.name, Named.name]",
      ),
    ).toBe("[ 'early', 'arrow', 'Anonymous', 'Named' ]");
  });

  test("a class knows itself while it is made", async () => {
    expect(
      await value(
        "class Node1 { static count: number; static root = new Node1(); static { Node1.count = 2 } next() { return new Node1() } }",
        "[Node1.root instanceof Node1, Node1.count]",
      ),
    ).toBe("[ true, 2 ]");
  });

  test("a function and a namespace of one name add to each other", async () => {
    expect(
      await value("function shape() { return shape.sides }\nnamespace shape { export const sides = 4 }", "[shape(), shape.sides]"),
    ).toBe("[ 4, 4 ]");
  });

  test("a const stays const", async () => {
    await pass("const fixed = 1");
    expect((await fail("fixed = 2")).evalue).toBe("TS2588: Cannot assign to 'fixed' because it is a constant.");
  });
});

test("a cell that is not counted is a cell of its own", async () => {
  const { kernel } = cells;
  await pass("let counted = 1; function failing() { throw new Error('here') }");
  await kernel.execute("let uncounted = 'text'; let second = 2", { store_history: false });
  await kernel.execute("let third = 3", { store_history: false });
  expect(await value("[counted, uncounted.length, second, third]")).toBe("[ 1, 4, 2, 3 ]");
  expect((await fail("failing()")).traceback).toContain("let counted = 1; function failing()");
});

describe("types follow", () => {
  test("a name may change its type, and earlier functions give the new one", async () => {
    expect(await value("let item = 1; function current() { return item }", 'let item = "now a text"', "current().toUpperCase()")).toBe(
      "'NOW A TEXT'",
    );
    expect((await fail("current() - 1")).evalue).toMatch(/^TS2362: /);
  });

  test("an interface, a generic and a type beside a value of its name come along", async () => {
    await pass(
      "interface Point { x: number }\nclass Stack<T> { items: T[] = []; push(item: T) { this.items.push(item); return this } }\nconst Pair = (a: number) => [a, a] as const; type Pair = readonly [number, number]",
    );
    expect(await value("const p: Point = { x: 1 }; const pair: Pair = Pair(2); new Stack<Point>().push(p).items[0].x + pair[1]")).toBe("3");
    expect((await fail("new Stack<Point>().push({ y: 1 })")).evalue).toMatch(/^TS2353: /);
    expect(await value("interface Point { y: string }", "const q: Point = { y: 'new' }; q.y")).toBe("'new'");
  });

  test("nothing fails because its type cannot be written down", async () => {
    await pass(
      "class Hidden { #secret = 1; private own = 2; protected shared = 3 }\nexport const mixin = <B extends new (...a: any[]) => object>(Base: B) => class extends Base { private tag = 'mixed'; show() { return this.tag } }",
    );
    expect(await value("const Mixed = mixin(Hidden); const made = new Mixed()", "made.show()")).toBe("'mixed'");
  });

  test("declare global adds a name for all", async () => {
    await pass("declare global { var shared: number }\nglobalThis.shared = 5; export const unused = 1");
    expect(await value("shared + globalThis.shared")).toBe("10");
  });

  test("what the compiler refuses leaves all as it was", async () => {
    await pass("let steady = 1");
    await fail("let steady = 'x'; const wrong: number = steady");
    expect(await value("steady.toFixed(1)")).toBe("'1.0'");
  });
});

describe("what was executed stays", () => {
  test("after a throw the names that were reached keep values and types; the others are what they were", async () => {
    await pass("let before = 'old'; let beyond = 'old'");
    await fail("let before = 1; const model = { loss: 0.5 }; throw new Error('stop'); let beyond = 2; let beyondAll = 3");
    expect(await value("[before + 1, model.loss, beyond.length]")).toBe("[ 2, 0.5, 3 ]");
    expect((await fail("beyondAll")).evalue).toMatch(/^TS2304: Cannot find name 'beyondAll'/);
  });

  test("after an interrupt as well", async () => {
    const { kernel } = cells;
    const id = await kernel.submit(
      "let steps = 0; const weights = [1]; for (;;) { await new Promise((next) => setTimeout(next, 5)); weights[0]++; if (steps++ === 0) console.log('runs') }",
    );
    await kernel.until(() => kernel.published(id).some(({ type }) => type === "stream"));
    await kernel.request("control", "interrupt_request", {});
    expect((await kernel.finished(id)).reply.ename).toBe("Interrupted");
    expect(await value("weights[0] > 1 && steps > 0")).toBe("true");
  });

  test("a cell that was stopped before it began leaves no trace", async () => {
    const { kernel } = cells;
    await pass("let untouched = 1");
    let stopped: Execution;
    // The interrupt may come too early to meet the cell, or too late.
    do {
      const id = await kernel.submit("let untouched = 'x'; let neverThere = 2; console.log('ran')");
      await kernel.request("control", "interrupt_request", {});
      stopped = await kernel.finished(id);
      if (stopped.reply.status === "ok") await pass("let untouched = 1");
    } while (stopped.reply.status === "ok" || stopped.stdout !== "");
    expect(stopped.reply.ename).toBe("Interrupted");
    expect(await value("untouched + 1")).toBe("2");
  });
});

describe("libraries do not see the notebook's names", () => {
  test.each(["window", "document", "process", "URL", "Buffer", "module", "define", "fetch"])(
    "a variable called %s misleads none",
    async (name) => {
      await pass(`const ${name} = { fake: true }`);
      expect(await value(`new Function("return typeof ${name}")() === ${JSON.stringify(globalType(name))} && (${name} as any).fake`)).toBe(
        "true",
      );
      expect(await value('import { pathToFileURL } from "url"; pathToFileURL("/a").href')).toBe("'file:///a'");
    },
  );

  const globalType = (name: string): string => typeof (globalThis as Record<string, unknown>)[name];
});
