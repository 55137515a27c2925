/** Where a graph can run: which devices this machine may have, and what a missing one needs. */
import { existsSync, readdirSync } from "node:fs";
import { UnavailableError } from "../errors.ts";
import { cudaAdvice } from "./cuda/advice.ts";
import { hasNvidia } from "./cuda/driver.ts";

export type Device = "cpu" | "webgpu" | "cuda";

export const devices: readonly Device[] = ["cpu", "webgpu", "cuda"];

const advice: Readonly<Record<Device, () => string>> = {
  cpu: () => "reinstall onnxruntime-node: its CPU provider is part of every build",
  webgpu: () =>
    "install a Vulkan loader and driver of your GPU (Linux: libvulkan1), or use device: 'cpu'; `npx cairn doctor` shows what is there",
  cuda: cudaAdvice,
};

/**
 * Devices that `auto` tries, the fastest first. A graphics driver that computes on the CPU is far slower than the CPU provider, so WebGPU
 * counts on Linux only with a GPU's device file, and is used without one only when it is asked for by name.
 */
export function autoDevices(platform: NodeJS.Platform = process.platform, hasGpu: () => boolean = hasLinuxGpu): Device[] {
  if (platform !== "linux") return ["webgpu", "cpu"];
  const nvidia = hasNvidia();
  return [...(nvidia ? (["cuda"] as const) : []), ...(nvidia || hasGpu() ? (["webgpu"] as const) : []), "cpu"];
}

function hasLinuxGpu(): boolean {
  return existsSync("/dev/dri") && readdirSync("/dev/dri").some((name) => name.startsWith("renderD"));
}

export function missingDevice(device: Device, cause: unknown): UnavailableError {
  const reason = ((cause as Error).message ?? String(cause)).split("\n")[0]!;
  return new UnavailableError(`device ${device} is not available: ${reason}`, { hint: advice[device](), cause });
}
