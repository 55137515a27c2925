/** How a kernel process begins, asks and ends. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { KernelClient, launcher } from "./launcher-client.ts";

// A kernel that does not answer shall fail its test soon.
vi.setConfig({ testTimeout: 30_000 });

const kernels: KernelClient[] = [];
const start: typeof KernelClient.start = async (options) => {
  const kernel = await KernelClient.start(options);
  kernels.push(kernel);
  return kernel;
};
afterEach(async () => {
  await Promise.all(kernels.splice(0).map((kernel) => kernel.close()));
});

describe("the process", () => {
  test("ends when its parent's end of the pipe closes, also in the middle of a busy cell", async () => {
    const kernel = await start({ env: { CAIRN_PARENT_PIPE: "1" }, stdio: ["pipe"] });
    const id = await kernel.submit('console.log("runs"); while (true) {}');
    await kernel.until(() => kernel.published(id).some(({ type }) => type === "stream"));
    (kernel.process.stdio[3] as Writable).end();
    expect(await kernel.exited).toEqual({ code: null, signal: "SIGKILL" });
  });

  test("ends when the process that started it as jupyter_client does has gone", async () => {
    // A parent that starts the kernel, prints its process id, and is killed.
    const folder = mkdtempSync(join(tmpdir(), "cairn-parent-"));
    const connection = {
      transport: "ipc",
      ip: join(folder, "k"),
      key: "",
      shell_port: 1,
      control_port: 2,
      iopub_port: 3,
      stdin_port: 4,
      hb_port: 5,
    };
    writeFileSync(join(folder, "kernel.json"), JSON.stringify(connection));
    const code = `const child = require("node:child_process").spawn(process.execPath, [${JSON.stringify(launcher)}, ${JSON.stringify(join(folder, "kernel.json"))}],
      { env: { ...process.env, JPY_PARENT_PID: String(process.pid), CAIRN_PARENT_PIPE: "" }, stdio: "ignore", detached: true });
      console.log(child.pid); setInterval(() => undefined, 1000)`;
    const parent = spawn(process.execPath, ["-e", code], { stdio: ["ignore", "pipe", "inherit"] });
    const [pid] = await once(parent.stdout, "data");
    await vi.waitUntil(() => existsSync(join(folder, "k-1")), { timeout: 20_000 });
    parent.kill("SIGKILL");
    const isAlive = (): boolean =>
      existsSync(`/proc/${Number(pid)}/cmdline`) && readFileSync(`/proc/${Number(pid)}/cmdline`, "utf8") !== "";
    await expect.poll(isAlive, { timeout: 5000 }).toBe(false);
    rmSync(folder, { recursive: true });
  });

  test("sends what was printed before process.exit", async () => {
    const kernel = await start();
    const id = await kernel.submit("for (let i = 0; i < 5000; i++) console.log(i); process.exit(3)");
    expect(await kernel.exited).toEqual({ code: 3, signal: null });
    const text = (): string =>
      kernel
        .published(id)
        .filter(({ type }) => type === "stream")
        .map(({ content }) => content["text"])
        .join("");
    await kernel.until(() => text().endsWith("4999\n"));
    expect(text()).toBe(Array.from({ length: 5000 }, (_, i) => `${i}\n`).join(""));
  });

  test("ends after a shutdown request, whatever timers a cell has left", async () => {
    const kernel = await start();
    await kernel.execute("const timer = setInterval(() => undefined, 1000)");
    expect(await kernel.request("control", "shutdown_request", { restart: false })).toEqual({ status: "ok", restart: false });
    expect(await kernel.exited).toEqual({ code: 0, signal: null });
  });

  test("ends after a shutdown request in the middle of a busy cell", async () => {
    const kernel = await start();
    const id = await kernel.submit('console.log("runs"); while (true) {}');
    await kernel.until(() => kernel.published(id).some(({ type }) => type === "stream"));
    await kernel.request("control", "shutdown_request", { restart: true });
    expect(await kernel.exited).toEqual({ code: null, signal: "SIGKILL" });
  });

  test("says what to do when started by hand", () => {
    const { status, stderr } = spawnSync(process.execPath, [launcher], { encoding: "utf8" });
    expect([status, stderr]).toEqual([2, "usage: main.js CONNECTION_FILE (Jupyter starts it, see `cairn lab` and `cairn run`)\n"]);
  });
});

describe("input", () => {
  test("is asked of the client and given to the cell", async () => {
    const kernel = await start();
    const id = await kernel.submit('await (globalThis as any).__cairn__.input("Name? ", { password: true })', { allow_stdin: true });
    await kernel.until(() => kernel.messages.some(({ type }) => type === "input_request"));
    expect(kernel.messages.find(({ type }) => type === "input_request")).toMatchObject({
      channel: "stdin",
      parent: id,
      content: { prompt: "Name? ", password: true },
    });
    await kernel.send("stdin", "input_reply", { status: "ok", value: "李白" });
    expect((await kernel.finished(id)).of("execute_result")[0]?.data).toEqual({ "text/plain": "'李白'" });
  });

  test("fails clearly where nobody can answer", async () => {
    const kernel = await start();
    const { reply } = await kernel.execute('await (globalThis as any).__cairn__.input("Name? ")');
    expect(reply.evalue).toBe(
      'input: nobody is there to answer "Name? "\n  hint: run the notebook in JupyterLab (cairn lab), or pass the value as a parameter',
    );
  });
});

describe("requests about code", () => {
  test("are answered by the book", async () => {
    const kernel = await start();
    await kernel.execute("const wordCount = 1");
    await kernel.execute("const wordLength = 2");
    expect(await kernel.request("shell", "kernel_info_request", {})).toMatchObject({
      status: "ok",
      protocol_version: "5.3",
      language_info: {
        name: "typescript",
        version: "6.0.3",
        file_extension: ".ts",
        mimetype: "text/typescript",
        nbconvert_exporter: "script",
      },
    });
    expect(await kernel.request("shell", "complete_request", { code: "'😀' + wordC", cursor_pos: 11 })).toMatchObject({
      status: "ok",
      matches: ["wordCount"],
      cursor_start: 6,
      cursor_end: 11,
    });
    expect(await kernel.request("shell", "inspect_request", { code: "wordCount", cursor_pos: 2, detail_level: 0 })).toMatchObject({
      status: "ok",
      found: true,
      data: { "text/plain": expect.stringContaining("const wordCount: 1") },
    });
    expect(await kernel.request("shell", "comm_info_request", {})).toEqual({ status: "ok", comms: {} });
    expect(
      await kernel.request("shell", "history_request", { hist_access_type: "search", pattern: "*Length*", output: false, raw: true }),
    ).toEqual({
      status: "ok",
      history: [[0, 2, "const wordLength = 2"]],
    });
    for (const [code, status] of [
      ["1 + 1", "complete"],
      ["await fetch('x')", "complete"],
      ["function f() {", "incomplete"],
      ["const text = `a", "incomplete"],
      ["/* open", "incomplete"],
      ["const = 1", "invalid"],
    ] as const) {
      expect({ code, ...(await kernel.request("shell", "is_complete_request", { code })) }).toMatchObject({ code, status });
    }
  });
});

test("a local module's errors are shown in its own lines", async () => {
  const kernel = await start();
  writeFileSync(join(kernel.cwd, "local.ts"), "interface Gone { a: 1 }\nexport function fail(): void {\n  throw new Error('inside')\n}\n");
  const { reply } = await kernel.execute('import { fail } from "./local"; fail()');
  expect(reply.traceback.join("\n")).toContain(`    at fail (${kernel.cwd}/local.ts:3:9)`);
});
