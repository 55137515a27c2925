/** What a failing cell says: name, message, the reader's own lines with their source, whatever was thrown. */
import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { useCells } from "./cells.ts";

const cells = useCells();
const { value, pass, fail } = cells;

describe("a thrown error", () => {
  test("has name, message and the cell's own line, in colour", async () => {
    const { ename, evalue, traceback, execution } = await fail(
      'interface Erased { a: 1 }\nfunction boom(): never {\n  throw new RangeError("boom")\n}\n\nboom()',
    );
    const cell = `cell[${execution.reply.execution_count}]`;
    expect([ename, evalue]).toEqual(["RangeError", "boom"]);
    expect(traceback).toBe(
      [
        `${cell}:3:9`,
        "  1 | interface Erased { a: 1 }",
        "  2 | function boom(): never {",
        '> 3 |   throw new RangeError("boom")',
        "    |         ^",
        "  4 | }",
        "  5 |",
        "",
        `    at boom (${cell}:3:9)`,
        `    at ${cell}:6:1`,
        "RangeError: boom",
      ].join("\n"),
    );
    expect(execution.reply.traceback.join("\n")).toContain("\u001B[31mRangeError\u001B[39m: boom");
  });

  test("in a function of an earlier cell shows the line of both cells", async () => {
    const first = await pass('\nasync function later(): Promise<void> {\n  await 0\n  throw new Error("from before")\n}');
    const { traceback, execution } = await fail("const a = 1\nawait later()");
    const [earlier, own] = [first, execution].map(({ reply }) => `cell[${reply.execution_count}]`);
    expect(traceback).toBe(
      [
        `${own}:2:1`,
        "  1 | const a = 1",
        "> 2 | await later()",
        "    | ^",
        "",
        `${earlier}:4:9`,
        "  2 | async function later(): Promise<void> {",
        "  3 |   await 0",
        '> 4 |   throw new Error("from before")',
        "    |         ^",
        "  5 | }",
        "",
        `    at later (${earlier}:4:9)`,
        `    at async ${own}:2:1`,
        "Error: from before",
      ].join("\n"),
    );
  });

  test("names variables as the reader wrote them", async () => {
    const { evalue } = await fail("let notAFunction: any = 1\nnotAFunction()");
    expect(evalue).toBe("notAFunction is not a function");
    expect(evalue).toMatch(/^[ -~]+$/);
  });

  test("of the library is shown once: message, hint, the reader's lines, what caused it", async () => {
    await pass('import { tensor } from "kernel-helpers/tensor"');
    const { ename, evalue, traceback, execution } = await fail("const wide = tensor([[1, 2, 3]])\nwide.matmul(wide)");
    const cell = `cell[${execution.reply.execution_count}]`;
    expect(ename).toBe("ShapeError");
    expect(traceback.split(evalue.split("\n")[0]!).length - 1).toBe(1);
    expect(traceback.match(/hint:/g)).toHaveLength(1);
    expect(traceback).not.toMatch(/[\\/]dist[\\/]|node_modules|node:internal/);
    expect(traceback).toContain("> 2 | wide.matmul(wide)");
    expect(traceback.split("\n").filter((line) => /^\s+at /.test(line))).toEqual([`    at ${cell}:2:6`]);
  });

  test("of the library shows its cause beneath", async () => {
    const code = `const marked = Object.assign(new Error("outer\\n  hint: do it"), { [Symbol.for("kernel-helpers.error")]: true, cause: new TypeError("inner") }); throw marked`;
    expect((await fail(code)).traceback).toMatch(/Error: outer\n {2}hint: do it\n[\s\S]*caused by: TypeError: inner/);
  });

  test("shows its causes and the errors that it gathers", async () => {
    const { traceback } = await fail(
      'throw new AggregateError([new Error("first"), new TypeError("second")], "both", { cause: new RangeError("why") })',
    );
    for (const text of ["AggregateError: both", "Error: first", "TypeError: second", "RangeError: why"]) expect(traceback).toContain(text);
  });

  test.each([
    ["a message that is not a string", "throw Object.assign(new Error(), { message: { code: 7 } })", ["Error", "{ code: 7 }"]],
    ["a name that is not a string", "throw Object.assign(new Error('m'), { name: 5 })", ["5", "m"]],
    ["a message that throws", "throw Object.defineProperty(new Error('x'), 'message', { get() { throw 1 } })", ["Error", ""]],
    ["no message", "throw new TypeError()", ["TypeError", ""]],
    ["no stack", "throw Object.assign(new Error('bare'), { stack: undefined })", ["Error", "bare"]],
    [
      "a Proxy",
      "throw new Proxy(new Error('x'), { get() { throw 1 }, getPrototypeOf() { throw 2 } })",
      ["Thrown", expect.stringMatching(/^Error: x\n|fails to show itself/)],
    ],
    ["an object", "throw { code: 7 }", ["Thrown", "{ code: 7 }"]],
    ["a text", "throw 'text'", ["Thrown", "'text'"]],
    ["undefined", "throw undefined", ["Thrown", "undefined"]],
    ["a symbol", "throw Symbol('s')", ["Thrown", "Symbol(s)"]],
    ["a cycle of causes", "const circle = new Error('a'); circle.cause = circle; throw circle", ["Error", "a"]],
    [
      "an error of another realm",
      "import vm from 'vm'; vm.runInNewContext('throw new RangeError(\"elsewhere\")')",
      ["RangeError", "elsewhere"],
    ],
    ["an empty cause", "throw new Error('c', { cause: null })", ["Error", "c"]],
  ])("may have %s: name and message are text, and the kernel goes on", async (_, code, expected) => {
    const { ename, evalue, execution } = await fail(code);
    expect([ename, evalue]).toEqual(expected);
    const last = stripVTControlCharacters(execution.reply.traceback.at(-1) as string);
    expect(last.startsWith(evalue === "" ? ename : `${ename}: ${evalue}`)).toBe(true);
    expect(execution.reply.traceback.every((line: unknown) => typeof line === "string")).toBe(true);
    expect(await value("1 + 1")).toBe("2");
  });
});

describe("what nobody caught", () => {
  test("a rejection fails the cell that made it", async () => {
    expect(await fail('Promise.reject(new TypeError("floating")); 3')).toMatchObject({ ename: "TypeError", evalue: "floating" });
  });

  test("an exception in a callback fails the cell that waits", async () => {
    expect(await fail('setTimeout(() => { throw new Error("in a timer") }, 10); await new Promise(() => {})')).toMatchObject({
      evalue: "in a timer",
    });
  });

  test("a late rejection is shown beneath its own cell", async () => {
    const { kernel } = cells;
    const late = await kernel.submit('setTimeout(() => Promise.reject(new Error("too late")), 200); 1');
    await pass("await new Promise((done) => setTimeout(done, 500)); 2");
    await kernel.until(() => kernel.published(late).some(({ type }) => type === "error"));
    expect(kernel.published(late).find(({ type }) => type === "error")?.content).toMatchObject({ ename: "Error", evalue: "too late" });
  });
});
