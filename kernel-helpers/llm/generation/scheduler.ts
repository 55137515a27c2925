/**
 * Continuous batching (Orca; Yu et al. 2022, usenix.org/conference/osdi22/presentation/yu): all texts that grow take a step at once, and between two steps
 * some join and some leave. Prompts are read in pieces between the steps, so that a long one does not keep the others waiting. A text is the same alone
 * and in company: its prompt is cut into the same pieces, each token of a step is computed as if it were the only one, and each text has its own sampler.
 */
import { ClosedError } from "../../errors.ts";
import type { Part } from "../chat-model.ts";
import type { DecoderBatch } from "../decoder/decoder-batch.ts";
import type { PrefixCache } from "../decoder/prefix-cache.ts";
import type { Context } from "./context.ts";
import { Continuation, type ContinuationOptions } from "./continuation.ts";
import { PartQueue } from "./part-queue.ts";

export interface SchedulerOptions {
  /** Texts that grow at once. */
  slots: number;
  /** Tokens that each has room for, its prompt included. */
  slotTokens: number;
  /** Tokens that are kept of prompts, for others that begin alike. */
  prefixTokens: number;
  /** Pieces of prompts that are read between two steps. */
  piecesPerStep: number;
}

/** What a scheduler is doing, and what it has done since it was opened. */
export interface Activity {
  slots: number;
  /** Texts that grow. */
  active: number;
  /** Texts whose prompt has not been read. */
  waiting: number;
  /** Tokens in the slots, and room for them. */
  cacheTokens: number;
  cacheCapacity: number;
  /** Tokens kept of prompts. */
  prefixTokens: number;
  /** Steps, and tokens of prompts and texts, up to now. */
  steps: number;
  promptTokens: number;
  /** Of those of prompts: what did not have to be read. */
  cachedTokens: number;
  newTokens: number;
}

class Sequence {
  readonly ids: readonly number[];
  readonly continuation: Continuation;
  readonly parts: PartQueue = new PartQueue();
  cachedTokens = 0;
  /** Whether nobody waits for it any more. */
  isGone = false;

  constructor(ids: readonly number[], most: number, options: ContinuationOptions) {
    this.ids = ids;
    this.continuation = new Continuation(ids, most, options);
  }

  /** Draws a token; whether the text has room and reason for another. */
  take(logits: Float32Array): boolean {
    try {
      for (const part of this.continuation.take(logits)) this.parts.push(part);
      if (!this.continuation.isDone) return true;
      for (const part of this.continuation.end({ cachedTokens: this.cachedTokens })) this.parts.push(part);
    } catch (error) {
      this.fail(error); // its own logits or its own constraint: the others go on
    }
    return false;
  }

  fail(error: unknown): void {
    this.isGone = true;
    this.parts.fail(error);
  }
}

export class Scheduler implements AsyncDisposable {
  readonly #context: Context;
  readonly #claim: Disposable;
  readonly #batch: DecoderBatch;
  readonly #prefixes: PrefixCache;
  readonly #options: SchedulerOptions;
  readonly #waiting: Sequence[] = [];
  /** In the order of the batch. */
  readonly #active: Sequence[] = [];
  /** Whose prompt is being read. */
  #reading: Sequence | undefined;
  /** Why nothing is computed any more. */
  #ended: Error | undefined;
  #isClosed = false;
  #wake: (() => void) | undefined;
  readonly #running: Promise<void>;
  readonly #done = { steps: 0, promptTokens: 0, cachedTokens: 0, newTokens: 0 };

  private constructor(context: Context, batch: DecoderBatch, claim: Disposable, options: SchedulerOptions) {
    this.#context = context;
    this.#batch = batch;
    this.#claim = claim;
    this.#options = options;
    this.#prefixes = context.decoder.openPrefixCache(options.prefixTokens);
    this.#running = this.#run();
  }

  /** The model is the scheduler's alone until it is closed. */
  static async open(context: Context, options: SchedulerOptions): Promise<Scheduler> {
    const claim = context.claim();
    try {
      return new Scheduler(context, await context.decoder.openBatch(options.slots, options.slotTokens), claim, options);
    } catch (error) {
      claim[Symbol.dispose]();
      throw error;
    }
  }

  /** Tokens of a prompt and its text. */
  get slotTokens(): number {
    return this.#options.slotTokens;
  }

  get activity(): Activity {
    const lengths = this.#active.map(({ continuation }) => continuation.seen.length);
    const { slots, slotTokens } = this.#options;
    return {
      slots,
      active: this.#active.length,
      waiting: this.#waiting.length + (this.#reading ? 1 : 0),
      cacheTokens: lengths.reduce((sum, length) => sum + length, 0),
      cacheCapacity: slots * slotTokens,
      prefixTokens: this.#prefixes.tokens,
      ...this.#done,
    };
  }

  /**
   * Continues ids, beside whatever else is growing. Ending the iteration, or the signal, frees its place before the next step.
   *
   * @param most Tokens that may be drawn; with those of the prompt no more than a slot has room for.
   */
  async *stream(ids: readonly number[], most: number, options: ContinuationOptions): AsyncGenerator<Part, void> {
    if (this.#ended) throw this.#ended;
    const { signal } = options;
    signal?.throwIfAborted();
    const sequence = new Sequence(ids, most, options);
    const abort = (): void => sequence.fail(signal!.reason);
    signal?.addEventListener("abort", abort);
    this.#waiting.push(sequence);
    this.#wake?.();
    try {
      yield* sequence.parts;
    } finally {
      sequence.isGone = true;
      signal?.removeEventListener("abort", abort);
      this.#wake?.();
    }
  }

  /** Texts that have not ended fail. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const isLost = this.#ended !== undefined; // the engine has failed, and the batch with it
    this.#end(new ClosedError("this model is closed", { hint: "load it again, or close it later" }));
    this.#wake?.();
    await this.#running;
    if (!isLost) await this.#batch.close();
    this.#claim[Symbol.dispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #run(): Promise<void> {
    try {
      for (;;) {
        await this.#removeGone();
        if (this.#ended) return;
        const isIdle = this.#waiting.length === 0 && this.#active.length === 0 && !this.#reading;
        if (isIdle) await new Promise<void>((resolve) => (this.#wake = resolve));
        for (let piece = 0; piece < this.#options.piecesPerStep && this.#hasPrompt(); piece++) await this.#readPiece();
        if (this.#active.length > 0) await this.#step();
      }
    } catch (error) {
      this.#end(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** What comes now, and what is under way, fails. */
  #end(reason: Error): void {
    this.#ended ??= reason;
    for (const sequence of [...this.#waiting, ...this.#active, ...(this.#reading ? [this.#reading] : [])]) sequence.fail(this.#ended);
  }

  #hasPrompt(): boolean {
    if (this.#reading?.isGone) this.#reading = undefined;
    while (this.#waiting[0]?.isGone) this.#waiting.shift();
    return !this.#ended && (this.#reading !== undefined || (this.#waiting.length > 0 && this.#active.length < this.#options.slots));
  }

  async #readPiece(): Promise<void> {
    const prefixes = this.#prefixes;
    if (!this.#reading) {
      this.#reading = this.#waiting.shift()!;
      this.#reading.cachedTokens = await this.#context.beginPrompt(this.#reading.ids, prefixes);
      this.#done.promptTokens += this.#reading.ids.length;
      this.#done.cachedTokens += this.#reading.cachedTokens;
    }
    const sequence = this.#reading;
    if (sequence.isGone) return; // and what its ids stand for may be gone, too
    const logits = await this.#context.readPiece(sequence.ids, { prefixes });
    if (!logits) return;
    if (!sequence.isGone) {
      this.#done.newTokens++;
      if (sequence.take(logits)) {
        await this.#batch.add();
        this.#active.push(sequence);
      }
    }
    this.#reading = undefined;
  }

  async #step(): Promise<void> {
    const logits = await this.#batch.step(this.#active.map(({ continuation }) => continuation.seen.at(-1)!));
    const { vocabSize } = this.#context.decoder.config;
    this.#done.steps++;
    this.#done.newTokens += this.#active.length;
    for (const [index, sequence] of this.#active.entries()) {
      if (!sequence.isGone && !sequence.take(logits.subarray(index * vocabSize, (index + 1) * vocabSize))) sequence.isGone = true;
    }
  }

  /** Those that have ended leave, and the last one takes their place, as in the batch. */
  async #removeGone(): Promise<void> {
    for (let index = this.#active.length - 1; index >= 0; index--) {
      if (!this.#active[index]!.isGone) continue;
      await this.#batch.remove(index);
      const last = this.#active.pop()!;
      if (index < this.#active.length) this.#active[index] = last;
    }
    for (let index = this.#waiting.length - 1; index >= 0; index--) if (this.#waiting[index]!.isGone) this.#waiting.splice(index, 1);
  }
}
