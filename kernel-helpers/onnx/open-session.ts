/** Sessions from models, checked and on the device asked for. */
import { existsSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { UnavailableError } from "../errors.ts";
import { argumentError, checkBoolean, checkInteger, checkObject, checkOptions, checkText } from "../runtime/check.ts";
import type { Device } from "./devices.ts";
import { resolveDevice } from "./resolve-device.ts";
import { startSession, type Session, type SessionSettings } from "./session.ts";

export interface SessionOptions extends SessionSettings {
  /** `auto` takes the fastest that works and says which in `session.device`. @default "cpu" */
  device?: Device | "auto";
}

/**
 * Makes a session from a file or from a model's bytes, at once: it takes from milliseconds to seconds, depending on the model's size.
 *
 * @throws {FormatError} ONNX Runtime refuses the model.
 * @throws {UnavailableError} There is no such file, or the device is missing; the hint says what it needs.
 */
export function openSession(model: string | Uint8Array, options: SessionOptions = {}): Session {
  checkOptions("options", options, ["device", "threads", "memoryPattern", "externalFolder", "externalData"]);
  if (typeof model !== "string" && !(model instanceof Uint8Array)) {
    throw argumentError("model", "a file's path, or the bytes of an ONNX model", model);
  }
  if (typeof model === "string" && !existsSync(model)) {
    throw new UnavailableError(`there is no file ${model}`, {
      hint: "check the path; it starts at the working folder",
      facts: { file: model },
    });
  }
  const { device = "cpu", threads, memoryPattern, externalFolder, externalData } = options;
  if (threads !== undefined) checkThreads(threads);
  if (memoryPattern !== undefined) checkBoolean("memoryPattern", memoryPattern);
  if (externalFolder !== undefined) checkText("externalFolder", externalFolder);
  if (externalData !== undefined) checkObject("externalData", externalData, { hint: "pass { location: bytes }" });
  return startSession(resolveDevice(device), model, options);
}

export const checkThreads = (threads: number): number =>
  checkInteger("threads", threads, { min: 1, max: 1024, hint: "leave it out for one thread for each physical core" });

/** As openSession, after whatever waits in the event loop. */
export async function createSession(model: string | Uint8Array, options: SessionOptions = {}): Promise<Session> {
  await setImmediate();
  return openSession(model, options);
}
