/** The eyes of a language model: an image tower and a projector. */
import type { Eyes } from "../../llm/index.ts";
import { jit, type Jitted, type Tensor } from "../../tensor/index.ts";
import type { Clip } from "../clip/clip.ts";
import { readDataUrl } from "../images/data-url.ts";
import type { Projector } from "./projector.ts";

export class ClipEyes implements Eyes {
  readonly width: number;
  readonly #clip: Clip;
  readonly #looking: Jitted<[Tensor], Tensor>;

  constructor(clip: Clip, projector: Projector) {
    this.width = projector.second.outputs;
    this.#clip = clip;
    this.#looking = jit((pixels: Tensor) => projector.forward(clip.image.tokens(pixels)));
  }

  async look(url: string): Promise<Float32Array> {
    const image = await readDataUrl(url);
    return this.#looking(this.#clip.pixelsOf([image])).data as Float32Array;
  }

  close(): void {
    this.#looking.close();
    this.#clip.close();
  }
}
