/** One notebook against a real Jupyter Server: the same results as on a kernel of ours. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { ServerKernels } from "../../src/dist/kernel/index.js";
import { type CellSketch, errorsOf, execute, type Executed, notebookOf, textOf } from "../kernel/execute-helpers.ts";
import { allOutputs, pythonSpec } from "./execute-helpers.ts";
import { type JupyterServer, startJupyterServer } from "./jupyter-server.ts";

let server: JupyterServer;
let kernels: ServerKernels;
beforeAll(async () => {
  server = await startJupyterServer();
});
afterEach(() => kernels.close());
afterAll(() => server.stop());

const run = (cells: CellSketch[], options = {}): Promise<Executed> => {
  kernels = new ServerKernels({ ...server, kernel: "python3" });
  return execute(notebookOf(...cells), { kernels, cwd: server.root, ...options });
};

test("outputs, errors and counts are those of a kernel of ours", async () => {
  const cells = [
    "x = 20\nprint('hello')",
    "1 / 0",
    "from IPython.display import display\nhandle = display('a', display_id=True)",
    "handle.update('b')\nx + 1",
  ];
  const { notebook, result } = await run(cells, { allowErrors: true });
  expect(result.status).toBe("passed");
  const { notebook: local } = await execute(notebookOf(...cells), { spec: pythonSpec(), allowErrors: true });
  expect(allOutputs(notebook)).toEqual(allOutputs(local));
});

test("20,000 lines of one cell all arrive", async () => {
  const { outputs } = await run(["for i in range(20000): print(i)"]);
  expect(textOf(outputs[0]!)).toBe(Array.from({ length: 20000 }, (_, line) => `${line}\n`).join(""));
});

test("an endless cell with a limit of 1 s", async () => {
  const { statuses, outputs } = await run(["print('begun', flush=True)\nwhile True: pass", "1"], { cellTimeoutSeconds: 1 });
  expect(statuses).toEqual(["timeout", "skipped"]);
  expect(textOf(outputs[0]!)).toBe("begun\n");
  expect(errorsOf(outputs[0]!)).toEqual([["CellTimeout", "the cell ran longer than 1 s"]]);
});

test("a kernel that dies, though the server starts another", async () => {
  const { result, statuses } = await run(["import os; os._exit(3)", "1"]);
  expect(statuses).toEqual(["died", "skipped"]);
  expect(result.cells[0]!.error).toEqual({ name: "KernelDied", message: "the kernel ended" });
});

test("the server has no kernel of ours afterwards", async () => {
  await run(["1"]);
  const response = await fetch(`${server.url}api/kernels`, { headers: { authorization: `token ${server.token}` } });
  expect(await response.json()).toEqual([]);
});
