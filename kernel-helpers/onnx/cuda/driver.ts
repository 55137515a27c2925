/** What there is of NVIDIA on this machine, found without any of its libraries. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** The first driver that runs CUDA 13, which the provider is built for. */
export const oldestDriver = 580;

const kernelModule = "/proc/driver/nvidia";

/** Whether this machine shows a GPU of NVIDIA: by its kernel module, its device file, or Windows' one within WSL. */
export const hasNvidia = (): boolean => [`${kernelModule}/version`, "/dev/nvidiactl", "/dev/dxg"].some((file) => existsSync(file));

/**
 * The driver's version, or nothing where there is none.
 *
 * @param told What the kernel module says of itself; where it says nothing, nvidia-smi is asked.
 * @example nvidiaDriver() // "580.159.04"
 */
export function nvidiaDriver(told: string = textOf(`${kernelModule}/version`)): string | undefined {
  return /Kernel Module(?: for \S+)?\s+(\d+(?:\.\d+)+)/.exec(told)?.[1] ?? /^\d+(?:\.\d+)+/m.exec(smi("driver_version"))?.[0];
}

/** Whether CUDA 13 runs with the driver. */
export const isNewEnough = (driver: string): boolean => Number.parseInt(driver, 10) >= oldestDriver;

/** The GPUs' names, such as "NVIDIA H100 80GB HBM3". */
export function nvidiaGpus(): string[] {
  const folder = `${kernelModule}/gpus`;
  const known = existsSync(folder) ? readdirSync(folder).map((gpu) => textOf(path.join(folder, gpu, "information"))) : [];
  const names = known.flatMap((text) => /^Model:\s*(.+)$/m.exec(text)?.[1]!.trim() ?? []);
  return names.length > 0 ? names : smi("name").split("\n").filter(Boolean);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function smi(field: string): string {
  if (!hasNvidia()) return "";
  for (const program of ["nvidia-smi", "/usr/lib/wsl/lib/nvidia-smi"]) {
    try {
      const args = [`--query-gpu=${field}`, "--format=csv,noheader"];
      return execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], timeout: 20_000 }).trim();
    } catch {
      // not there, or it does not find its driver
    }
  }
  return "";
}
