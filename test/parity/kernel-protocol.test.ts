/** jupyter_kernel_test, Jupyter's own suite for kernels, run by jupyter_client on our kernelspec. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { tslabKernelspec } from "../../src/dist/tslab-kernel/index.js";

/** Every test of the suite, and what it must come to; src/tslab-kernel/README.md argues the one that is skipped. */
const expected = {
  test_clear_output: "ok",
  test_completion: "ok",
  test_display_data: "ok",
  test_error: "ok",
  test_execute_result: "ok",
  test_execute_stderr: "ok",
  test_execute_stdout: "ok",
  test_history: "ok",
  test_inspect: "ok",
  test_is_complete: "ok",
  test_kernel_info: "ok",
  test_pager: "skipped 'No code page something'",
};

let report: string;

beforeAll(() => {
  const root = mkdtempSync(join(tmpdir(), "cairn-protocol-"));
  const folder = join(root, "kernels", "cairn");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "kernel.json"), JSON.stringify(tslabKernelspec()));
  const { stderr } = spawnSync(resolve(".venv/bin/python"), ["-m", "unittest", "-v", "kernel_protocol.TypeScript"], {
    cwd: import.meta.dirname,
    env: { ...process.env, JUPYTER_PATH: root, JUPYTER_RUNTIME_DIR: join(root, "runtime"), PYTHONDONTWRITEBYTECODE: "1" },
    encoding: "utf8",
    timeout: 120_000,
    killSignal: "SIGKILL",
  });
  report = stderr;
  rmSync(root, { recursive: true, force: true });
});

test("jupyter_kernel_test passes", () => {
  const results = [...report.matchAll(/^(test_\w+) \(.*\)(?: \.\.\.|\n.* \.\.\.) (.*)$/gm)].map(([, name, result]) => [name, result]);
  expect(Object.fromEntries(results), report).toEqual(expected);
});
