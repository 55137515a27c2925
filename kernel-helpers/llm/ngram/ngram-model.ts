/**
 * Language models that count: the probability of a symbol is how often it followed the same n − 1 symbols before. With interpolated Kneser–Ney
 * smoothing it is the baseline that a neural model has to beat. Kneser & Ney 1995; Chen & Goodman 1998.
 * Texts are streams: sentences are not marked at their beginning or end, as for a GPT.
 */
import { ArgumentError } from "../../errors.ts";
import { argumentError, checkChoice, checkIndices, checkInteger, checkNumber, checkOptions } from "../../runtime/check.ts";
import { displayable } from "../../runtime/printable.ts";
import { Sampler, samplingOptionNames, type SamplingOptions } from "../sampler.ts";
import { countGrams } from "./count-grams.ts";
import { silent, smooth, smoothings, type Discounts, type Level, type Smoothing } from "./smoothing.ts";

export interface NgramOptions {
  /** n, from 0 to 100: a symbol is predicted from the n − 1 before it. 0 is the uniform distribution, 1 counts symbols alone, 2 are bigrams. */
  order: number;
  /** Symbols are integers from 0 to vocabularySize − 1. */
  vocabularySize: number;
  /** @default "kneser-ney" */
  smoothing?: Smoothing;
  /** For Kneser–Ney: one discount from 0 to 1 for all counts. Without it, three of each order are estimated ("modified" Kneser–Ney). */
  discount?: number;
}

export interface EvaluateOptions {
  /**
   * The context is forgotten after each `window` symbols, as models with a context of that length are evaluated: the text is cut into blocks of
   * `window` inputs, and the symbol after a block's j-th input is predicted from j inputs. Without it, the whole text before a symbol counts.
   */
  window?: number;
}

export interface SampleOptions extends SamplingOptions {
  /** How many symbols to draw, 0 or more. */
  length: number;
  /** What the text begins with; it is not part of what is returned. */
  prompt?: ArrayLike<number>;
}

/**
 * An n-gram model over ids of characters, bytes or tokens.
 *
 * @example
 * const model = NgramModel.train(ids, { order: 5, vocabularySize: 65 });
 * model.evaluate(others)                                          // nats per symbol
 * model.sample({ length: 200, seed: 1 })
 */
export class NgramModel {
  readonly order: number;
  readonly vocabularySize: number;
  readonly smoothing: Smoothing;
  /** The levels of grams, from single symbols to n. */
  readonly #levels: readonly Level[];

  private constructor({ order, vocabularySize, smoothing = "kneser-ney" }: NgramOptions, levels: readonly Level[]) {
    this.order = order;
    this.vocabularySize = vocabularySize;
    this.smoothing = smoothing;
    this.#levels = levels;
    displayable(this, () => ({ "text/plain": this.toString() }));
  }

  /**
   * Counts a text. A million characters at order 7 take about two seconds.
   *
   * @throws {OutOfRangeError} A symbol outside the vocabulary.
   * @throws {ArgumentError} No symbols, or an option out of range.
   */
  static train(symbols: ArrayLike<number>, options: NgramOptions): NgramModel {
    checkTrainOptions(options);
    const { order, vocabularySize, smoothing = "kneser-ney", discount } = options;
    checkSymbols("symbols", symbols, vocabularySize, { least: 1 });

    const tables = countGrams(symbols, order, smoothing === "kneser-ney");
    const levels = tables.map((grams, index): Level => {
      const contexts = index === 0 ? 1 : tables[index - 1]!.size;
      if (smoothing === "add-one" && index < order - 1) return silent(grams, contexts);
      return smooth(grams, { contexts, smoothing, vocabularySize, discount });
    });
    return new NgramModel(options, levels);
  }

  /** How many different grams of each length were seen, from single symbols to n. */
  get gramCounts(): number[] {
    return this.#levels.map(({ grams }) => grams.size);
  }

  /** What Kneser–Ney takes off the counts 1, 2 and 3 or more, by length of gram. */
  get discounts(): Discounts[] {
    return this.#levels.map(({ discounts }) => discounts);
  }

  /**
   * The natural logarithm of a symbol's probability after a context, of which the last n − 1 symbols count.
   *
   * @throws {OutOfRangeError} A symbol outside the vocabulary.
   */
  logProb(context: ArrayLike<number>, symbol: number): number {
    checkSymbols("symbol", [symbol], this.vocabularySize);
    return Math.log(this.#probability(this.#contextOf(context), symbol));
  }

  /** The probabilities of all symbols after a context; their sum is 1. */
  distribution(context: ArrayLike<number>): Float64Array {
    return this.#distribution(this.#contextOf(context));
  }

  /**
   * The mean of −ln p over the symbols of a text, in nats. The first is predicted from nothing. Infinity when the model holds one of them for
   * impossible, as most models without smoothing do.
   *
   * @throws {OutOfRangeError} A symbol outside the vocabulary.
   * @throws {ArgumentError} No symbols, or a window that is not an integer ≥ 1.
   */
  evaluate(symbols: ArrayLike<number>, options: EvaluateOptions = {}): number {
    checkSymbols("symbols", symbols, this.vocabularySize, { least: 1 });
    checkOptions("options", options, ["window"]);
    const { window = Infinity } = options;
    if (window !== Infinity) checkInteger("window", window, { min: 1 });
    let nats = 0;
    const context = this.#contextOf([]);
    for (let position = 0; position < symbols.length; position++) {
      nats -= Math.log(this.#probability(context, symbols[position]!));
      if (position % window === 0) context.fill(-1, 1); // the symbol that ended one block is the first input of the next
      this.#advance(context, symbols[position]!);
    }
    return nats / symbols.length;
  }

  /**
   * Draws a text, symbol by symbol.
   *
   * @throws {OutOfRangeError} A prompt with a symbol outside the vocabulary.
   * @throws {ArgumentError} An option out of range.
   */
  sample(options: SampleOptions): Uint32Array {
    checkOptions("options", options ?? {}, [...samplingOptionNames, "length", "prompt"]);
    const { length, prompt = [], ...sampling } = options ?? {};
    checkInteger("length", length, { min: 0, max: 2 ** 32 - 1 });
    const sampler = new Sampler(sampling);
    const context = this.#contextOf(prompt, "prompt");
    const seen = Array.from(prompt);
    return new Uint32Array(length).map(() => {
      const symbol = sampler.next(Float32Array.from(this.#distribution(context), Math.log), seen);
      this.#advance(context, symbol);
      seen.push(symbol);
      return symbol;
    });
  }

  toString(): string {
    const grams = this.gramCounts.reduce((sum, size) => sum + size, 0);
    return `NgramModel(order ${this.order}, ${this.smoothing}, ${this.vocabularySize} symbols, ${grams} grams)`;
  }

  /**
   * A context is the list of its endings: at k the number of the gram that its last k symbols are, or -1 where they were never seen.
   * At 0 is the empty one.
   */
  #contextOf(symbols: ArrayLike<number>, argument: string = "context"): Int32Array {
    checkSymbols(argument, symbols, this.vocabularySize);
    const context = new Int32Array(Math.max(1, this.order)).fill(-1, 1);
    for (let position = Math.max(0, symbols.length - this.order + 1); position < symbols.length; position++)
      this.#advance(context, symbols[position]!);
    return context;
  }

  #advance(context: Int32Array, symbol: number): void {
    for (let length = context.length - 1; length > 0; length--) {
      const parent = context[length - 1]!;
      context[length] = parent < 0 ? -1 : this.#levels[length - 1]!.grams.find(parent, symbol);
    }
  }

  #probability(context: Int32Array, symbol: number): number {
    let probability = 1 / this.vocabularySize;
    for (let length = 0; length < this.#levels.length; length++) {
      const ending = context[length]!;
      if (ending < 0) break; // what was not seen has no longer endings that were
      const { grams, discounts, totals, weights } = this.#levels[length]!;
      const total = totals[ending]!;
      if (total === 0) continue;
      probability *= weights[ending]!;
      const gram = grams.find(ending, symbol);
      if (gram < 0) continue;
      const count = grams.counts[gram]!;
      if (count > 0) probability += (count - discounts[Math.min(count, 3) - 1]!) / total;
    }
    return probability;
  }

  #distribution(context: Int32Array): Float64Array {
    return new Float64Array(this.vocabularySize).map((_, symbol) => this.#probability(context, symbol));
  }
}

function checkTrainOptions(options: NgramOptions): void {
  checkOptions("options", options ?? {}, ["order", "vocabularySize", "smoothing", "discount"]);
  const { order, vocabularySize, smoothing = "kneser-ney", discount } = options ?? {};
  checkInteger("order", order, { min: 0, max: 100, hint: "0 is the uniform distribution; 5 or so suits text" });
  checkInteger("vocabularySize", vocabularySize, { min: 1, max: 2 ** 24, hint: "pass the tokenizer's vocabSize" });
  checkChoice("smoothing", smoothing, smoothings);
  if (discount === undefined) return;
  checkNumber("discount", discount, { min: 0, max: 1, hint: "0.75 is a common value" });
  if (smoothing === "kneser-ney") return;
  throw argumentError("discount", `left out with smoothing "${smoothing}"`, discount, { hint: 'only smoothing: "kneser-ney" has one' });
}

function checkSymbols(argument: string, symbols: unknown, vocabularySize: number, { least = 0 } = {}): void {
  const hint =
    typeof symbols === "string"
      ? "encode it with a tokenizer first: tokenizer.encode(text)"
      : `pass ids of the tokenizer whose vocabSize is ${vocabularySize}`;
  const { length } = checkIndices(argument, symbols, vocabularySize, { hint });
  if (length < least)
    throw new ArgumentError(`${argument} must not be empty`, { hint: "pass at least one symbol", facts: { argument, value: symbols } });
}
