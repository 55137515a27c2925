/** Which words belong to which place of an image, found from what is said of the image as a whole: the cheap first lesson of a projector. */
import { Linear, Module, createRandom } from "../../nn/index.ts";
import type { Llama } from "../../llm/index.ts";
import { tensor, type Tensor } from "../../tensor/index.ts";
import type { Projector } from "./projector.ts";
import type { SeeingBatch } from "./rows.ts";

/** How much it costs to find words where they need not be. */
const sparing = 0.02;

/**
 * A projector whose second layer says, instead of vectors, how much of each word is at a place. Of a word that is said of an image one place has to have it, of
 * another none: learning from several instances, of which one is meant (Dietterich et al. 1997).
 */
export class WordFinder extends Module {
  readonly first: Linear;
  readonly words: Linear;
  readonly #ids: Tensor;

  /** @param ids Tokens of the language model that tell images apart. */
  constructor(projector: Projector, ids: readonly number[], { seed }: { seed: number }) {
    super();
    this.first = projector.first;
    this.words = new Linear(projector.first.outputs, ids.length, { random: createRandom(seed) });
    this.#ids = tensor(BigInt64Array.from(ids, BigInt), { shape: [ids.length] });
  }

  /** Squared distance, of the most that any place has of a word, from 1 for the words of the answers and 0 for the others; a little more for each that is found. */
  loss({ image, targets }: SeeingBatch): Tensor {
    const found = this.words.forward(this.first.forward(image).gelu()); // (B, P, W)
    const isSaid = targets.unsqueeze(-1).equal(this.#ids).to("float32").max(1); // (B, K, W) → (B, W)
    return found.max(1).sub(isSaid).square().mean().add(found.square().mean().mul(sparing));
  }

  /** The projector's second layer: the mean embedding, and to it what sets each word apart from it, by how much of the word is at the place. */
  teach(projector: Projector, llama: Llama): void {
    const mean = llama.model.embed_tokens.weight.mean(0); // (C)
    const apart = llama.embed(this.#ids).sub(mean); // (W, C)
    projector.second.weight.assign(apart.T.matmul(this.words.weight));
    projector.second.bias!.assign(this.words.bias!.unsqueeze(0).matmul(apart).reshape([-1]).add(mean));
  }
}

/** Tokens of answers, without those that all images have and which therefore tell none apart. */
export function tellingTokens(answers: readonly (readonly number[])[]): number[] {
  const images = new Map<number, number>();
  for (const answer of answers) for (const id of new Set(answer)) images.set(id, (images.get(id) ?? 0) + 1);
  return [...images].filter(([, count]) => count < answers.length).map(([id]) => id);
}
