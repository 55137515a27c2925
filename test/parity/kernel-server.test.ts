/** The same execution against a real Jupyter Server. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { ServerKernels } from "../../src/dist/kernel/index.js";
import { run, untilPrinted } from "../kernel/transport-helpers.ts";
import { type JupyterServer, startJupyterServer } from "./jupyter-server.ts";

let root: string;
let url: string;
let token: string;
let server: JupyterServer;
let kernels: ServerKernels;

beforeAll(async () => {
  server = await startJupyterServer();
  ({ root, url, token } = server);
  mkdirSync(join(root, "unit", "lesson"), { recursive: true });
});
afterAll(() => server.stop());

const open = (options = {}): ServerKernels => (kernels = new ServerKernels({ url, token, root, kernel: "python3", ...options }));
afterEach(() => kernels.close());

const runningKernels = async (): Promise<unknown[]> =>
  (await fetch(`${url}api/kernels`, { headers: { authorization: `token ${token}` } })).json() as Promise<unknown[]>;

test("executes in the folder that the server has for ours", async () => {
  const kernel = await open().acquire(join(root, "unit", "lesson"));
  const { stdout, results } = await run(kernel, "import os; print('hello'); os.getcwd()");
  expect([stdout, results]).toEqual(["hello\n", [`'${join(root, "unit", "lesson")}'`]]);
});

test("a folder outside the server's root becomes the root", async () => {
  const kernel = await open().acquire("/usr");
  expect((await run(kernel, "import os; os.getcwd()")).results).toEqual([`'${root}'`]);
});

test("the token may stand in the URL, as Jupyter prints it", async () => {
  const kernel = await open({ url: `${url}lab?token=${token}`, token: undefined }).acquire(root);
  expect((await run(kernel, "2 + 3")).results).toEqual(["5"]);
});

test("interrupt", async () => {
  const kernel = await open().acquire(root);
  const future = kernel.connection.requestExecute({ code: "print('begun', flush=True)\nwhile True: pass" });
  await untilPrinted(future, /begun/);
  await kernel.interrupt();
  expect((await future.done).content).toMatchObject({ status: "error", ename: "KeyboardInterrupt" });
});

test("a kernel that dies is reported, though the server starts another", async () => {
  const kernel = await open().acquire(root);
  kernel.connection.requestExecute({ code: "import os; os._exit(3)" }).done.catch(() => undefined);
  expect(await kernel.died).toEqual({ code: null, signal: null, lastWords: "" });
});

test("close() ends the kernels, and only ours", async () => {
  const before = await runningKernels();
  const source = open();
  await Promise.all([source.acquire(root), source.acquire(root)]);
  expect(await runningKernels()).toHaveLength(before.length + 2);
  await source.close();
  expect(await runningKernels()).toEqual(before);
});

test("a wrong token, and a kernel it does not have", async () => {
  await expect(open({ token: "wrong" }).acquire(root)).rejects.toThrow(
    `the Jupyter Server at ${url} refuses the token\n  hint: jupyter server list shows each server with its token; pass it with --token`,
  );
  await expect(open({ kernel: "cobol" }).acquire(root)).rejects.toThrow(
    `the Jupyter Server at ${url} has no kernel "cobol" (it has python3`,
  );
});
