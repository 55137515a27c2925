/** A language model with its tokenizer: it continues text, and answers in conversations. */
import { ArgumentError } from "../errors.ts";
import { argumentError, checkArray, checkIndices, checkInteger, checkOptions, checkSignal, checkText } from "../runtime/check.ts";
import type { Device } from "../onnx/index.ts";
import { interruptible } from "../runtime/interrupt.ts";
import { displayable } from "../runtime/printable.ts";
import { createProgress } from "../runtime/progress.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import type { ChatOptions, ImagePart, Message, MultimodalChatModel, MultimodalMessage, Part, Tool } from "./chat-model.ts";
import { ChatTemplate } from "./chat-template.ts";
import { Constraints } from "./constrain/constraints.ts";
import type { DecoderConfig } from "./decoder/config.ts";
import { Decoder } from "./decoder/decoder.ts";
import { loadOn } from "./decoder/load-on.ts";
import { placeImages, type Eyes } from "./eyes.ts";
import { Context } from "./generation/context.ts";
import { scoreIds, toPerplexity, type Perplexity, type PerplexityOptions } from "./generation/log-probs.ts";
import { checkGeneration, type GenerationOptions } from "./generation/options.ts";
import type { ContinuationOptions } from "./generation/continuation.ts";
import { collect, defaultBatchSize, generateAll, type Generation } from "./generation/generate-all.ts";
import { Scheduler, type Activity } from "./generation/scheduler.ts";
import { roomFor, streamParts } from "./generation/stream-parts.ts";
import { callEnd, callStart, checkTools, partsOfCalls, toolGrammar } from "./generation/tool-calls.ts";
import { checkLoadOptions, type LoadModelOptions } from "./load-options.ts";
import { findModel } from "./model-place.ts";
import { readModelText } from "./model-text.ts";

export interface BatchOptions extends Omit<GenerationOptions, "draft" | "draftTokens" | "logProbs"> {
  /** How many texts grow side by side. @default 8 */
  batchSize?: number;
}

interface ConstrainedCalls {
  tools: readonly Tool[];
  isRequired: boolean;
}

const defaultSlotTokens = 2048;

export interface ChatGenerationOptions extends GenerationOptions, Pick<ChatOptions, "tools" | "toolChoice"> {}

/**
 * A model of the Llama family, from a GGUF file or a folder laid out as on the hub. Give it back with close().
 *
 * @example
 * const model = await LanguageModel.load('SmolLM2-135M-Instruct')
 * for await (const part of model.chat([{ role: 'user', content: 'What is the capital of France?' }])) …
 */
export class LanguageModel implements MultimodalChatModel, AsyncDisposable {
  readonly name: string;
  readonly tokenizer: Tokenizer;
  /** undefined where the file has none: such a model only continues text. */
  readonly chatTemplate: ChatTemplate | undefined;
  readonly #context: Context;
  readonly #endIds: ReadonlySet<number>;
  readonly #constraints: Constraints;
  #scheduler: Scheduler | undefined;
  #eyes: Eyes | undefined;

  private constructor(
    name: string,
    decoder: Decoder,
    tokenizer: Tokenizer,
    chatTemplate: ChatTemplate | undefined,
    endIds: ReadonlySet<number>,
  ) {
    this.name = name;
    this.tokenizer = tokenizer;
    this.chatTemplate = chatTemplate;
    this.#context = new Context(name, decoder);
    this.#endIds = endIds;
    this.#constraints = new Constraints(tokenizer, decoder.config.vocabSize, [callStart, callEnd]);
    displayable(this, () => ({ "text/plain": this.toString() }));
  }

  /**
   * Opens a model.
   *
   * @param name A name of the manifest or of a repository on the hub (`owner/name`, `owner/name:Q4_K_M`), fetched at first use; the path of a .gguf file; or a
   *   folder laid out as on the hub: config.json, safetensors, tokenizer.json.
   * @throws {UnavailableError} The model cannot be fetched, or its architecture cannot be run.
   */
  static async load(name: string, options: LoadModelOptions = {}): Promise<LanguageModel> {
    checkText("name", name, {
      allowEmpty: false,
      hint: 'pass a name such as "SmolLM2-135M-Instruct", owner/name on the hub, or the path of a .gguf file or a folder',
    });
    const { dtype, device, threads, adapter, eyes, chatTemplate: given, signal } = checkLoadOptions(options);
    signal?.throwIfAborted();
    const place = await findModel(name, signal);
    // The decoder is made in a thread of its own, while the tokenizer is read in this one.
    const [loading, reading] = await Promise.allSettled([
      loadOn(device, place, {
        dtype,
        ...(threads !== undefined && { threads }),
        ...(adapter !== undefined && { adapter }),
      }),
      readModelText(place, name),
    ]);
    if (loading.status === "rejected") throw loading.reason;
    const decoder = loading.value;
    if (reading.status === "rejected") {
      await decoder.close();
      throw reading.reason;
    }
    const { tokenizer, endIds } = reading.value;
    const chatTemplate =
      given === undefined ? reading.value.chatTemplate : new ChatTemplate(given, { bos: "", eos: "" }, "options.chatTemplate");
    const model = new LanguageModel(name, decoder, tokenizer, chatTemplate, endIds);
    model.#eyes = eyes;
    if (options.slots !== undefined) await model.#openSlots(options.slots, options);
    return model;
  }

  async #openSlots(slots: number, options: LoadModelOptions): Promise<void> {
    const slotTokens = Math.min(options.slotTokens ?? defaultSlotTokens, this.config.contextLength);
    const { prefixTokens = 4 * slotTokens } = options;
    this.#scheduler = await Scheduler.open(this.#context, { slots, slotTokens, prefixTokens, piecesPerStep: 1 });
  }

  /** With slots: what is under way in them. */
  get activity(): Activity | undefined {
    return this.#scheduler?.activity;
  }

  /** Where it computes. */
  get device(): Device {
    return this.#context.decoder.device;
  }

  /** Whether messages may show images. */
  get sees(): boolean {
    return this.#eyes !== undefined;
  }

  get config(): DecoderConfig {
    return this.#context.decoder.config;
  }

  /**
   * Continues a conversation with the model's answer. Special tokens that a message spells are text.
   *
   * @param messages Images in them are shown to a model that was loaded with eyes, before the text of their message.
   * @throws {ArgumentError} The model has no chat template, or one without tools where there are some; or it sees no images.
   */
  chat(messages: readonly MultimodalMessage[], options: ChatGenerationOptions = {}): AsyncGenerator<Part, void> {
    const { tools, toolChoice, ...generation } = options;
    const template = this.#requireTemplate();
    checkTools(options);
    if (tools && !template.hasTools) {
      throw new ArgumentError(`the chat template of ${this.name} has no place for tools`, {
        hint: "describe them in the system message, or use a model that was tuned to call them, such as Qwen2.5-Coder-0.5B-Instruct",
      });
    }
    const parts = template.encodeParts(messages, this.tokenizer, tools && { tools });
    if (!tools) return this.#answer(parts, generation);
    const isFree = toolChoice === undefined || toolChoice === "auto";
    return partsOfCalls(this.#answer(parts, generation, isFree ? undefined : { tools, isRequired: toolChoice === "required" }));
  }

  /**
   * Continues a text; the same options give the same text. As far as the prompt is that of the last call it is not read again, in whole chunks of 64
   * tokens. ■, Ctrl-C and `signal` end it between two tokens, or two chunks of the prompt.
   *
   * @param prompt Text, in which special tokens count as such, or ids.
   */
  generate(prompt: string | ArrayLike<number>, options: GenerationOptions = {}): AsyncGenerator<Part, void> {
    return this.#stream("prompt", prompt, options);
  }

  /**
   * Continues many texts, several side by side, in a fraction of the time; on a GPU one after the other. Each is what generate() makes of it, up to the
   * rounding of quantised products.
   *
   * @param prompts Texts, in which special tokens count as such, or lists of ids.
   */
  async generateAll(prompts: readonly (string | ArrayLike<number>)[], options: BatchOptions = {}): Promise<Generation[]> {
    const { batchSize = defaultBatchSize, ...generation } = options;
    checkInteger("batchSize", batchSize, { min: 1, max: 256 });
    if ("draft" in generation) throw argumentError("draft", "left out where texts grow side by side", generation.draft);
    const ids = checkArray("prompts", prompts, (_, prompt) => prompt as string | ArrayLike<number>).map((prompt, index) =>
      this.#idsOf(`prompts[${index}]`, prompt),
    );
    const { signal } = this.#check(generation);
    if (this.#scheduler) return Promise.all(ids.map((prompt) => collect(this.#stream("prompts", prompt, generation))));
    if (this.device !== "cpu") return oneByOne(ids.map((prompt) => () => collect(this.#stream("prompts", prompt, generation))));
    return generateAll(this.#context, ids, () => this.#check(generation), { batchSize, signal });
  }

  /** Answers many conversations, as generateAll continues texts. */
  async chatAll(conversations: readonly (readonly Message[])[], options: BatchOptions = {}): Promise<Generation[]> {
    const template = this.#requireTemplate();
    checkArray("conversations", conversations, () => {});
    return this.generateAll(
      conversations.map((messages) => template.encode(messages, this.tokenizer)),
      options,
    );
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
    await this.#scheduler?.close();
    await this.#context.close();
    this.#eyes?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  toString(): string {
    const { architecture, layers, width, vocabSize } = this.config;
    return `LanguageModel(${this.name}: ${architecture}, ${layers} layers, ${width} wide, vocabulary ${vocabSize})`;
  }

  #answer(parts: readonly (Uint32Array | ImagePart)[], options: GenerationOptions, calls?: ConstrainedCalls): AsyncGenerator<Part, void> {
    const images = parts.filter((part) => !(part instanceof Uint32Array));
    if (images.length === 0) return this.#continue("messages", parts.flatMap((part) => [...(part as Uint32Array)]), options, calls); // prettier-ignore
    if (options.draft instanceof LanguageModel)
      throw argumentError("draft", '"lookup" where images are shown', options.draft.name, { hint: "the draft does not see them" });
    if (this.#eyes) return this.#see(this.#eyes, parts, options, calls);
    throw argumentError(
      "messages",
      `text alone, for ${this.name} sees no images`,
      `${images.length} image${images.length === 1 ? "" : "s"}`,
      {
        hint: "use a model with eyes, such as loadSeeingModel(…) of the room multimodal returns",
      },
    );
  }

  async *#see(
    eyes: Eyes,
    parts: readonly (Uint32Array | ImagePart)[],
    options: GenerationOptions,
    calls?: ConstrainedCalls,
  ): AsyncGenerator<Part, void> {
    using seen = await placeImages(eyes, this.#context.decoder, parts, options.signal);
    yield* this.#continue("messages", seen.ids, options, calls);
  }

  async *#stream(argument: string, prompt: string | ArrayLike<number>, options: GenerationOptions): AsyncGenerator<Part, void> {
    yield* this.#continue(argument, this.#idsOf(argument, prompt), options);
  }

  async *#continue(
    argument: string,
    ids: readonly number[],
    options: GenerationOptions,
    calls?: ConstrainedCalls,
  ): AsyncGenerator<Part, void> {
    const checked = this.#check(options, calls);
    const scheduler = this.#scheduler;
    if (!scheduler) yield* streamParts(this.#context, ids, { ...checked, draft: this.#checkDraft(options.draft) });
    else if (options.draft !== undefined) throw argumentError("draft", "left out where texts grow side by side", options.draft);
    else yield* scheduler.stream(ids, roomFor(scheduler.slotTokens, argument, ids, checked.maxNewTokens), checked);
  }

  #check(options: GenerationOptions, calls?: ConstrainedCalls): ContinuationOptions {
    const checked = checkGeneration(options, this.config.vocabSize);
    const given = this.#constraints.of(options);
    if (calls && given) throw argumentError("options", "without schema, choices and grammar where calls of tools are constrained", options);
    const constraint = calls ? this.#constraints.compile("tools", calls, () => toolGrammar(calls.tools, calls.isRequired)) : given;
    return { ...checked, constraint, tokenizer: this.tokenizer, endIds: this.#endIds };
  }

  #requireTemplate(): ChatTemplate {
    if (this.chatTemplate) return this.chatTemplate;
    throw new ArgumentError(`${this.name} has no chat template`, {
      hint: "it only continues text: use generate(), or a model tuned for conversation",
    });
  }

  #checkDraft(draft: unknown): Context | "lookup" | undefined {
    if (draft === undefined || draft === "lookup") return draft;
    if (!(draft instanceof LanguageModel) || draft === this) throw argumentError("draft", '"lookup" or another LanguageModel', draft);
    const sample = "Speculation: 猜 12345 <tokens> naïvely\n\t{}";
    const isSame =
      draft.tokenizer.tokenCount === this.tokenizer.tokenCount &&
      String(draft.tokenizer.encode(sample)) === String(this.tokenizer.encode(sample));
    if (isSame) return draft.#context;
    throw argumentError("draft", "a model with the same vocabulary", draft, { hint: "take a smaller model of the same family" });
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

async function oneByOne<T>(tasks: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = [];
  for (const task of tasks) results.push(await task());
  return results;
}
