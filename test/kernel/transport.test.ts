/** One kernel in a process of ours: it runs, is interrupted, dies and is ended as RunningKernel promises. */
import { mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { builtInKernelspec, KernelStartError, startKernel, type KernelSpec, type RunningKernel } from "../../src/dist/kernel/index.js";
import { isAlive, run, untilDead, untilPrinted } from "./transport-helpers.ts";

const started: RunningKernel[] = [];
const start = async (): Promise<RunningKernel> => {
  const kernel = await startKernel(builtInKernelspec(), { cwd: process.cwd() });
  started.push(kernel);
  return kernel;
};
afterEach(() => Promise.all(started.splice(0).map((kernel) => kernel.close())));

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "it was accepted",
    (error: unknown) => error,
  );

describe("a running kernel", () => {
  test("executes, in its working directory, and keeps its state", async () => {
    const kernel = await start();
    expect((await run(kernel, "const x = 20; process.cwd()")).results).toEqual([`'${process.cwd()}'`]);
    expect((await run(kernel, "x + 1")).results).toEqual(["21"]);
  });

  test("20,000 lines of one cell all arrive", async () => {
    const { stdout } = await run(await start(), "for (let i = 0; i < 20000; i++) console.log(i)");
    expect(stdout).toBe(Array.from({ length: 20000 }, (_, line) => `${line}\n`).join(""));
  });

  test("what a child process writes past the protocol is heard, until one stops listening", async () => {
    const kernel = await start();
    let stop = (): void => undefined;
    const heard = new Promise<string>((resolve) => (stop = kernel.onProcessOutput((name, text) => resolve(`${name}: ${text}`))));
    await run(kernel, "import { execSync } from 'child_process'; execSync('echo from a child >&2', { stdio: ['ignore', 2, 2] })");
    expect(await heard).toBe("stderr: from a child\n");
    stop();
  });

  test.each(["while (true) {}", "await new Promise(() => setInterval(() => 0, 1000))"])("interrupt stops %s", async (endless) => {
    const kernel = await start();
    const future = kernel.connection.requestExecute({ code: `console.log("begun"); ${endless}` });
    await untilPrinted(future, /begun/);
    await kernel.interrupt();
    expect((await future.done).content.status).toBe("error");
    expect((await run(kernel, "1 + 1")).results).toEqual(["2"]);
  });
});

describe("a kernel that dies", () => {
  test("rejects what waits, after the output it had sent, and says how it ended", async () => {
    const kernel = await start();
    const future = kernel.connection.requestExecute({
      code: `import { writeSync } from 'fs'; console.log("still here"); writeSync(2, "last words"); setTimeout(() => process.kill(process.pid, "SIGSEGV"), 100); await new Promise(() => 0)`,
    });
    const printed = untilPrinted(future, /still here/);
    expect(String(await rejection(future.done))).toContain("Canceled future for execute_request message before replies were done");
    expect(await printed).toBe("still here\n");
    expect(await kernel.died).toEqual({ code: null, signal: "SIGSEGV", lastWords: "last words" });
    expect(kernel.connection.status).toBe("dead");
  });

  test("close() is not a death", async () => {
    const kernel = await start();
    await kernel.close();
    expect(await Promise.race([kernel.died, Promise.resolve("alive to the end")])).toBe("alive to the end");
  });
});

test("close() asks a kernel to end first: what a cell has registered for its exit runs", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "exit-")), "said");
  const kernel = await start();
  await run(kernel, `import { writeFileSync } from 'fs'; process.on('exit', () => writeFileSync(${JSON.stringify(file)}, 'goodbye'))`);
  await kernel.close();
  expect(readFileSync(file, "utf8")).toBe("goodbye");
  rmSync(dirname(file), { recursive: true });
});

describe.runIf(process.platform === "linux")("close() leaves no process", () => {
  const children = `import { spawn } from 'child_process'
const inGroup = spawn('sleep', ['1000'], { stdio: 'ignore' })
const detached = spawn('sleep', ['1000'], { stdio: 'ignore', detached: true })
const orphan = spawn('sh', ['-c', 'trap "" TERM INT; setsid sleep 1000 & echo $!'], { stdio: ['ignore', 'pipe', 'ignore'] })
const orphanPid = await new Promise<string>((resolve) => orphan.stdout!.once('data', (data) => resolve(String(data).trim())))
console.log(process.pid, inGroup.pid, detached.pid, orphanPid, 'end')
`;

  test.each([
    ["an idle kernel", ""],
    ["a busy kernel", "while (true) {}"],
  ])("%s with children in its group, in a group of their own, and orphaned", async (_, last) => {
    const kernel = await start();
    const future = kernel.connection.requestExecute({ code: children + last });
    future.done.catch(() => undefined);
    const pids = (await untilPrinted(future, /end/)).split(" ").slice(0, 4).map(Number);
    expect(pids.map(isAlive)).toEqual([true, true, true, true]);
    await kernel.close();
    expect(pids.map(isAlive)).toEqual([false, false, false, false]);
  });

  test("nor its sockets", async () => {
    const temporary = mkdtempSync(join(tmpdir(), "sockets-"));
    vi.stubEnv("TMPDIR", temporary);
    const kernel = await start();
    const [own] = readdirSync(temporary);
    expect(readdirSync(join(temporary, own!)).toSorted()).toEqual(["connection.json", "k-1", "k-2", "k-3", "k-4", "k-5"]);
    expect(statSync(join(temporary, own!)).mode & 0o777).toBe(0o700);
    await kernel.close();
    expect(readdirSync(temporary)).toEqual([]);
    vi.unstubAllEnvs();
    rmdirSync(temporary);
  });
});

describe("a kernel that does not start", () => {
  const spec = (...argv: string[]): KernelSpec => ({ ...builtInKernelspec(), name: "odd", argv });
  const failure = async (argv: string[], timeoutMs?: number): Promise<KernelStartError> => {
    const options = { cwd: process.cwd(), ...(timeoutMs === undefined ? {} : { timeoutMs }) };
    const error = await rejection(startKernel(spec(...argv), options));
    expect(error).toBeInstanceOf(KernelStartError);
    return error as KernelStartError;
  };

  test("because the program is missing", async () => {
    expect((await failure(["no-such-program"])).message).toBe(
      "the kernel odd (no-such-program) could not be started before it was ready; its last words:\n    spawn no-such-program ENOENT",
    );
  });

  test("because its folder is missing", async () => {
    const error = await rejection(startKernel(builtInKernelspec(), { cwd: "/no/such/folder" }));
    expect(error).toEqual(new KernelStartError("the kernel's folder /no/such/folder does not exist", { lastWords: "" }));
  });

  test("because it ends", async () => {
    const error = await failure(["sh", "-c", "echo oh no >&2; exit 7"]);
    expect(error.message).toBe(
      "the kernel odd (sh -c echo oh no >&2; exit 7) ended with exit code 7 before it was ready; its last words:\n    oh no",
    );
    expect(error.lastWords).toBe("oh no\n");
  });

  test("because it says nothing: it is ended", async () => {
    const error = await failure(["sh", "-c", "echo $$; sleep 1000"], 300);
    expect(error.message).toContain("did not answer within 0.3 s");
    expect(error.hint).toBe("is the machine overloaded? run fewer notebooks at once");
    await untilDead(Number(error.lastWords));
  });
});
