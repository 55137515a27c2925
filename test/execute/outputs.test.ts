/**
 * Messages → outputs: the message-level cases of nbclient (tests/test_client.py, test_idle_message … test_coalesce_streams), those of
 * JupyterLab's output area (packages/outputarea/test/model.spec.ts), and what neither has.
 */
import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CellOutputs } from "../../src/execute/cell-outputs.ts";
import { NotebookOutputs, type OutputMessage } from "../../src/execute/notebook-outputs.ts";
import type { Output } from "../../src/nbformat/index.ts";

type Script = [type: string, content: object, parent?: string];

const message = ([type, content, parent = "one"]: Script): OutputMessage => ({
  header: { msg_type: type },
  parent_header: parent === "" ? {} : { msg_id: parent },
  content,
});

/** What two cells, which sent the requests "one" and "two", show after these messages. */
function play(...script: Script[]): [Output[], Output[]] {
  const outputs = new NotebookOutputs();
  const [first, second] = [new CellOutputs(), new CellOutputs()];
  outputs.assign("one", first);
  outputs.assign("two", second);
  for (const line of script) outputs.handle(message(line));
  return [first.take(), second.take()];
}

const shown = (...script: Script[]): Output[] => play(...script)[0];

const stream = (name: string, text: string): Script => ["stream", { name, text }];
const streamOutput = (name: "stdout" | "stderr", text: string): Output => ({ output_type: "stream", name, text });
const foobar = { metadata: { metafoo: "metabar" }, data: { foo: "bar" } };
const foobar2 = { metadata: { metafoo2: "metabar2" }, data: { foo: "bar2", baz: "foobarbaz" } };
const other = { metadata: { metafoo_other: "metabar_other" }, data: { foo: "bar_other" } };
const withId = (id: string, content: object): object => ({ ...content, transient: { display_id: id } });

describe("nbclient's cases", () => {
  test.each<[name: string, script: Script[], expected: Output[]]>([
    ["idle", [["status", { execution_state: "idle" }]], []],
    ["busy", [["status", { execution_state: "busy" }]], []],
    ["a message for the wrong parent", [["stream", { name: "stdout", text: "foo" }, "another client's"]], []],
    ["execute_input", [["execute_input", {}]], []],
    ["streams", [stream("stdout", "foo"), stream("stderr", "bar")], [streamOutput("stdout", "foo"), streamOutput("stderr", "bar")]],
    ["clear_output", [stream("stdout", "foo"), ["clear_output", {}]], []],
    ["clear_output that waits", [stream("stdout", "foo"), ["clear_output", { wait: true }]], [streamOutput("stdout", "foo")]],
    [
      "clear_output that waits, then a message",
      [stream("stdout", "foo"), ["clear_output", { wait: true }], stream("stderr", "bar")],
      [streamOutput("stderr", "bar")],
    ],
    [
      "clear_output that waits, then an update, which adds nothing",
      [stream("stdout", "foo"), ["clear_output", { wait: true }], ["update_display_data", foobar]],
      [streamOutput("stdout", "foo")],
    ],
    ["a widget's comm", [["comm_msg", { comm_id: "foobar", data: { state: { foo: "bar" } } }]], []],
    ["an unknown comm", [["comm_unknown", {}]], []],
    [
      "execute_result",
      [["execute_result", { ...foobar, execution_count: 42 }]],
      [{ output_type: "execute_result", ...foobar, execution_count: 42 }],
    ],
    [
      "execute_result with a display id",
      [["execute_result", withId("foobar", { ...foobar, execution_count: 42 })]],
      [{ output_type: "execute_result", ...foobar, execution_count: 42 }],
    ],
    ["display_data without an id", [["display_data", foobar]], [{ output_type: "display_data", ...foobar }]],
    ["display_data with an id", [["display_data", withId("foobar", foobar)]], [{ output_type: "display_data", ...foobar }]],
    [
      "display_data with an id that is shown already",
      [
        ["display_data", withId("foobar", foobar)],
        ["display_data", withId("foobar_other", other)],
        ["display_data", withId("foobar", foobar2)],
      ],
      [
        { output_type: "display_data", ...foobar2 },
        { output_type: "display_data", ...other },
        { output_type: "display_data", ...foobar2 },
      ],
    ],
    ["an update without an id", [["update_display_data", foobar]], []],
    [
      "an update of another id",
      [
        ["display_data", withId("foobar", foobar2)],
        ["update_display_data", withId("foobar2", foobar)],
      ],
      [{ output_type: "display_data", ...foobar2 }],
    ],
    [
      "an update",
      [
        ["display_data", withId("foobar", foobar)],
        ["update_display_data", withId("foobar", foobar2)],
      ],
      [{ output_type: "display_data", ...foobar2 }],
    ],
    [
      "an error",
      [["error", { ename: "foo", evalue: "bar", traceback: ["Boom"] }]],
      [{ output_type: "error", ename: "foo", evalue: "bar", traceback: ["Boom"] }],
    ],
    [
      // nbclient joins across others: stdout "foo1foo2", stderr "bar1bar2", in an order in which nothing was printed. JupyterLab does not.
      "streams in turn",
      [stream("stdout", "foo1"), stream("stderr", "bar1"), stream("stdout", "foo2"), stream("stderr", "bar2")],
      [streamOutput("stdout", "foo1"), streamOutput("stderr", "bar1"), streamOutput("stdout", "foo2"), streamOutput("stderr", "bar2")],
    ],
  ])("%s", (_, script, expected) => {
    expect(shown(...script)).toEqual(expected);
  });
});

describe("JupyterLab's cases", () => {
  test("consecutive stream outputs of the same kind are consolidated", () => {
    expect(shown(stream("stdout", "hello"), stream("stderr", "oh"), stream("stderr", " no"))).toEqual([
      streamOutput("stdout", "hello"),
      streamOutput("stderr", "oh no"),
    ]);
  });

  test("carriage returns and backspaces are applied as text arrives", () => {
    expect(shown(stream("stdout", "Jupyter\rj"), stream("stdout", "\njj\bupyter"), stream("stdout", "\r\r\njupyter"))).toEqual([
      streamOutput("stdout", "jupyter\njupyter\njupyter"),
    ]);
  });

  test("clear() clears all; with wait, the next output does", () => {
    expect(shown(stream("stdout", "a"), ["display_data", foobar], ["clear_output", { wait: false }])).toEqual([]);
    expect(shown(stream("stdout", "a"), ["clear_output", { wait: true }], ["display_data", foobar])).toEqual([
      { output_type: "display_data", ...foobar },
    ]);
  });

  test("clear() takes an earlier clear(wait) back", () => {
    expect(shown(["clear_output", { wait: true }], ["clear_output", {}], stream("stdout", "a"), stream("stdout", "b"))).toEqual([
      streamOutput("stdout", "ab"),
    ]);
  });
});

describe("beyond one cell", () => {
  test("late output goes to the cell that it is of", () => {
    expect(play(["stream", { name: "stdout", text: "of two" }, "two"], ["stream", { name: "stdout", text: "late" }, "one"])).toEqual([
      [streamOutput("stdout", "late")],
      [streamOutput("stdout", "of two")],
    ]);
  });

  test("what no request caused goes to the last cell", () => {
    expect(play(["stream", { name: "stderr", text: "stray" }, ""])).toEqual([[], [streamOutput("stderr", "stray")]]);
  });

  test("a cell updates the display of an earlier one, and what shows it twice twice", () => {
    expect(
      play(
        ["display_data", withId("bar", foobar)],
        ["display_data", withId("bar", foobar), "two"],
        ["update_display_data", withId("bar", foobar2), "two"],
      ),
    ).toEqual([[{ output_type: "display_data", ...foobar2 }], [{ output_type: "display_data", ...foobar2 }]]);
  });

  test("an update after a clear shows nothing", () => {
    expect(shown(["display_data", withId("bar", foobar)], ["clear_output", {}], ["update_display_data", withId("bar", foobar2)])).toEqual(
      [],
    );
  });

  test("a kernel that leaves fields out is forgiven", () => {
    expect(shown(["display_data", { data: { "text/plain": "x" } }], ["error", {}], ["stream", { name: "stdout" }])).toEqual([
      { output_type: "display_data", data: { "text/plain": "x" }, metadata: {} },
      { output_type: "error", ename: "Error", evalue: "", traceback: [] },
    ]);
  });
});

describe("the limit", () => {
  const texts = fc.array(
    fc.tuple(fc.constantFrom("stdout", "stderr"), fc.string({ unit: fc.constantFrom("a", "b", "\n"), maxLength: 40 })),
    { maxLength: 60 },
  );
  const write = (limit: number, parts: [string, string][]): Output[] => {
    const outputs = new CellOutputs(limit);
    for (const [name, text] of parts) outputs.stream(name as "stdout", text);
    return outputs.take();
  };
  const textOf = (outputs: Output[]): string => outputs.map((output) => (output.output_type === "stream" ? output.text : "")).join("");

  test("what stays beneath it is not touched", () => {
    fc.assert(
      fc.property(texts, (parts) => {
        expect(textOf(write(1e6, parts))).toBe(parts.map(([, text]) => text).join(""));
      }),
    );
  });

  test("beyond it, beginning and end are kept, and the number of characters between them is said", () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 100 }), (parts, half) => {
        const whole = parts.map(([, text]) => text).join("");
        const all = textOf(write(2 * half, parts));
        const notice = /\n\[([\d,]+) characters left out here: a cell keeps its first and last \d+\]\n/;
        const [head, leftOut, tail] = all.split(notice) as [string, string?, string?];
        expect(leftOut === undefined).toBe(all === whole);
        if (leftOut === undefined) return;
        expect(whole.startsWith(head)).toBe(true);
        expect(whole.endsWith(tail!)).toBe(true);
        expect(head.length + tail!.length + Number(leftOut.replaceAll(",", ""))).toBe(whole.length);
        expect(head.length).toBeLessThanOrEqual(half);
        expect(head.length + tail!.length).toBeLessThanOrEqual(2 * half);
      }),
      { numRuns: 1000 },
    );
  });

  test("it cuts at the ends of lines", () => {
    const lines = Array.from({ length: 1000 }, (_, line) => `line ${line}\n`);
    expect(write(100, [["stdout", lines.join("")]])).toEqual([
      streamOutput("stdout", lines.slice(0, 7).join("")),
      streamOutput("stderr", "\n[8,796 characters left out here: a cell keeps its first and last 50]\n"),
      streamOutput("stdout", lines.slice(-5).join("")),
    ]);
  });

  test("a display is kept whole or left out, and errors at the end stay", () => {
    const outputs = new CellOutputs(100);
    const figure = (name: string): void =>
      outputs.add({ output_type: "display_data", data: { "text/plain": name.padEnd(40) }, metadata: {} });
    for (let index = 0; index < 50; index++) figure(`figure ${index}`);
    outputs.add({ output_type: "error", ename: "Error", evalue: "boom", traceback: ["boom"] });
    const kept = outputs
      .take()
      .map((output) => (output.output_type === "display_data" ? String(output.data["text/plain"]).trim() : output.output_type));
    expect(kept).toEqual(["figure 0", "figure 1", "stream", "figure 48", "figure 49", "error"]);
  });

  test("50 MB in small pieces take time in proportion, and stay within the limit", () => {
    const outputs = new CellOutputs();
    const line = `${"x".repeat(99)}\n`;
    const begun = performance.now();
    for (let count = 0; count < 500_000; count++) outputs.stream("stdout", line);
    const taken = outputs.take();
    expect(performance.now() - begun).toBeLessThan(5000);
    expect(taken.map((output) => output.output_type === "stream" && [output.name, output.text.length])).toEqual([
      ["stdout", 16_000_000],
      ["stderr", 83],
      ["stdout", 16_000_000],
    ]);
  });
});

describe("what a kernel sends is made valid", () => {
  const schema = JSON.parse(readFileSync(new URL("../nbformat/schemas/nbformat.v4.5.schema.json", import.meta.url), "utf8")) as object;
  const ajv = new Ajv({ strict: false }).addSchema({ ...schema, $schema: undefined }, "notebook");
  const isValid = (output: unknown): boolean => ajv.validate("notebook#/definitions/output", output);

  test.each<[Script, Partial<Output>]>([
    [["display_data", { data: { "text/html": 42, "text/plain": ["a", "b"] } }], { data: { "text/html": "42", "text/plain": "ab" } }],
    [
      ["display_data", { data: { "text/html": null, "text/plain": { a: 1 }, "a/b": false } }],
      { data: { "text/plain": '{"a":1}', "a/b": "false" } },
    ],
    [
      ["display_data", { data: { "application/json": 42, "application/vnd.x+json": null } }],
      { data: { "application/json": 42, "application/vnd.x+json": null } },
    ],
    [["display_data", { data: null, metadata: null, transient: null }], { data: {}, metadata: {} }],
    [["execute_result", { data: { "text/plain": "1" }, metadata: [], execution_count: -1 }], { metadata: {}, execution_count: null }],
    [["execute_result", { data: { "text/plain": "1" }, execution_count: "3" }], { execution_count: null }],
    [["stream", { name: 3, text: 42 }], { name: "stdout", text: "42" }],
    [["error", { ename: null, evalue: 3, traceback: "one text" }], { ename: "Error", evalue: "3", traceback: ["one text"] }],
    [["error", { ename: "E", evalue: null, traceback: [1, null, "x"] }], { ename: "E", evalue: "", traceback: ["1", "", "x"] }],
  ])("%j", (script, expected) => {
    const [output] = shown(script);
    expect(output).toMatchObject(expected);
    expect([isValid(output), ajv.errors]).toEqual([true, null]);
  });

  test("whatever it sends", () => {
    const anything = fc.jsonValue({ maxDepth: 2 });
    const type = fc.constantFrom("display_data", "execute_result", "update_display_data", "stream", "error", "clear_output");
    const keys = ["data", "metadata", "execution_count", "name", "text", "ename", "evalue", "traceback", "transient"];
    const content = fc.record(Object.fromEntries(keys.map((key) => [key, anything])), { requiredKeys: [] });
    const bundle = fc.dictionary(fc.constantFrom("text/plain", "image/png", "application/json"), anything).map((data) => ({ data }));
    fc.assert(
      fc.property(fc.array(fc.tuple(type, fc.oneof(content, bundle)), { maxLength: 4 }), (script) => {
        for (const output of shown(...script)) expect([isValid(output), ajv.errors]).toEqual([true, null]);
      }),
    );
  });
});
