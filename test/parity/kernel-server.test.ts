/** The same execution against a real Jupyter Server. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { ServerKernels } from "../../src/dist/kernel/index.js";
import { run, untilPrinted } from "../kernel/transport-helpers.ts";

const token = "a-token";
let root: string;
let url: string;
let server: ChildProcess;
let kernels: ServerKernels;

beforeAll(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "server-")));
  mkdirSync(join(root, "unit", "lesson"), { recursive: true });
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  await new Promise((done) => probe.close(done));
  url = `http://127.0.0.1:${port}/`;
  server = spawn(
    resolve(".venv/bin/python"),
    [
      "-m",
      "jupyter_server",
      `--port=${port}`,
      "--port-retries=0",
      "--no-browser",
      "--allow-root",
      `--IdentityProvider.token=${token}`,
      `--ServerApp.root_dir=${root}`,
    ],
    {
      env: { ...process.env, JUPYTER_CONFIG_DIR: join(root, "config"), JUPYTER_RUNTIME_DIR: join(root, "runtime") },
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  let log = "";
  await new Promise<void>((started, failed) => {
    server.stderr!.on("data", (data) => {
      log += String(data);
      if (log.includes("is running at")) started();
    });
    server.once("exit", () => failed(new Error(log)));
  });
});
afterAll(async () => {
  server.kill();
  await once(server, "exit");
  rmSync(root, { recursive: true });
});

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
