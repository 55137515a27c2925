/** A language model with eyes: images become tokens before the text (LLaVA; Liu et al. 2023, arXiv:2304.08485). The projector learns, and adapters where the model has some. */
import { Module } from "../../nn/index.ts";
import { checkInstance } from "../../runtime/check.ts";
import { concat, crossEntropy, jit, tensor, type Jitted, type Tensor } from "../../tensor/index.ts";
import { adapterParameters, Adapters, Llama } from "../../llm/index.ts";
import { Projector } from "./projector.ts";
import type { SeeingBatch } from "./rows.ts";

export class SeeingModel extends Module {
  readonly projector: Projector;
  /** Of a model with adapters (`withAdapters`); its own weights and the image tower stay as they are. */
  readonly adapters: Adapters | undefined;
  readonly #llama: Llama;
  #answering: Jitted<[SeeingBatch], Tensor> | undefined;

  /** @param options.imageWidth Width of the image tower's tokens. */
  constructor(llama: Llama, options: { imageWidth: number; seed: number }) {
    super();
    this.#llama = checkInstance("llama", llama, Llama);
    this.projector = new Projector(options.imageWidth, llama.config.width, options);
    this.adapters = Object.keys(adapterParameters(llama)).length === 0 ? undefined : new Adapters(llama);
  }

  /** Mean cross-entropy of the answers' tokens, in nats. */
  loss(batch: SeeingBatch): Tensor {
    return crossEntropy(this.logits(batch), batch.targets);
  }

  /** The likeliest token at each picked place: (rows × K), row after row. */
  answers(batch: SeeingBatch): number[] {
    this.#answering ??= jit((given: SeeingBatch) => this.logits(given).topK(1).indices);
    return Array.from(this.#answering(batch).data as BigInt64Array, Number);
  }

  /** After the picked tokens: (B, K, V). */
  logits(batch: SeeingBatch): Tensor {
    return this.adapters ? this.adapters.within(() => this.#forward(batch)) : this.#forward(batch);
  }

  #forward({ before, image, ids, positions, bias, picked }: SeeingBatch): Tensor {
    const vectors = concat([this.#llama.embed(before), this.projector.forward(image), this.#llama.embed(ids)], 1);
    const hidden = this.#llama.hiddenFrom(vectors, { positions, bias });
    const [B, T, C] = hidden.shape as [number, number, number];
    const rows = tensor(
      Float64Array.from({ length: B }, (_, row) => row * T),
      { shape: [B, 1], dtype: "int64" },
    );
    return this.#llama.logits(hidden.reshape([B * T, C]).take(picked.add(rows)));
  }

  /** Gives back what answering has compiled. */
  close(): void {
    this.#answering?.close();
    this.#answering = undefined;
  }
}
