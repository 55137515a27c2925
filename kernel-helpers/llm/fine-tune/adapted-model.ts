/** A published model whose adapters learn, with what a policy needs: logits, texts through a cache, a reference that stays. */
import { ArgumentError } from "../../errors.ts";
import { Module } from "../../nn/index.ts";
import { checkArray, checkIndices, checkObject, checkOptions, checkText } from "../../runtime/check.ts";
import { arange, type Tensor } from "../../tensor/index.ts";
import type { Message } from "../chat-model.ts";
import type { Cache } from "../gpt/block.ts";
import type { Llama } from "../llama/llama.ts";
import { writeAdapter } from "./adapter-files.ts";
import { withAdapters } from "./adapters.ts";
import { loadBase, type Base } from "./base.ts";
import { checkFineTuneOptions, type CheckedOptions, type FineTuneOptions } from "./options.ts";
import { makeFolder } from "./fine-tuned.ts";
import { Adapters } from "./trainee.ts";

const optionNames = ["method", "rank", "alpha", "dropout", "targets", "seed", "signal"] as const;

/** As `fineTune` has them; the method is `lora` or `qlora`. */
export type AdaptedModelOptions = Pick<FineTuneOptions, "rank" | "alpha" | "dropout" | "targets" | "seed" | "signal"> & {
  method?: "lora" | "qlora";
};

/**
 * A published model of the Llama family with low-rank adapters (Hu et al. 2021, arXiv:2106.09685), which change nothing at first and are all that is learnt: a
 * policy for the tasks of the room alignment. `generateBatch` samples from it.
 *
 * @example
 * const policy = await AdaptedModel.load('SmolLM2-135M-Instruct', { rank: 8 });
 * const prompt = policy.encode([{ role: 'user', content: 'Where is the gate?' }]);
 * const [ids] = await generateBatch(policy, [prompt], { maxNewTokens: 24, endId: policy.endId });
 * policy.decode(ids);
 */
export class AdaptedModel extends Module {
  readonly config: Readonly<{ vocabularySize: number; contextLength: number; width: number }>;
  /** What is learnt: one vector, the matrices of all adapters. */
  readonly adapters: Adapters;
  readonly #llama: Llama;
  readonly #base: Base;
  readonly #options: CheckedOptions;

  /** @internal AdaptedModel.load makes one. */
  constructor(base: Base, options: CheckedOptions) {
    super();
    this.#base = base;
    this.#options = options;
    this.#llama = withAdapters(base.weights, options);
    this.adapters = new Adapters(this.#llama);
    const { vocabSize, contextLength, width } = this.#llama.config;
    this.config = { vocabularySize: vocabSize, contextLength, width };
  }

  /**
   * @param model A name of the manifest, the path of a .gguf file, or a folder laid out as on the hub.
   * @throws {ArgumentError} An option is not what it has to be.
   * @throws {UnavailableError} The model cannot be fetched, or its architecture cannot be trained.
   */
  static async load(model: string, options: AdaptedModelOptions = {}): Promise<AdaptedModel> {
    checkOptions("AdaptedModel.load", checkObject("options", options, { hint: "pass { rank: 8 }" }), optionNames);
    const checked = checkFineTuneOptions(options);
    if (checked.method === "full") {
      throw new ArgumentError("the method full has no adapters", { hint: 'pass "lora" or "qlora", or use fineTune' });
    }
    return adapt(await loadBase(model, checked.method, options.signal), checked);
  }

  /** One more of the same numbers, which share all but the adapters: a reference that stays while the other learns. */
  copy(): AdaptedModel {
    const other = new AdaptedModel(this.#base, this.#options);
    other.adapters.numbers.assign(this.adapters.numbers.detach());
    return other.eval();
  }

  /** Ids (B, T), int64 → logits (B, T, V). */
  forward(ids: Tensor): Tensor {
    return this.adapters.within(() => this.#llama.forward(ids));
  }

  /** Ids (B, T), int64 → what the head is given, (B, T, C). */
  hidden(ids: Tensor): Tensor {
    return this.adapters.within(() => this.#llama.hidden(ids));
  }

  /** @internal Texts (B, T), padded at their ends, and the place of each one's last token (B) → its logits (B, V). */
  readBatch(ids: Tensor, last: Tensor): { logits: Tensor; caches: Cache[] } {
    return this.adapters.within(() => {
      const { hidden, caches } = this.#llama.read(ids);
      const [B, T, C] = hidden.shape as [number, number, number];
      return { logits: this.#llama.logits(hidden.reshape([B * T, C]).take(arange(B).mul(T).add(last))), caches };
    });
  }

  /** @internal One more token of each text, (B, 1), at its position (B) → logits (B, V). */
  stepBatch(ids: Tensor, positions: Tensor, before: readonly Cache[]): { logits: Tensor; caches: Cache[] } {
    return this.adapters.within(() => {
      const { hidden, caches } = this.#llama.step(ids, before, positions);
      return { logits: this.#llama.logits(hidden.squeeze(1)), caches };
    });
  }

  /** The token that ends an answer. @throws {ArgumentError} The checkpoint names none. */
  get endId(): number {
    const [end] = this.#base.endIds;
    if (end === undefined) throw new ArgumentError(`${this.#base.name} names no token that ends a text`, { hint: "choose an id yourself" });
    return end;
  }

  /** A conversation as the model's chat template writes it, up to where its answer begins. @throws {ArgumentError} It has no template. */
  encode(messages: readonly Message[]): number[] {
    const { chatTemplate, tokenizer, name } = this.#base;
    const hint = 'pass [{ role: "user", content: "…" }]';
    checkArray("messages", messages, (at, message) => checkObject(at, message, { hint }), { allowEmpty: false, hint });
    if (!chatTemplate) throw new ArgumentError(`${name} has no chat template`, { hint: "encode texts with encodeText" });
    return Array.from(chatTemplate.encode(messages, tokenizer, { addGenerationPrompt: true }));
  }

  /** A text as it stands, such as an answer that is to be learnt: with `[...policy.encodeText(answer), policy.endId]`. */
  encodeText(text: string): number[] {
    return Array.from(this.#base.tokenizer.encode(checkText("text", text, { allowEmpty: true })));
  }

  /** The text of ids, those that end it left out. */
  decode(ids: readonly number[]): string {
    const known = Array.from(checkIndices("ids", ids, this.config.vocabularySize));
    return this.#base.tokenizer.decode(known.filter((id) => !this.#base.endIds.has(id)));
  }

  /** Writes the adapters into a folder, which peft and `LanguageModel.load(…, { adapter })` open. */
  async save(folder: string): Promise<void> {
    await makeFolder(folder);
    this.adapters.finish();
    await writeAdapter(folder, this.#llama, { ...this.#options, base: this.#base.name });
  }

  override details(): string {
    return `${this.#base.name}, rank ${this.#options.rank}`;
  }
}

/** A model that was read, with adapters that change nothing yet; the class keeps its constructor to itself. */
export const adapt = (base: Base, options: CheckedOptions): AdaptedModel => new AdaptedModel(base, options);
