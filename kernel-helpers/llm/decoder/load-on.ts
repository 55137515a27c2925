/** A decoder on the device that is asked for; `auto` stands for the fastest that can run the model. */
import { HelperError, UnavailableError } from "../../errors.ts";
import { resolveDevice, type Device } from "../../onnx/index.ts";
import { Decoder, type LoadDecoderOptions } from "./decoder.ts";

/**
 * Loads a decoder and reads a token with it. Where `auto` took a device on which the model does not run, it is loaded on the CPU, and the error output says so.
 *
 * @throws {UnavailableError} A device that is named is missing, or the model does not run on it.
 */
export async function loadOn(device: Device | "auto", place: string, options: Omit<LoadDecoderOptions, "device">): Promise<Decoder> {
  const resolved = resolveDevice(device);
  if (resolved === "cpu") return Decoder.load(place, options);
  try {
    const decoder = await Decoder.load(place, { ...options, device: resolved });
    return await tried(decoder);
  } catch (error) {
    if (device !== "auto") throw error;
    const reason = HelperError.is(error) ? error.summary : String(error);
    process.emitWarning(`the model runs on the CPU: on ${resolved} it does not: ${reason}`);
    return Decoder.load(place, options);
  }
}

async function tried(decoder: Decoder): Promise<Decoder> {
  const refused = (reason: string, cause?: unknown): UnavailableError =>
    new UnavailableError(`the model does not run on ${decoder.device}: ${reason}`, {
      hint: 'use device: "cpu", or "auto", which takes what works',
      cause,
      facts: { device: decoder.device },
    });
  try {
    const logits = await decoder.read([0]);
    decoder.truncate(0);
    if (logits.every((logit) => Number.isFinite(logit))) return decoder;
  } catch (error) {
    await decoder.close();
    throw refused(HelperError.is(error) ? error.summary : String(error), error);
  }
  await decoder.close();
  throw refused("its logits are not finite");
}
