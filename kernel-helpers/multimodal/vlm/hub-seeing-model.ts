/** Vision-language models of the hub by their names, run by transformers.js, as chat models. */
import path from "node:path";
import type { PreTrainedModel, PreTrainedTokenizer, Processor, RawImage } from "@huggingface/transformers";
import { ArgumentError, ClosedError, UnavailableError } from "../../errors.ts";
import {
  PartQueue,
  type ChatOptions,
  type ContentPart,
  type MultimodalChatModel,
  type MultimodalMessage,
  type Part,
} from "../../llm/index.ts";
import {
  argumentError,
  checkArray,
  checkChoice,
  checkInteger,
  checkNumber,
  checkObject,
  checkOptions,
  checkSignal,
  checkText,
} from "../../runtime/check.ts";
import { cacheFolder } from "../../runtime/cache-folder.ts";
import { readDataUrl } from "../images/data-url.ts";

const dtypes = ["auto", "fp32", "fp16", "q8", "int8", "uint8", "q4", "bnb4", "q4f16"] as const;

export interface LoadHubSeeingModelOptions {
  /** Which of the repository's ONNX files are taken. @default "auto", as the repository says */
  dtype?: (typeof dtypes)[number];
}

type Library = typeof import("@huggingface/transformers");

/**
 * Loads a repository with ONNX files of a model that reads images and text, such as HuggingFaceTB/SmolVLM-256M-Instruct, fetched into the cache at first use; or
 * a folder laid out like one.
 *
 * @throws {UnavailableError} It cannot be fetched, or transformers.js cannot run it.
 * @example
 * await using model = await loadHubSeeingModel('HuggingFaceTB/SmolVLM-256M-Instruct')
 * const content = [imagePart(await readImage('photo.jpg')), { type: 'text', text: 'What is this?' }]
 * for await (const part of model.chat([{ role: 'user', content }])) …
 */
export async function loadHubSeeingModel(name: string, options: LoadHubSeeingModelOptions = {}): Promise<HubSeeingModel> {
  checkText("name", name, { allowEmpty: false, hint: 'pass owner/name, such as "HuggingFaceTB/SmolVLM-256M-Instruct"' });
  checkOptions("options", options, ["dtype"]);
  const dtype = checkChoice("dtype", options.dtype ?? "auto", dtypes);
  const library = await import("@huggingface/transformers");
  const where = { cache_dir: path.join(cacheFolder(), "transformers") };
  try {
    const processor = await library.AutoProcessor.from_pretrained(name, where);
    return new HubSeeingModel(
      name,
      library,
      processor,
      await library.AutoModelForImageTextToText.from_pretrained(name, { ...where, dtype }),
    );
  } catch (cause) {
    throw new UnavailableError(`${name} cannot be loaded: ${(cause as Error).message}`, {
      hint: "is it a repository with ONNX files of an image-text-to-text model, and is there a network?",
      cause,
      facts: { model: name },
    });
  }
}

export class HubSeeingModel implements MultimodalChatModel, AsyncDisposable {
  readonly name: string;
  readonly #library: Library;
  readonly #processor: Processor;
  readonly #model: PreTrainedModel;
  #isBusy = false;
  #isClosed = false;

  /** @internal */
  constructor(name: string, library: Library, processor: Processor, model: PreTrainedModel) {
    this.name = name;
    this.#library = library;
    this.#processor = processor;
    this.#model = model;
  }

  /**
   * Continues a conversation. Of the options, temperature, topP, topK, repetitionPenalty, maxNewTokens and signal are understood; a model of the hub is not told
   * which seed to draw with, and calls no tools.
   *
   * @throws {ArgumentError} Another option, or something that is not a message.
   */
  chat(messages: readonly MultimodalMessage[], options: ChatOptions = {}): AsyncGenerator<Part, void> {
    checkArray("messages", messages, (at, message) => checkObject(at, message, { hint: 'pass { role: "user", content: "…" }' }), {
      allowEmpty: false,
    });
    checkOptions("options", options, ["temperature", "topP", "topK", "repetitionPenalty", "maxNewTokens", "signal"]);
    checkSignal("signal", options.signal);
    const sampling = samplingOf(options);
    return this.#stream(messages, sampling, options.signal);
  }

  async *#stream(
    messages: readonly MultimodalMessage[],
    sampling: Record<string, unknown>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Part, void> {
    if (this.#isClosed) throw new ClosedError(`${this.name} is closed`, { hint: "load it again, or close it later" });
    if (this.#isBusy) throw new ArgumentError(`${this.name} is generating already`, { hint: "await the end of the other generation" });
    signal?.throwIfAborted();
    this.#isBusy = true;
    const { TextStreamer, InterruptableStoppingCriteria } = this.#library;
    const stopping = new InterruptableStoppingCriteria();
    const parts = new PartQueue();
    const abort = (): void => parts.fail(signal!.reason);
    signal?.addEventListener("abort", abort);
    let running: Promise<void> | undefined;
    try {
      const inputs = await this.#inputsOf(messages);
      const promptTokens = inputs["input_ids"]!.dims[1]!;
      let newTokens = 0;
      const streamer = new TextStreamer(this.#processor.tokenizer as PreTrainedTokenizer, {
        skip_prompt: true,
        skip_special_tokens: true,
        callback_function: (text: string) => void (text !== "" && parts.push({ type: "text", text })),
        token_callback_function: (tokens: bigint[]) => void (newTokens += tokens.length),
      });
      const generated = this.#model.generate({ ...inputs, ...sampling, streamer, stopping_criteria: stopping } as never);
      running = generated.then(
        () => {
          const reason = newTokens >= (sampling["max_new_tokens"] as number) ? "length" : "stop";
          parts.push({ type: "finish", reason, usage: { promptTokens, cachedTokens: 0, newTokens } });
        },
        (error: unknown) => parts.fail(error),
      );
      yield* parts;
    } finally {
      stopping.interrupt();
      await running;
      signal?.removeEventListener("abort", abort);
      this.#isBusy = false;
    }
  }

  /** Ids and pixels. Some processors take the text first, and some the images. */
  async #inputsOf(messages: readonly MultimodalMessage[]): Promise<Record<string, { dims: number[] }>> {
    const images: RawImage[] = [];
    const told: { role: string; content: { type: string; text?: string }[] }[] = [];
    for (const { role, content } of messages) {
      const parts = typeof content === "string" ? [{ type: "text" as const, text: content }] : content;
      const seen = parts.filter((part): part is Extract<ContentPart, { type: "image_url" }> => part.type === "image_url");
      for (const { image_url: image } of seen) {
        const { data, width, height } = await readDataUrl(image.url);
        images.push(new this.#library.RawImage(data, width, height, 3));
      }
      const texts = parts.flatMap((part) => (part.type === "text" ? [{ type: "text", text: part.text }] : []));
      told.push({ role, content: [...seen.map(() => ({ type: "image" })), ...texts] });
    }
    const text = this.#processor.apply_chat_template(told as never, { add_generation_prompt: true }) as string;
    const process = this.#processor as unknown as (...inputs: unknown[]) => Promise<Record<string, { dims: number[] }>>;
    if (images.length === 0) return (this.#processor.tokenizer as unknown as (text: string) => Record<string, { dims: number[] }>)(text);
    const { LlavaProcessor, PaliGemmaProcessor } = this.#library as unknown as Record<string, new () => unknown>;
    const isImagesFirst = [LlavaProcessor, PaliGemmaProcessor].some((kind) => kind !== undefined && this.#processor instanceof kind);
    return isImagesFirst ? process(images, text) : process(text, images);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#model.dispose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** As transformers calls them. */
function samplingOf({ temperature = 0, topP, topK, repetitionPenalty, maxNewTokens = 256 }: ChatOptions): Record<string, unknown> {
  checkNumber("temperature", temperature, { min: 0 });
  if (topP !== undefined) checkNumber("topP", topP, { above: 0, max: 1 });
  if (topK !== undefined) checkInteger("topK", topK, { min: 1 });
  if (repetitionPenalty !== undefined) checkNumber("repetitionPenalty", repetitionPenalty, { above: 0 });
  if (topP !== undefined && temperature === 0) throw argumentError("topP", "left out where the temperature is 0", topP);
  return {
    max_new_tokens: checkInteger("maxNewTokens", maxNewTokens, { min: 1 }),
    do_sample: temperature > 0,
    ...(temperature > 0 && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...(topK !== undefined && { top_k: topK }),
    ...(repetitionPenalty !== undefined && { repetition_penalty: repetitionPenalty }),
  };
}
