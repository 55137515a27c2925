/** Cairn's transport is no tslab client: ipykernel, found in the peers' environment, runs beneath it as well. */
import { resolve } from "node:path";
import type { Kernel, KernelMessage } from "@jupyterlab/services";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findKernelspec, startKernel, type RunningKernel } from "../../src/dist/kernel/index.js";
import { isAlive, run, untilPrinted } from "../kernel/transport-helpers.ts";

const start = (): Promise<RunningKernel> => {
  const spec = findKernelspec("python3", { env: { ...process.env, VIRTUAL_ENV: resolve(".venv") } });
  return startKernel(spec, { cwd: process.cwd() });
};

describe("ipykernel", () => {
  let kernel: RunningKernel;
  beforeAll(async () => {
    kernel = await start();
  });
  afterAll(() => kernel.close());

  test("runs in the environment's Python", async () => {
    const { results } = await run(kernel, "import os, sys; (sys.prefix, os.getcwd())");
    expect(results).toEqual([`('${resolve(".venv")}', '${process.cwd()}')`]);
  });

  test("reports an error, and goes on", async () => {
    expect((await run(kernel, "1 / 0")).reply).toMatchObject({ status: "error", ename: "ZeroDivisionError", evalue: "division by zero" });
    expect((await run(kernel, "6 * 7")).results).toEqual(["42"]);
  });

  test("20,000 lines of one cell all arrive", async () => {
    const { stdout } = await run(kernel, "for i in range(20000): print(i)");
    expect(stdout).toBe(Array.from({ length: 20000 }, (_, line) => `${line}\n`).join(""));
  });

  test.each(["while True: pass", "import time; time.sleep(1000)"])("SIGINT stops %s", async (endless) => {
    const future = kernel.connection.requestExecute({ code: `print("begun", flush=True)\n${endless}` });
    await untilPrinted(future, /begun/);
    await kernel.interrupt();
    expect((await future.done).content).toMatchObject({ status: "error", ename: "KeyboardInterrupt" });
  });

  test("asks for input on the channel of who asked it", async () => {
    const future = kernel.connection.requestExecute({ code: "print(input('name? ').upper())", allow_stdin: true });
    future.onStdin = () => future.sendInputReply({ status: "ok", value: "ada" }, {} as KernelMessage.IInputReplyMsg["parent_header"]);
    expect(await untilPrinted(future, /\n/)).toBe("ADA\n");
  });

  test("binary buffers come and go unchanged", async () => {
    const opened = new Promise<[Kernel.IComm, KernelMessage.ICommOpenMsg]>((found) => {
      kernel.connection.registerCommTarget("echo", (comm, message) => found([comm, message]));
    });
    await run(
      kernel,
      `from comm import create_comm
comm = create_comm(target_name="echo", buffers=[bytes(range(256)), b""])
comm.on_msg(lambda message: comm.send(data=[list(bytes(buffer)) for buffer in message["buffers"]]))`,
    );
    const [comm, { buffers }] = await opened;
    const bytes = buffers!.map((buffer) => [...new Uint8Array((buffer as DataView).buffer)]);
    expect(bytes).toEqual([Array.from({ length: 256 }, (_, value) => value), []]);
    const echoed = new Promise((found) => (comm.onMsg = ({ content }) => found(content.data)));
    await comm.send({}, undefined, [new Uint8Array([0, 255, 7]), new Uint8Array([1, 2, 3, 4]).subarray(1, 3)]).done;
    expect(await echoed).toEqual([
      [0, 255, 7],
      [2, 3],
    ]);
  });
});

test("a killed ipykernel is reported", async () => {
  const kernel = await start();
  const future = kernel.connection.requestExecute({ code: "import os, signal; os.kill(os.getpid(), signal.SIGKILL)" });
  await expect(future.done).rejects.toThrow("Canceled future");
  expect(await kernel.died).toMatchObject({ code: null, signal: "SIGKILL" });
  await kernel.close();
});

test("close() ends it and its children", async () => {
  const kernel = await start();
  const { stdout } = await run(
    kernel,
    "import os, subprocess; print(os.getpid(), subprocess.Popen(['sleep', '1000'], start_new_session=True).pid)",
  );
  const pids = stdout.split(" ").map(Number);
  expect(pids.map(isAlive)).toEqual([true, true]);
  await kernel.close();
  expect(pids.map(isAlive)).toEqual([false, false]);
});
