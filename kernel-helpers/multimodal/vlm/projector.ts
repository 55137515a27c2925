import { createRandom, Linear, Module } from "../../nn/index.ts";
import { checkInteger } from "../../runtime/check.ts";
import type { Tensor } from "../../tensor/index.ts";

/** What an image tower sees, in a language model's own space: two layers with GELU between them, as in LLaVA 1.5 (Liu et al. 2023, arXiv:2310.03744). */
export class Projector extends Module {
  readonly first: Linear;
  readonly second: Linear;

  /** @param imageWidth Width of the tower's tokens. @param textWidth Width of the language model. */
  constructor(imageWidth: number, textWidth: number, { seed }: { seed: number }) {
    super();
    const random = createRandom(seed);
    this.first = new Linear(checkInteger("imageWidth", imageWidth, { min: 1 }), checkInteger("textWidth", textWidth, { min: 1 }), {
      random,
    });
    this.second = new Linear(textWidth, textWidth, { random });
  }

  /** (B, P, imageWidth) → (B, P, textWidth). */
  forward(tokens: Tensor): Tensor {
    return this.second.forward(this.first.forward(tokens).gelu());
  }
}
