/** What a language model sees with. */
import type { ImagePart } from "./chat-model.ts";
import type { Decoder } from "./decoder/decoder.ts";

/** Turns images into vectors that stand among those of a text's tokens (LLaVA; Liu et al. 2023, arXiv:2304.08485). */
export interface Eyes {
  /** Numbers of a vector: the width of the language model. */
  readonly width: number;
  /**
   * @param url A data: URL with an image.
   * @returns Its vectors, one after the other: (tokens × width).
   * @throws {ArgumentError} It is another URL, or no image.
   */
  look(url: string): Promise<Float32Array>;
  close(): void;
}

/** The ids of a prompt, and among them those of what the eyes see, which the decoder takes until they are disposed of. */
export async function placeImages(
  eyes: Eyes,
  decoder: Decoder,
  parts: readonly (Uint32Array | ImagePart)[],
  signal: AbortSignal | undefined,
): Promise<{ ids: number[] } & Disposable> {
  const placed: ReturnType<Decoder["place"]>[] = [];
  const dispose = (): void => placed.forEach((one) => one[Symbol.dispose]());
  try {
    const ids: number[] = [];
    for (const part of parts) {
      signal?.throwIfAborted();
      if (part instanceof Uint32Array) ids.push(...part);
      else {
        placed.push(decoder.place(await eyes.look(part.image_url.url)));
        ids.push(...placed.at(-1)!.ids);
      }
    }
    return { ids, [Symbol.dispose]: dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}
