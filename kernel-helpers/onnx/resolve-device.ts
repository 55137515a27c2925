/** Which device `auto` stands for on this machine, found once, and what that device can do. */
import { checkChoice } from "../runtime/check.ts";
import { channelBlock } from "./channel-block.ts";
import { autoDevices, devices, type Device } from "./devices.ts";
import { multiply } from "./probe.ts";

export interface DeviceCapabilities {
  readonly device: Device;
  /** Whether an index out of range ends the run with an error; elsewhere whatever lies there is read. */
  readonly checksIndices: boolean;
  /** How many channels lie together in convolutions that keep them in blocks; undefined where there are none, or where they gain nothing. */
  readonly channelBlock: number | undefined;
}

let fastest: Device | undefined;

export const checkDevice = (device: Device | "auto"): Device | "auto" => checkChoice("device", device, ["auto", ...devices]);

/**
 * The device itself, or the fastest that works here for `auto`: one that multiplies two matrices correctly.
 * @example resolveDevice("auto") // "cpu" on a machine without a GPU
 */
export function resolveDevice(device: Device | "auto"): Device {
  if (checkDevice(device) !== "auto") return device as Device;
  return (fastest ??= autoDevices().find((candidate) => candidate === "cpu" || works(candidate))!);
}

function works(device: Device): boolean {
  try {
    return multiply(device);
  } catch {
    return false; // its driver or its libraries are missing
  }
}

export function capabilitiesOf(device: Device | "auto"): DeviceCapabilities {
  const resolved = resolveDevice(device);
  const isCpu = resolved === "cpu";
  return { device: resolved, checksIndices: isCpu, channelBlock: isCpu ? channelBlock() : undefined };
}
