/** A language model with its tokenizer: it continues text, and answers in conversations. */
import { existsSync } from "node:fs";
import { ArgumentError } from "../errors.ts";
import { fetchModel } from "../models/index.ts";
import {
  argumentError,
  checkArray,
  checkChoice,
  checkIndices,
  checkInteger,
  checkOptions,
  checkSignal,
  checkText,
} from "../runtime/check.ts";
import { interruptible } from "../runtime/interrupt.ts";
import { displayable } from "../runtime/printable.ts";
import { createProgress } from "../runtime/progress.ts";
import type { BpeTokenizer } from "../tokenizer/index.ts";
import type { Message, Part } from "./chat-model.ts";
import type { ChatTemplate } from "./chat-template.ts";
import type { DecoderConfig } from "./decoder/config.ts";
import { Decoder } from "./decoder/decoder.ts";
import { Context } from "./generation/context.ts";
import { scoreIds, toPerplexity, type Perplexity, type PerplexityOptions } from "./generation/log-probs.ts";
import { checkGeneration, type GenerationOptions } from "./generation/options.ts";
import { streamParts } from "./generation/stream-parts.ts";
import { readModelText } from "./model-text.ts";

export interface LoadModelOptions {
  /** `file`: the numbers as the file holds them, quantised ones multiplied as integers; `fp32`: all of them as float32. @default "file" */
  dtype?: "file" | "fp32";
  /** CPU threads. @default as many as there are physical cores */
  threads?: number;
  /** A folder with adapter_config.json and adapter_model.safetensors, as fineTune and peft write them: the low-rank products are added to the weights'. */
  adapter?: string;
  signal?: AbortSignal;
}

/**
 * A model of the Llama family, from a GGUF file or a folder as the hub has it. Give it back with close().
 *
 * @example
 * const model = await LanguageModel.load('SmolLM2-135M-Instruct')
 * for await (const part of model.chat([{ role: 'user', content: 'What is the capital of France?' }])) …
 */
export class LanguageModel implements AsyncDisposable {
  readonly name: string;
  readonly tokenizer: BpeTokenizer;
  /** undefined where the file has none: such a model only continues text. */
  readonly chatTemplate: ChatTemplate | undefined;
  readonly #context: Context;
  readonly #endIds: ReadonlySet<number>;

  private constructor(
    name: string,
    decoder: Decoder,
    tokenizer: BpeTokenizer,
    chatTemplate: ChatTemplate | undefined,
    endIds: ReadonlySet<number>,
  ) {
    this.name = name;
    this.tokenizer = tokenizer;
    this.chatTemplate = chatTemplate;
    this.#context = new Context(name, decoder);
    this.#endIds = endIds;
    displayable(this, () => ({ "text/plain": this.toString() }));
  }

  /**
   * Opens a model.
   *
   * @param name A name of the manifest, fetched at first use, the path of a .gguf file, or a folder as the hub has it: config.json,
   * safetensors, tokenizer.json.
   * @throws {UnavailableError} The model cannot be fetched, or its architecture cannot be run.
   */
  static async load(name: string, options: LoadModelOptions = {}): Promise<LanguageModel> {
    checkText("name", name, {
      allowEmpty: false,
      hint: 'pass a name such as "SmolLM2-135M-Instruct", or the path of a .gguf file or a folder',
    });
    checkOptions("options", options, ["dtype", "threads", "adapter", "signal"]);
    const { dtype = "file", threads, adapter, signal } = options;
    checkChoice("dtype", dtype, ["file", "fp32"]);
    if (threads !== undefined) checkInteger("threads", threads, { min: 1 });
    checkSignal("signal", signal);
    signal?.throwIfAborted();
    const place = name.endsWith(".gguf") || existsSync(name) ? name : await fetchGguf(name, signal);
    if (!existsSync(place)) throw argumentError("name", "the path of a file that exists", place);
    const { tokenizer, chatTemplate, endIds } = await readModelText(place, name);
    const decoder = await Decoder.load(place, {
      dtype,
      ...(threads !== undefined && { threads }),
      ...(adapter !== undefined && { adapter }),
    });
    return new LanguageModel(name, decoder, tokenizer, chatTemplate, endIds);
  }

  get config(): DecoderConfig {
    return this.#context.decoder.config;
  }

  /** Continues a conversation with the model's answer. Special tokens that a message spells are text. */
  chat(messages: readonly Message[], options: GenerationOptions = {}): AsyncGenerator<Part, void> {
    if (this.chatTemplate) return this.generate(this.chatTemplate.encode(messages, this.tokenizer), options);
    throw new ArgumentError(`${this.name} has no chat template`, {
      hint: "it only continues text: use generate(), or a model tuned for conversation",
    });
  }

  /**
   * Continues a text; the same options give the same text. As far as the prompt is that of the last call it is not read again, in whole chunks of 64
   * tokens. ■, Ctrl-C and `signal` end it between two tokens, or two chunks of the prompt.
   *
   * @param prompt Text, in which special tokens count as such, or ids.
   */
  async *generate(prompt: string | ArrayLike<number>, options: GenerationOptions = {}): AsyncGenerator<Part, void> {
    const request = checkGeneration(options, this.config.vocabSize);
    yield* streamParts({ context: this.#context, tokenizer: this.tokenizer, endIds: this.#endIds }, this.#idsOf("prompt", prompt), request);
  }

  /**
   * ln of the probability of each token, given those before it; the first one follows nothing and has none.
   *
   * @param text Text, in which special tokens count as such, or ids (T).
   * @returns (T − 1)
   */
  async logProbabilities(text: string | ArrayLike<number>, options: PerplexityOptions = {}): Promise<Float64Array> {
    const { window, stride, signal } = this.#checkWindow(options);
    const ids = this.#idsOf("text", text);
    using _claim = this.#context.claim();
    using interrupt = await interruptible(signal);
    return scoreIds(this.#context, ids, { window, stride, signal: interrupt.signal }, () => {});
  }

  /**
   * How surprised the model is by texts, each on its own.
   *
   * @param texts A string counts as one text.
   * @throws {ArgumentError} No text that has two tokens or more.
   */
  async perplexity(texts: string | readonly string[], options: PerplexityOptions = {}): Promise<Perplexity> {
    const { window, stride, signal } = this.#checkWindow(options);
    const all = checkArray("texts", typeof texts === "string" ? [texts] : texts, checkText).map((text) => this.#idsOf("texts", text));
    const tokens = all.reduce((sum, ids) => sum + Math.max(0, ids.length - 1), 0);
    if (tokens === 0) throw argumentError("texts", "texts of at least two tokens", texts);
    using _claim = this.#context.claim();
    using interrupt = await interruptible(signal);
    const progress = createProgress({ label: "perplexity", total: tokens, unit: "tokens" });
    try {
      let [nats, bytes, done] = [0, 0, 0];
      for (const ids of all) {
        const scores = await scoreIds(this.#context, ids, { window, stride, signal: interrupt.signal }, (scored) =>
          progress.update(done + scored - 1),
        );
        nats -= scores.reduce((sum, score) => sum + score, 0);
        bytes += ids.slice(1).reduce((sum, id) => sum + this.tokenizer.bytesOf(id).length, 0);
        done += scores.length;
      }
      return toPerplexity(nats, tokens, bytes);
    } finally {
      progress.close();
    }
  }

  async close(): Promise<void> {
    await this.#context.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  toString(): string {
    const { architecture, layers, width, vocabSize } = this.config;
    return `LanguageModel(${this.name}: ${architecture}, ${layers} layers, ${width} wide, vocabulary ${vocabSize})`;
  }

  #idsOf(argument: string, text: string | ArrayLike<number>): number[] {
    if (typeof text !== "string") return Array.from(checkIndices(argument, text, this.config.vocabSize));
    const ids = Array.from(this.tokenizer.encode(checkText(argument, text, { allowEmpty: false }), { allowSpecial: true }));
    const { prefixIds } = this.tokenizer;
    return prefixIds.every((id, at) => ids[at] === id) ? ids : [...prefixIds, ...ids];
  }

  #checkWindow(options: PerplexityOptions): { window: number; stride: number; signal: AbortSignal | undefined } {
    checkOptions("options", options, ["window", "stride", "signal"]);
    const { contextLength } = this.config;
    const { window = contextLength, stride = Math.max(1, Math.floor(window / 2)), signal } = options;
    checkInteger("window", window, { min: 2, max: contextLength, hint: `the model reads at most ${contextLength} tokens` });
    checkInteger("stride", stride, {
      min: 1,
      max: window - 1,
      hint: "windows have to overlap, for the first token of each is not predicted",
    });
    checkSignal("signal", signal);
    return { window, stride, signal };
  }
}

async function fetchGguf(name: string, signal: AbortSignal | undefined): Promise<string> {
  const { files } = await fetchModel(name, { signal });
  const place = Object.values(files).find((file) => file.endsWith(".gguf"));
  if (place !== undefined) return place;
  throw argumentError("name", "a language model", name, { hint: 'use "SmolLM2-135M-Instruct"' });
}
