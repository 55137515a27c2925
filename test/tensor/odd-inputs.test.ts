/** Sizes of 0, and integers that the processor cannot divide: no input ends the process. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

test("sizes of 0 and integers at their limits give what PyTorch gives, in the process that asked", () => {
  const script = fileURLToPath(new URL("odd-trials.ts", import.meta.url));
  const { stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", script], { encoding: "utf8" });
  const lines = stdout.trim().split("\n");
  expect(lines.filter((line) => line.startsWith("differs"))).toEqual([]);
  expect(lines.at(-1), stderr).toBe("ends"); // otherwise the trial that ended it
});
