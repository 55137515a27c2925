/**
 * Language models that count: the probability of a symbol is how often it followed the same n − 1 symbols before. With interpolated Kneser–Ney
 * smoothing it is the baseline that a neural model has to beat. Kneser & Ney 1995; Chen & Goodman 1998.
 * Texts are streams: sentences have no marks of beginning or end, as for a GPT.
 */
import { ArgumentError } from "../../errors.ts";
import { displayable } from "../../runtime/printable.ts";
import { createRandom } from "../../runtime/random.ts";
import { countGrams } from "./count-grams.ts";
import { silent, smooth, smoothings, type Discounts, type Level, type Smoothing } from "./smoothing.ts";

export interface NgramOptions {
  /** n: a symbol is predicted from the n − 1 before it. 0 is the uniform distribution, 1 counts symbols alone, 2 are bigrams. */
  order: number;
  /** Symbols are whole numbers from 0 up to, but without, this one. */
  vocabularySize: number;
  /** @default "kneser-ney" */
  smoothing?: Smoothing;
  /** For Kneser–Ney: one discount from 0 to 1 for all counts. Without it, three of each order are estimated ("modified" Kneser–Ney). */
  discount?: number;
}

export interface EvaluateOptions {
  /**
   * Forget the context every so many symbols, as models with a context of that length are evaluated: the text is cut into blocks of `window`
   * inputs, and the symbol after a block's j-th input is predicted from j inputs. Without it, the whole text before a symbol counts.
   */
  window?: number;
}

export interface SampleOptions {
  /** Symbols to draw. */
  length: number;
  /** Probabilities are raised to 1 / temperature: below 1 the likely becomes likelier; 0 takes the likeliest. @default 1 */
  temperature?: number;
  /** What the text begins with; it is not part of what comes back. */
  prompt?: ArrayLike<number>;
  /** @default 0 */
  seed?: number;
}

/**
 * An n-gram model over ids of characters, bytes or tokens.
 *
 * @example
 * const model = NgramModel.train(ids, { order: 5, vocabularySize: 65 });
 * model.evaluate(others)                                          // nats a symbol
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
   * @throws {ArgumentError} No symbols, a symbol outside the vocabulary, an order or a discount out of range.
   */
  static train(symbols: ArrayLike<number>, options: NgramOptions): NgramModel {
    const { order, vocabularySize, smoothing = "kneser-ney", discount } = options;
    checkOptions(options);
    checkSymbols(symbols, vocabularySize);
    if (symbols.length === 0)
      throw new ArgumentError("there are no symbols to count", { hint: "train on a text with at least one symbol" });

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
   * @throws {ArgumentError} A symbol outside the vocabulary.
   */
  logProb(context: ArrayLike<number>, symbol: number): number {
    checkSymbols([symbol], this.vocabularySize);
    return Math.log(this.#probability(this.#contextOf(context), symbol));
  }

  /** The probabilities of all symbols after a context; their sum is 1. */
  distribution(context: ArrayLike<number>): Float64Array {
    return this.#distribution(this.#contextOf(context));
  }

  /**
   * The mean of −ln p over the symbols of a text, in nats. The first is predicted from nothing. Infinity when the model holds one for
   * impossible, as without smoothing most do.
   *
   * @throws {ArgumentError} No symbols, a symbol outside the vocabulary, a window that is no whole number above 0.
   */
  evaluate(symbols: ArrayLike<number>, { window = Infinity }: EvaluateOptions = {}): number {
    checkSymbols(symbols, this.vocabularySize);
    if (symbols.length === 0) throw new ArgumentError("there are no symbols to evaluate", { hint: "give a text with at least one symbol" });
    if (window !== Infinity && (!Number.isInteger(window) || window < 1)) {
      throw new ArgumentError(`a window of ${window} symbols cannot be`, { hint: "give a whole number from 1, or leave it out" });
    }
    let nats = 0;
    const context = this.#contextOf([]);
    for (let place = 0; place < symbols.length; place++) {
      nats -= Math.log(this.#probability(context, symbols[place]!));
      if (place % window === 0) context.fill(-1, 1); // the symbol that ended one block is the first input of the next
      this.#advance(context, symbols[place]!);
    }
    return nats / symbols.length;
  }

  /**
   * Draws a text, symbol by symbol.
   *
   * @throws {ArgumentError} A temperature below 0, a prompt outside the vocabulary.
   */
  sample({ length, temperature = 1, prompt = [], seed = 0 }: SampleOptions): Uint32Array {
    if (!(temperature >= 0))
      throw new ArgumentError(`a temperature of ${temperature} cannot be`, { hint: "give 0 or more; 1 leaves it as it is" });
    const random = createRandom(seed);
    const context = this.#contextOf(prompt);
    return new Uint32Array(length).map(() => {
      const symbol = draw(this.#distribution(context), temperature, random.next());
      this.#advance(context, symbol);
      return symbol;
    });
  }

  toString(): string {
    const grams = this.gramCounts.reduce((sum, size) => sum + size, 0);
    return `NgramModel(order ${this.order}, ${this.smoothing}, ${this.vocabularySize} symbols, ${grams} grams)`;
  }

  /**
   * A context is the list of its endings: at k the number of the gram that its last k symbols are, or -1 where they were never seen.
   * At 0 stands the empty one.
   */
  #contextOf(symbols: ArrayLike<number>): Int32Array {
    checkSymbols(symbols, this.vocabularySize);
    const context = new Int32Array(Math.max(1, this.order)).fill(-1, 1);
    for (let place = Math.max(0, symbols.length - this.order + 1); place < symbols.length; place++) this.#advance(context, symbols[place]!);
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

/** One symbol: `place`, uniform in [0, 1), points into the probabilities raised to 1 / temperature. */
function draw(probabilities: Float64Array, temperature: number, place: number): number {
  let likeliest = 0;
  for (let symbol = 1; symbol < probabilities.length; symbol++) if (probabilities[symbol]! > probabilities[likeliest]!) likeliest = symbol;
  if (temperature === 0) return likeliest;
  const highest = probabilities[likeliest]!; // as 1, so that no power vanishes for all
  const shares = probabilities.map((probability) => (probability / highest) ** (1 / temperature));
  let left = place * shares.reduce((sum, share) => sum + share, 0);
  for (let symbol = 0; symbol < shares.length; symbol++) {
    left -= shares[symbol]!;
    if (left < 0) return symbol;
  }
  return likeliest; // what rounding leaves over
}

function checkOptions({ order, vocabularySize, smoothing = "kneser-ney", discount }: NgramOptions): void {
  if (!Number.isInteger(order) || order < 0) {
    throw new ArgumentError(`an n-gram model of order ${order} cannot be`, {
      hint: "give a whole number: 0 for the uniform distribution, 5 or so for text",
    });
  }
  if (!Number.isInteger(vocabularySize) || vocabularySize < 1) {
    throw new ArgumentError(`a vocabulary of ${vocabularySize} symbols cannot be`, { hint: "give the number of different ids" });
  }
  if (!smoothings.includes(smoothing)) {
    throw new ArgumentError(`no smoothing is called "${smoothing}"`, { hint: `known: ${smoothings.join(", ")}` });
  }
  if (discount === undefined) return;
  if (smoothing !== "kneser-ney") {
    throw new ArgumentError(`${smoothing} smoothing has no discount`, { hint: 'leave it out, or take smoothing: "kneser-ney"' });
  }
  if (!(discount >= 0 && discount <= 1))
    throw new ArgumentError(`a discount of ${discount} cannot be`, { hint: "give a number from 0 to 1, such as 0.75" });
}

function checkSymbols(symbols: ArrayLike<number>, vocabularySize: number): void {
  for (let place = 0; place < symbols.length; place++) {
    const symbol = symbols[place]!;
    if (symbol >= 0 && symbol < vocabularySize && Number.isInteger(symbol)) continue;
    throw new ArgumentError(`symbol ${place} is ${symbol}, outside a vocabulary of ${vocabularySize}`, {
      hint: "encode the text with the tokenizer whose size is vocabularySize",
    });
  }
}
