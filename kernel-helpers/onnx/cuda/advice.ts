/** What a CUDA device that does not work needs. */
import { hasNvidia, isNewEnough, nvidiaDriver, oldestDriver } from "./driver.ts";
import { hasProvider } from "./libraries.ts";

export interface CudaState {
  platform: NodeJS.Platform;
  arch: NodeJS.Architecture;
  hasGpu: boolean;
  driver: string | undefined;
  hasProvider: boolean;
}

export const cudaState = (): CudaState => ({
  platform: process.platform,
  arch: process.arch,
  hasGpu: hasNvidia(),
  driver: nvidiaDriver(),
  hasProvider: hasProvider(),
});

/** The first thing that keeps CUDA from working, or nothing where all is there. */
export function cudaObstacle(state: Omit<CudaState, "hasProvider"> = cudaState()): string | undefined {
  const { platform, arch, hasGpu, driver } = state;
  if (platform !== "linux" || arch !== "x64") {
    return `CUDA is for Linux on x64; on ${platform} ${arch} the GPU computes through device: 'webgpu', which needs nothing more`;
  }
  if (!hasGpu) return "this machine shows no NVIDIA GPU; another GPU computes through device: 'webgpu', and device: 'cpu' always works";
  if (driver === undefined) return "no NVIDIA driver answers: install one, or start the container with its GPUs";
  if (!isNewEnough(driver)) return `the NVIDIA driver is ${driver}, and CUDA 13 needs ${oldestDriver} or newer: update the driver`;
  return undefined;
}

export function cudaAdvice(state: CudaState = cudaState()): string {
  const next = state.hasProvider
    ? "npx cairn gpu looks what is wrong"
    : "npx cairn gpu fetches the libraries that it needs; no CUDA installation is needed";
  return cudaObstacle(state) ?? `${next}; or use device: 'cpu'`;
}
