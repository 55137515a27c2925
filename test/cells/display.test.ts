/** How values look: whatever they are, they neither hang nor fail their display, nor fill the notebook. */
import { describe, expect, test } from "vitest";
import { useCells } from "./cells.ts";

const cells = useCells();
const { value, pass, fail } = cells;

describe("a value", () => {
  test("comes as execute_result, shown four levels deep", async () => {
    expect(await value("({ a: { b: { c: { d: { e: 1 } } } } })")).toBe("{\n  a: {\n    b: { c: { d: { e: 1 } } }\n  }\n}");
  });

  test("may say itself what it looks like, at once or later", async () => {
    const { of } = await pass('({ [Symbol.for("Jupyter.display")]: () => ({ "text/html": "<b>1</b>", "text/plain": "1" }) })');
    expect(of("execute_result")[0]!.data).toEqual({ "text/html": "<b>1</b>", "text/plain": "1" });
    const later = await pass('({ [Symbol.for("Jupyter.display")]: async () => ({ "text/html": "<b>2</b>" }) })');
    expect(later.of("execute_result")[0]!.data["text/html"]).toBe("<b>2</b>");
  });

  test("that is a DataFrame or a Series of danfojs is a table with its index, cut where it is long", async () => {
    const code = 'import { DataFrame } from "danfojs-node"\nconst frame = new DataFrame({ token: ["<s>", "the"], share: [1 / 3, 2] })';
    const { of } = await pass(`${code}\nframe`);
    const html = of("execute_result")[0]!.data["text/html"] as string;
    expect(html).toContain('<th></th><th scope="col">token</th><th scope="col">share</th>');
    expect(html).toContain('<th scope="row">0</th><td style="text-align:left">&lt;s&gt;</td><td style="text-align:right">0.333333</td>');
    expect(of("execute_result")[0]!.data["text/plain"]).toContain("token");
    const series = await pass('frame.column("share")');
    expect(series.of("execute_result")[0]!.data["text/html"]).toContain('<th scope="row">1</th><td style="text-align:right">2</td>');
    const long = await pass("new DataFrame({ n: Array.from({ length: 51 }, (_, n) => n) })");
    expect(long.of("execute_result")[0]!.data["text/html"]).toContain('<tfoot><tr><td colspan="2">… and 1 more row</td></tr></tfoot>');
  });

  test.each([
    ["a Proxy that throws", "new Proxy({ a: 1 }, { get() { throw new Error('no') }, ownKeys() { throw new Error('no') } })", "{ a: 1 }"],
    [
      "a Proxy that answers everything",
      "new Proxy(function () {}, { get: () => () => new Proxy({}, {}) }) as any",
      "[Function (anonymous)]",
    ],
    ["a getter that throws", "({ get bad() { throw new Error('no') } })", "{ bad: [Getter] }"],
    ["a thenable that never settles", "({ then() {} })", "{ then: [Function: then] }"],
    [
      "one whose own display throws",
      "({ [Symbol.for('Jupyter.display')]() { throw new Error('no') }, a: 1 })",
      "{ a: 1, [Symbol(Jupyter.display)]: [Function: [Jupyter.display]] }",
    ],
    [
      "one whose inspection throws",
      "({ [Symbol.for('nodejs.util.inspect.custom')]() { throw new Error('no') }, a: 1 })",
      "{\n  a: 1,\n  [Symbol(nodejs.util.inspect.custom)]: [Function: [nodejs.util.inspect.custom]]\n}",
    ],
    ["a bigint", "2n ** 64n", "18446744073709551616n"],
    ["a symbol", "Symbol('s')", "Symbol(s)"],
    ["an object without a prototype", "Object.create(null)", "[Object: null prototype] {}"],
    ["a revoked Proxy", "const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); proxy", "<Revoked Proxy>"],
  ])("that is %s", async (_, code, text) => {
    expect(await value(code)).toBe(text);
  });

  test("that is long is cut, and says by how much", async () => {
    expect(await value("'x'.repeat(1e6)")).toMatch(/^'x{10000}'\.\.\. 990000 more characters$/);
    expect(await value("Array.from({ length: 1e6 }, (_, i) => i)")).toMatch(/\.\.\. 999900 more items\n\]$/);
    expect(String(await value("Array.from({ length: 100 }, (_, i) => 'y'.repeat(9000) + i)"))).toMatch(/\n… [\d,]+ more characters$/);
  });

  test("that is a promise shows its state, without the kernel's own marks, and a hint where await is missing", async () => {
    expect(await value("new Promise(() => 0)")).toBe(
      "Promise { <pending> }\n  \u001B[1mhint\u001B[22m: put await before it to get its value",
    );
    expect(await value("Promise.resolve(1)")).toBe("Promise { 1 }");
    expect((await pass("console.log(new Promise(() => 0), [Promise.resolve({ a: 1 })])")).stdout).toBe(
      "Promise { <pending> } [ Promise { { a: 1 } } ]\n",
    );
    expect(String(await value("const waiting = setTimeout(() => 0, 1); waiting"))).not.toMatch(/request|identities/);
  });

  test.each([
    ["a number where text is due", '({ [Symbol.for("Jupyter.display")]: () => ({ "text/html": 42 }) })', { "text/html": "42" }],
    ["lines", '({ [Symbol.for("Jupyter.display")]: () => ({ "text/plain": ["a\\n", "b"] }) })', { "text/plain": "a\nb" }],
    [
      "bytes",
      '({ [Symbol.for("Jupyter.display")]: () => ({ "image/png": new Uint8Array([1, 2]), "text/plain": "p" }) })',
      { "image/png": "AQI=", "text/plain": "p" },
    ],
    [
      "a cycle",
      'const ring: any = {}; ring.self = ring; ({ [Symbol.for("Jupyter.display")]: () => ({ "application/json": ring, "text/plain": "r" }) })',
      { "text/plain": "r" },
    ],
    ["nothing", '({ [Symbol.for("Jupyter.display")]: () => ({ "text/html": null, "text/plain": "n" }) })', { "text/plain": "n" }],
  ])("whose bundle has %s is sent as the protocol has it", async (_, code, data) => {
    expect((await pass(code)).of("execute_result")[0]!.data).toMatchObject(data);
  });
});

describe("tslab's own interface", () => {
  test("shows, and updates", async () => {
    const { of } = await pass(
      'import * as tslab from "tslab"; tslab.display.html("<p>a</p>"); tslab.display.png(Buffer.from([1])); const shown = tslab.newDisplay(); shown.text("1"); shown.text("2"); tslab.versions.node',
    );
    const [html, png, first] = of("display_data");
    expect([html!.data, png!.data, first!.data]).toEqual([{ "text/html": "<p>a</p>" }, { "image/png": "AQ==" }, { "text/plain": "1" }]);
    expect(of("update_display_data")).toEqual([{ data: { "text/plain": "2" }, metadata: {}, transient: first!.transient }]);
  });
});

describe("the kernel keeps its own", () => {
  test.each([
    [
      "timers",
      "globalThis.setTimeout = globalThis.setImmediate = globalThis.setInterval = (() => { throw new Error('fake') }) as any; globalThis.clearTimeout = undefined as any",
    ],
    [
      "Date and performance",
      "globalThis.Date = class { static now() { throw new Error('fake') } } as any; globalThis.performance = undefined as any",
    ],
    [
      "console and stdout",
      "console.log = console.error = () => { throw new Error('fake') }; process.stderr.write = process.stdout.write = () => { throw new Error('fake') }",
    ],
    [
      "JSON, Promise, Map and Buffer",
      "JSON.stringify = JSON.parse = () => { throw new Error('fake') }; globalThis.Promise = undefined as any; globalThis.Map = undefined as any; globalThis.Buffer = undefined as any",
    ],
    ["listeners of signals and exceptions", "process.removeAllListeners()"],
    ["Error.prepareStackTrace", "Error.prepareStackTrace = () => { throw new Error('fake') }; Error.stackTraceLimit = 0"],
  ])("%s", async (_, patch) => {
    const { KernelClient } = await import("../kernel/launcher-client.ts");
    const kernel = await KernelClient.start();
    expect((await kernel.execute(patch)).reply.status).toBe("ok");
    expect((await kernel.execute("6 * 7")).of("execute_result")[0]?.data).toEqual({ "text/plain": "42" });
    expect((await kernel.execute("throw new RangeError('boom')")).reply).toMatchObject({ ename: "RangeError", evalue: "boom" });
    expect((await kernel.execute("import { sep } from 'path'; await null; sep")).of("execute_result")[0]?.data).toEqual({
      "text/plain": "'/'",
    });
    expect((await kernel.execute("Promise", { silent: true })).reply.status).toMatch(/ok|error/);
    await kernel.close();
  });
});

test("a failing display of one cell leaves the next alone", async () => {
  await fail("throw { toString() { throw 1 }, [Symbol.for('nodejs.util.inspect.custom')]() { throw 2 } }");
  expect(await value("1")).toBe("1");
});
