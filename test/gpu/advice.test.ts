import { expect, test } from "vitest";
import { cudaObstacle, nvidiaDriver } from "../../kernel-helpers/onnx/index.ts";
import { cudaAdvice } from "../../kernel-helpers/onnx/cuda/advice.ts";

// As /proc/driver/nvidia/version has it: of the closed module, of the open one.
const closed = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.183.01  Sun May 12 19:39:15 UTC 2024\nGCC version:  gcc 12.2.0\n";
const open = "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.159.04  Release Build  (dvs-builder)\n";

test("the driver's version is read from what its kernel module says", () => {
  expect([closed, open].map((told) => nvidiaDriver(told))).toEqual(["535.183.01", "580.159.04"]);
});

const linux = { platform: "linux", arch: "x64", hasGpu: true, driver: "580.159.04" } as const;

test("what keeps CUDA from working is named, the first thing first", () => {
  expect(cudaObstacle(linux)).toBeUndefined();
  expect(cudaObstacle({ ...linux, driver: "535.183.01" })).toBe(
    "the NVIDIA driver is 535.183.01, and CUDA 13 needs 580 or newer: update the driver",
  );
  expect(cudaObstacle({ ...linux, driver: undefined })).toBe("no NVIDIA driver answers: install one, or start the container with its GPUs");
  expect(cudaObstacle({ ...linux, hasGpu: false })).toMatch(/^this machine shows no NVIDIA GPU/);
  expect(cudaObstacle({ ...linux, platform: "darwin", arch: "arm64" })).toBe(
    "CUDA is for Linux on x64; on darwin arm64 the GPU computes through device: 'webgpu', which needs nothing more",
  );
});

test("where all is there but the libraries, the advice is to fetch them", () => {
  expect(cudaAdvice({ ...linux, hasProvider: false })).toBe(
    "npx cairn gpu fetches the libraries that it needs; no CUDA installation is needed; or use device: 'cpu'",
  );
  expect(cudaAdvice({ ...linux, hasProvider: true })).toBe("npx cairn gpu looks what is wrong; or use device: 'cpu'");
});
