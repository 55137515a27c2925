/** A language model with its tokenizer: it continues text, and answers in conversations. */
import { existsSync } from "node:fs";
import { ArgumentError, ClosedError } from "../errors.ts";
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
import type { BpeTokenizer } from "../tokenizer/index.ts";
import type { ChatTemplate, Message } from "./chat-template.ts";
import type { DecoderConfig } from "./decoder/config.ts";
import { Decoder, promptChunk } from "./decoder/decoder.ts";
import { readModelText } from "./model-text.ts";
import { Sampler, samplingOptionNames, type SamplingOptions } from "./sampler.ts";
import { TextStream } from "./text-stream.ts";

export interface LoadModelOptions {
  /** `file`: the numbers as the file holds them, quantised ones multiplied as integers; `fp32`: all of them as float32. @default "file" */
  dtype?: "file" | "fp32";
  /** CPU threads. @default as many as there are physical cores */
  threads?: number;
  signal?: AbortSignal;
}

export interface GenerationOptions extends SamplingOptions {
  /** @default 256 */
  maxNewTokens?: number;
  /** Strings that end the text; they are not part of it. */
  stop?: readonly string[];
  /** Ends the generation; what has come stays. */
  signal?: AbortSignal;
}

export interface Usage {
  promptTokens: number;
  /** Of the prompt, those that were in the cache already. */
  cachedTokens: number;
  newTokens: number;
}

/** What comes from a model: text as it grows, and at the end why it ended. */
export type Part = { type: "text"; text: string } | { type: "finish"; reason: "stop" | "length"; usage: Usage };

const generationOptionNames = [...samplingOptionNames, "maxNewTokens", "stop", "signal"];

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
  readonly #decoder: Decoder;
  readonly #endIds: ReadonlySet<number>;
  /** What the cache holds. */
  #read: number[] = [];
  /** How much of it was read as a prompt in whole chunks, and so is what a model without a cache would have. */
  #reusable = 0;
  #isBusy = false;
  #isClosed = false;

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
    this.#decoder = decoder;
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
    checkOptions("options", options, ["dtype", "threads", "signal"]);
    const { dtype = "file", threads, signal } = options;
    checkChoice("dtype", dtype, ["file", "fp32"]);
    if (threads !== undefined) checkInteger("threads", threads, { min: 1 });
    checkSignal("signal", signal);
    signal?.throwIfAborted();
    const place = name.endsWith(".gguf") || existsSync(name) ? name : await fetchGguf(name, signal);
    if (!existsSync(place)) throw argumentError("name", "the path of a file that exists", place);
    const { tokenizer, chatTemplate, endIds } = await readModelText(place, name);
    const decoder = await Decoder.load(place, { dtype, ...(threads === undefined ? {} : { threads }) });
    return new LanguageModel(name, decoder, tokenizer, chatTemplate, endIds);
  }

  get config(): DecoderConfig {
    return this.#decoder.config;
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
    const { sampler, maxNewTokens, stop, signal } = checkGeneration(options);
    const ids = Array.from(this.#idsOf(prompt));
    if (ids.length === 0)
      throw argumentError("prompt", "at least one token", prompt, { hint: "begin with a word, or with a special token" });
    const room = this.config.contextLength - ids.length;
    if (room < 1)
      throw argumentError("prompt", `shorter than ${this.config.contextLength} tokens`, ids.length, { hint: "leave out the beginning" });
    const free = this.#claim();
    try {
      using interrupt = await interruptible(signal);
      const cachedTokens = this.#rewindTo(ids);
      const stream = new TextStream(stop);
      let logits = await this.#readOn(ids.slice(cachedTokens), interrupt.signal);
      this.#reusable = ids.length - (ids.length % promptChunk);
      let reason: "stop" | "length" = "length";
      let newTokens = 0;
      while (newTokens < Math.min(maxNewTokens, room)) {
        interrupt.signal.throwIfAborted();
        const id = sampler.next(logits, this.#read);
        newTokens++;
        const text = this.#endIds.has(id) ? "" : stream.push(this.tokenizer.bytesOf(id));
        if (text !== "") yield { type: "text", text };
        if (this.#endIds.has(id) || stream.isStopped) {
          reason = "stop";
          break;
        }
        if (newTokens < Math.min(maxNewTokens, room)) logits = await this.#readOn([id], interrupt.signal);
      }
      const rest = stream.end();
      if (rest !== "") yield { type: "text", text: rest };
      yield { type: "finish", reason, usage: { promptTokens: ids.length, cachedTokens, newTokens } };
    } finally {
      free();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#decoder.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  toString(): string {
    const { architecture, layers, width, vocabSize } = this.config;
    return `LanguageModel(${this.name}: ${architecture}, ${layers} layers, ${width} wide, vocabulary ${vocabSize})`;
  }

  #idsOf(prompt: string | ArrayLike<number>): ArrayLike<number> {
    if (typeof prompt !== "string") return checkIndices("prompt", prompt, this.config.vocabSize);
    const ids = this.tokenizer.encode(checkText("prompt", prompt, { allowEmpty: false }), { allowSpecial: true });
    const { prefixIds } = this.tokenizer;
    return prefixIds.every((id, at) => ids[at] === id) ? ids : [...prefixIds, ...ids];
  }

  /** One generation at a time: they share the cache. */
  #claim(): () => void {
    if (this.#isClosed) throw new ClosedError(`${this.name} is closed`, { hint: "load it again, or close it later" });
    if (this.#isBusy)
      throw new ArgumentError(`${this.name} is generating already`, {
        hint: "await the end of the other generation, or load the model twice",
      });
    this.#isBusy = true;
    return () => (this.#isBusy = false);
  }

  /** Keeps the chunks of the cache that the prompt begins with; its last token is read again, for its logits are needed. */
  #rewindTo(ids: readonly number[]): number {
    const most = Math.min(this.#reusable, ids.length - 1);
    let same = 0;
    while (same < most && this.#read[same] === ids[same]) same++;
    const kept = same - (same % promptChunk);
    this.#decoder.truncate(kept);
    this.#read.length = kept;
    this.#reusable = kept;
    return kept;
  }

  async #readOn(ids: readonly number[], signal: AbortSignal): Promise<Float32Array> {
    const logits = await this.#decoder.read(ids, { signal });
    this.#read.push(...ids);
    return logits;
  }
}

function checkGeneration(options: GenerationOptions): {
  sampler: Sampler;
  maxNewTokens: number;
  stop: readonly string[];
  signal: AbortSignal | undefined;
} {
  checkOptions("options", options, generationOptionNames);
  const { maxNewTokens = 256, stop = [], signal, ...sampling } = options;
  checkSignal("signal", signal);
  return {
    sampler: new Sampler(sampling),
    maxNewTokens: checkInteger("maxNewTokens", maxNewTokens, { min: 1 }),
    stop: checkArray("stop", stop, (name, text) => checkText(name, text, { allowEmpty: false })),
    signal,
  };
}

async function fetchGguf(name: string, signal: AbortSignal | undefined): Promise<string> {
  const { files } = await fetchModel(name, { signal });
  const place = Object.values(files).find((file) => file.endsWith(".gguf"));
  if (place !== undefined) return place;
  throw argumentError("name", "a language model", name, { hint: 'use "SmolLM2-135M-Instruct"' });
}
