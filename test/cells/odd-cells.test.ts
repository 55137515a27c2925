/** What a reader who tries hard found: cells that are right, and were not run so at first. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { useCells } from "./cells.ts";

const folder = mkdtempSync(join(tmpdir(), "cairn-odd-"));
writeFileSync(join(folder, "shape.ts"), "console.log('shape is read'); export class Shape {}; export const registry: string[] = []");
writeFileSync(
  join(folder, "circle.ts"),
  'import { Shape, registry } from "./shape"; export class Circle extends Shape {}; registry.push("circle")',
);
writeFileSync(join(folder, "slow.ts"), "await new Promise((done) => setTimeout(done, 600)); export const slow = 1");

const cells = useCells({ cwd: folder });
const { value, pass, fail } = cells;

describe("names", () => {
  test.each(["cairn", "__dirname", "__own", "___three", "$", "变量", "pause", "resume", "value"])("may be called %s", async (name) => {
    expect(await value(`const ${name} = 1; ${name}`, `const ${name} = 2; [${name}, await Promise.resolve(3)]`)).toBe("[ 2, 3 ]");
  });

  test("of var count without a value", async () => {
    expect(await value("var bare; bare = 5; export var other; bare", "other = 6; if (true) { var inner; } [bare, other, inner]")).toBe(
      "[ 5, 6, undefined ]",
    );
  });

  test("of functions that are assigned are those of their variables", async () => {
    await pass(
      "let later: any; later = () => 1; let Kind: any; Kind = class {}; let filled: any; filled ??= function () {}; const { cb = () => 1 } = {} as any; var nested: any; if (true) { var deep = () => 1 }",
    );
    expect(
      await value("[later.name === 'later', Kind.name === 'Kind', filled.name === 'filled', cb.name === 'cb', deep.name === 'deep']"),
    ).toBe("[ true, true, true, true, true ]");
  });

  test("that are only declared are globals which another has made", async () => {
    await pass("globalThis.made = 5 as any");
    expect(await value("declare var made: number; made", "made + 1")).toBe("6");
    expect(await value("let mine = 1", "declare let mine: number; mine + 1")).toBe("2");
  });

  test("may be declared as functions that a later cell makes", async () => {
    expect(
      await value(
        "declare function odd(n: number): boolean; function even(n: number): boolean { return n === 0 || odd(n - 1) }",
        "function odd(n: number): boolean { return n !== 0 && even(n - 1) }",
        "[even(4), odd(4)]",
      ),
    ).toBe("[ true, false ]");
  });

  test("are exported by a list as well", async () => {
    expect(await value("const listed = 1; const renamed = 2; export { listed, renamed as other2 }; listed", "listed + renamed")).toBe("3");
  });

  test("that a cell adds for all can be corrected", async () => {
    await pass("declare global { interface Config9 { a: string } var count9: string }\nexport {}");
    await pass("declare global { interface Config9 { a: number } var count9: number }\nexport {}");
    expect(await value("globalThis.count9 = 1; const config: Config9 = { a: 2 }; config.a + count9")).toBe("3");
  });
});

describe("texts", () => {
  test("of the reader keep every character", async () => {
    expect(await value(String.raw`["a\u200cb", "می\u200cخواهم"].map((text) => text.length)`)).toBe("[ 3, 8 ]");
    expect(await value(String.raw`"a\u200cb"`)).toBe("'a\u200Cb'");
    expect((await fail(String.raw`throw new Error("a\u200cb")`)).evalue).toBe("a\u200Cb");
  });

  test("that look like code of a module are texts", async () => {
    expect(await value("const code = `\nexport {};\n`; code.length")).toBe("12");
  });

  test("with half a character are sent as valid text", async () => {
    const { stdout, of } = await pass('console.log("😀"[0] + "|" + "\\\\ud83d"); "😀"[1]');
    expect(stdout).toBe("\uFFFD|\\ud83d\n");
    expect(of("execute_result")[0]!.data["text/plain"]).toBe("'\\ude00'");
  });
});

describe("modules", () => {
  test("beside the notebook are one, no matter which cell imports them", async () => {
    const { stdout, of } = await pass(
      'import { Shape, registry } from "./shape"; import { Circle } from "./circle"; [new Circle() instanceof Shape, registry]',
    );
    expect(stdout).toBe("shape is read\n");
    expect(of("execute_result")[0]!.data["text/plain"]).toBe("[ true, [ 'circle' ] ]");
  });

  test("that take long to load do not let a stopped cell begin", async () => {
    const { kernel } = cells;
    const id = await kernel.submit('import { slow } from "./slow"; console.log("goes on", slow)');
    await new Promise((resolve) => setTimeout(resolve, 300));
    await kernel.request("control", "interrupt_request", {});
    expect((await kernel.finished(id)).reply.ename).toBe("Interrupted");
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(kernel.published(id).filter(({ type }) => type === "stream")).toEqual([]);
  });

  test("are found by import.meta.resolve and import … = require", async () => {
    expect(await value('import path = require("path"); [import.meta.resolve("node:fs"), path.basename("/a/b")]')).toBe(
      "[ 'node:fs', 'b' ]",
    );
  });
});

describe("a display without an end", () => {
  test.each([
    ["of util.inspect", "({ [Symbol.for('nodejs.util.inspect.custom')]() { for (;;) {} } })"],
    ["of Jupyter", "({ [Symbol.for('Jupyter.display')]() { for (;;) {} } })"],
    ["within its JSON", "({ [Symbol.for('Jupyter.display')]: () => ({ 'application/json': { toJSON() { for (;;) {} } } }) })"],
    ["of what is thrown", "throw { [Symbol.for('nodejs.util.inspect.custom')]() { for (;;) {} } }"],
  ])("%s is ended by ■", async (_, code) => {
    const { kernel } = cells;
    const id = await kernel.submit(`console.log("shown");\n${code}`);
    await kernel.until(() => kernel.published(id).some(({ type }) => type === "stream"));
    await new Promise((resolve) => setTimeout(resolve, 100));
    await kernel.request("control", "interrupt_request", {});
    expect((await kernel.finished(id)).reply.ename).toBe("Interrupted");
    expect(await value("1 + 1")).toBe("2");
  });
});

test("■ is heard while a cell is compiled", async () => {
  const { kernel } = cells;
  const id = await kernel.submit(`const deep = ${"[".repeat(900)}${"]".repeat(900)}; 1`);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const begun = Date.now();
  await kernel.request("control", "interrupt_request", {});
  const { reply } = await kernel.finished(id);
  expect([reply.ename ?? reply.status, Date.now() - begun < 3000]).toEqual([expect.stringMatching(/Interrupted|ok/), true]);
});

test("a first line for other programs is passed over", async () => {
  expect(await value("#!/usr/bin/env node\n1 + 1")).toBe("2");
});

test("an answer that comes too late is not taken for the next question's", async () => {
  const { kernel } = cells;
  const first = await kernel.submit('prompt("wait")', { allow_stdin: true });
  await kernel.until(() => kernel.messages.some(({ type, parent }) => type === "input_request" && parent === first));
  await kernel.request("control", "interrupt_request", {});
  await kernel.finished(first);
  await kernel.send("stdin", "input_reply", { status: "ok", value: "late" });
  const next = await kernel.submit('prompt("next")', { allow_stdin: true });
  await kernel.until(() => kernel.messages.some(({ type, parent }) => type === "input_request" && parent === next));
  await kernel.send("stdin", "input_reply", { status: "ok", value: "right" });
  expect((await kernel.finished(next)).of("execute_result")[0]!.data["text/plain"]).toBe("'right'");
});
