/** `cairn kernel install`, and that what it writes starts a kernel whatever has been cleaned away. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { findKernelspec, startKernel } from "../../src/dist/kernel/index.js";
import { kernelspec } from "../../src/dist/doctor/kernelspec.js";
import { until } from "./cairn.ts";
import { programOf, scratchCheckout } from "./scratch-checkout.ts";

let checkout: string;
let data: string;
beforeAll(() => {
  checkout = scratchCheckout();
  data = join(checkout, "jupyter");
});
afterAll(() => rmSync(checkout, { recursive: true }));

function cairn(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, JUPYTER_DATA_DIR: data, CAIRN_CACHE: join(checkout, "cache") };
  const { status, stdout, stderr } = spawnSync(process.execPath, [programOf(checkout), ...args], { cwd: checkout, env, encoding: "utf8" });
  return { status, stdout, stderr };
}

const userFolder = (): string => join(data, "kernels/tslab");

test.each([
  [["kernel"], "say what to do with the kernel\n  hint: cairn kernel install, or cairn kernel remove\n"],
  [["kernel", "update"], 'unknown action "update"\n  hint: cairn kernel install, or cairn kernel remove\n'],
  [["kernel", "install", "venv"], "unexpected argument venv for cairn kernel install\n  hint: --prefix DIR names a folder\n"],
  [["kernel", "install", "--user", "--prefix", "."], "--user and --prefix name two places\n  hint: give one of them\n"],
  [
    ["kernel", "install", "--prefix", "nowhere"],
    "there is no folder nowhere\n  hint: --prefix takes a Python environment: python3 -m venv DIR makes one\n",
  ],
])("%j ends with 2 and says why", (args, message) => {
  expect(cairn(...args)).toEqual({ status: 2, stdout: "", stderr: `cairn kernel: ${message}` });
});

test("says where the kernel went and how to use it, and removes it again", () => {
  expect(cairn("kernel", "install")).toEqual({
    status: 0,
    stdout:
      `The kernel "tslab" (TypeScript) is installed: ${userFolder()}\n` +
      'JupyterLab: reload the page. VS Code: "Developer: Reload Window". Then select "TypeScript".\n',
    stderr: "",
  });
  expect(cairn("kernel", "remove").stdout).toBe(`removed ${userFolder()}\n`);
  expect(existsSync(userFolder())).toBe(false);
  expect(cairn("kernel", "remove").stdout).toBe(`nothing to remove: there is no ${userFolder()}\n`);
});

test("--prefix is for one environment", () => {
  mkdirSync(join(checkout, "venv"));
  expect(cairn("kernel", "install", "--prefix", "venv").stdout).toContain(join(checkout, "venv/share/jupyter/kernels/tslab"));
  expect(cairn("kernel", "remove", "--prefix", "venv").status).toBe(0);
});

describe("the installed kernel", () => {
  const isBuilt = (): boolean => existsSync(join(checkout, "src/dist/tslab-kernel/main.js"));
  beforeAll(() => void cairn("kernel", "install"));

  async function answer(): Promise<unknown> {
    const kernel = await startKernel(findKernelspec(userFolder()), { cwd: checkout });
    try {
      const future = kernel.connection.requestExecute({ code: "6 * 7" });
      let text: unknown;
      future.onIOPub = ({ header, content }) => {
        if (header.msg_type === "execute_result") text = (content as { data: Record<string, unknown> }).data["text/plain"];
      };
      await future.done;
      const clean = cairn("clean");
      expect(clean.status).toBe(1);
      expect(clean.stderr).toMatch(
        /^cairn clean: what would be removed is in use by a kernel \(process \d+\)\n {2}hint: end cairn lab with Ctrl-C, shut kernels down/,
      );
      expect(isBuilt()).toBe(true);
      return text;
    } finally {
      await kernel.close();
    }
  }

  test("runs cells; meanwhile cairn clean removes nothing", async () => {
    expect(await answer()).toBe("42");
  });

  test("builds itself after cairn clean", async () => {
    expect(cairn("clean").status).toBe(0);
    expect(isBuilt()).toBe(false);
    expect(await answer()).toBe("42");
  });

  test("is built whole when several start at a time, and when the build before was killed", async () => {
    cairn("clean");
    mkdirSync(join(checkout, "build"), { recursive: true });
    const gone = spawnSync(process.execPath, ["--version"]).pid;
    writeFileSync(join(checkout, "build/building"), String(gone));
    const helps = await Promise.all([1, 2, 3].map(() => ended(spawn(process.execPath, [programOf(checkout), "--help"]))));
    expect(helps).toEqual([0, 0, 0]);
    expect(existsSync(join(checkout, "build/building"))).toBe(false);
  });

  test("says what is wrong when it cannot be built", async () => {
    cairn("clean");
    const file = join(checkout, "src/cli/main.ts");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, `${text}\nconst wrong: string = 1;\n`);
    const { status, stdout, stderr } = cairn("--help");
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/error TS2322[\s\S]*cairn: the build in \S+ failed, see above; npm ci brings the packages/);
    writeFileSync(file, text);
    expect(cairn("--help").status).toBe(0);
  });

  test("is found by cairn doctor, which also sees when what it names is gone", async () => {
    const spec = join(userFolder(), "kernel.json");
    vi.stubEnv("JUPYTER_DATA_DIR", data);
    expect(await kernelspec()).toEqual({ name: "kernelspec", state: "works", found: `${userFolder()} starts the kernel of ${checkout}` });
    writeFileSync(spec, readFileSync(spec, "utf8").replace(/"[^"]*kernel\.js"/, '"/moved/kernel.js"'));
    expect(await kernelspec()).toMatchObject({
      state: "missing",
      found: `${userFolder()} names /moved/kernel.js, which is gone`,
      fix: "cairn kernel install",
    });
    writeFileSync(spec, '{ "argv": ["tslab", "kernel"] }');
    expect(await kernelspec()).toMatchObject({
      state: "missing",
      found: `${userFolder()} is another program's kernel "tslab" (tslab kernel)`,
    });
    vi.unstubAllEnvs();
  });
});

async function ended(child: ChildProcess): Promise<number | null> {
  await until(() => child.exitCode !== null);
  return child.exitCode;
}
