/** `cairn gpu` on a machine without a GPU. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cairn } from "./cairn.ts";

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "gpu-"))));
afterAll(() => rmSync(folder, { recursive: true }));

const isWithout = !existsSync("/proc/driver/nvidia/version") && !existsSync("/dev/nvidiactl") && !existsSync("/dev/dri");

test.runIf(isWithout && process.platform === "linux")("without a GPU it says so, fetches nothing and ends with 1", async () => {
  expect(await cairn(folder, ["gpu"])).toEqual({
    code: 1,
    stdout: "cuda: this machine shows no NVIDIA GPU; another GPU computes through device: 'webgpu', and device: 'cpu' always works\n",
    stderr: "",
  });
  expect(existsSync(join(folder, "cache", "libraries"))).toBe(false);
});

test("remove says when there was nothing", async () => {
  expect(await cairn(folder, ["gpu", "remove"])).toEqual({ code: 0, stdout: "nothing of it was in the cache\n", stderr: "" });
});

test("an unknown word is refused", async () => {
  const { code, stderr } = await cairn(folder, ["gpu", "install"]);
  expect([code, stderr]).toEqual([
    2,
    'cairn gpu: there is no "cairn gpu install"\n  hint: cairn gpu, cairn gpu --fetch-only, cairn gpu remove\n',
  ]);
});
