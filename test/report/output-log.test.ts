/** What cells show, as lines of a log. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { LiveOutput } from "../../src/execute/index.ts";
import { createColours } from "../../src/report/colours.ts";
import { OutputLog } from "../../src/report/output-log.ts";

let written: string[];
let log: OutputLog;
const open = (hasMany = false, env = {}): void => {
  written = [];
  log = new OutputLog((lines) => written.push(...lines.split("\n")), createColours({}, env), hasMany);
};
beforeEach(() => {
  vi.useFakeTimers();
  open();
});
afterEach(() => {
  log.end();
  vi.useRealTimers();
});

const out = (text: string, name: "stdout" | "stderr" = "stdout"): LiveOutput => ({ kind: "stream", name, text });
const show = (output: LiveOutput, index = 0, path = "in/a.ipynb"): void => log.onEvent({ type: "cell-output", path, index, output });
const endCell = (index = 0, path = "in/a.ipynb"): void =>
  log.onEvent({ type: "cell-end", path, cell: { index, status: "passed", seconds: 1 }, outputs: [] });

test("whole lines come at once, one that goes on when it ends or its cell does", () => {
  show(out("one\ntw"));
  expect(written).toEqual(["cell 1 │ one"]);
  show(out("o\nthree"));
  expect(written).toEqual(["cell 1 │ one", "cell 1 │ two"]);
  endCell();
  expect(written.at(-1)).toBe("cell 1 │ three");
});

test("of several notebooks each line says of which it is", () => {
  open(true);
  show(out("x"), 2, "in/a.ipynb");
  show(out("y\n"), 0, "in/b.ipynb");
  show(out("z\n"), 2, "in/a.ipynb");
  expect(written).toEqual(["b 1 │ y", "a 3 │ xz"]);
});

test("a line that is written over is shown as a terminal leaves it, and every ten seconds before", () => {
  for (let percent = 0; percent <= 100; percent += 10) show(out(`\r${percent} %`));
  expect(written).toEqual([]);
  vi.advanceTimersByTime(11_000);
  expect(written).toEqual(["cell 1 │ 100 %"]);
  vi.advanceTimersByTime(60_000);
  expect(written).toHaveLength(1); // it has not changed
  show(out("\rdone \b!\n"));
  expect(written).toEqual(["cell 1 │ 100 %", "cell 1 │ done!"]);
});

test("a display that changes in place is shown when its cell ends", () => {
  for (const text of ["1 of 3", "2 of 3", "3 of 3"])
    show({ kind: "data", data: { "text/plain": text, "text/html": "<p>" }, isUpdate: true });
  expect(written).toEqual([]);
  endCell();
  expect(written).toEqual(["cell 1 │ 3 of 3"]);
});

test("images are named with their size, what has a text is shown by it", () => {
  const png = Buffer.alloc(30_000).toString("base64");
  show({ kind: "data", data: { "image/png": png, "text/html": "<img>" }, isUpdate: false });
  show({ kind: "data", data: { "image/svg+xml": "<svg/>", "text/plain": ["a\n", "b"] }, isUpdate: false });
  show({ kind: "data", data: { "application/vnd.plotly.v1+json": { data: [] } }, isUpdate: false });
  show({ kind: "data", data: { "text/plain": "42" }, isUpdate: false });
  expect(written).toEqual([
    "cell 1 │ [image/png, 30.0 kB]",
    "cell 1 │ a",
    "cell 1 │ b",
    "cell 1 │ [image/svg+xml, 6 bytes]",
    "cell 1 │ [application/vnd.plotly.v1+json, 11 bytes]",
    "cell 1 │ 42",
  ]);
});

test("colours stay where the log has some; what moves a cursor never does", () => {
  const text = "\u001b[31mred\u001b[0m \u001b[2J\u0007plain\n";
  show(out(text));
  open(false, { FORCE_COLOR: "1" });
  show(out(text));
  expect(written).toEqual(["\u001b[2mcell 1 │\u001b[0m \u001b[31mred\u001b[0m plain\u001b[0m"]);
  open();
  show(out(text));
  show({ kind: "error", ename: "E", evalue: "v", traceback: ["cell[1]:1", "E: v"] });
  expect(written).toEqual(["cell 1 │ red plain", "cell 1 │ cell[1]:1", "cell 1 │ E: v"]);
});

test("each stream has its own lines, in the order in which they come", () => {
  show(out("asks "));
  show(out("warns\n", "stderr"));
  show(out("answers\n"));
  expect(written).toEqual(["cell 1 │ asks", "cell 1 │ warns", "cell 1 │ answers"]);
});
