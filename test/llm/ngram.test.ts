import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadCorpus } from "../../kernel-helpers/data/index.ts";
import { ArgumentError } from "../../kernel-helpers/errors.ts";
import { bitsPerByte, NgramModel, type NgramOptions } from "../../kernel-helpers/llm/index.ts";
import { estimateDiscounts } from "../../kernel-helpers/llm/ngram/smoothing.ts";
import { CharacterTokenizer } from "../../kernel-helpers/tokenizer/index.ts";
import { slowKneserNey } from "./slow-kneser-ney.ts";

const vocabularySize = 5;
const someText = (minLength: number, maxLength: number): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: 0, max: vocabularySize - 1 }), { minLength, maxLength });
const discount = fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined });
const options: fc.Arbitrary<NgramOptions> = fc.oneof(
  fc.record({ order: fc.nat({ max: 6 }), vocabularySize: fc.constant(vocabularySize), discount }) as fc.Arbitrary<NgramOptions>,
  fc.record({
    order: fc.nat({ max: 6 }),
    vocabularySize: fc.constant(vocabularySize),
    smoothing: fc.constantFrom("kneser-ney", "witten-bell", "add-one", "none" as const),
  }),
);

/** Ids of letters in the order of the alphabet. */
const letters = (text: string, alphabet: string): number[] => Array.from(text, (letter) => alphabet.indexOf(letter));

describe("NgramModel", () => {
  test("gives probabilities that sum to 1, after every context, with every smoothing and order", () => {
    const property = fc.property(someText(1, 80), options, someText(0, 10), (text, settings, context) => {
      const model = NgramModel.train(text, settings);
      const probabilities = model.distribution(context);
      expect(probabilities.reduce((sum, probability) => sum + probability, 0)).toBeCloseTo(1, 12);
      for (const [symbol, probability] of probabilities.entries()) {
        expect(probability).toBeGreaterThanOrEqual(0);
        expect(model.logProb(context, symbol)).toBe(Math.log(probability));
      }
    });
    fc.assert(property, { numRuns: 1000 });
  });

  test("is Kneser–Ney as the definition reads, with one discount and with three", () => {
    const property = fc.property(
      someText(1, 60),
      fc.integer({ min: 1, max: 4 }),
      discount,
      fc.array(someText(0, 6), { minLength: 1, maxLength: 5 }),
      (text, order, fixed, contexts) => {
        const settings = { order, vocabularySize, ...(fixed === undefined ? {} : { discount: fixed }) };
        const model = NgramModel.train(text, settings);
        const expected = slowKneserNey(text, settings);
        for (const context of contexts) {
          for (const [symbol, probability] of model.distribution(context).entries()) {
            expect(probability).toBeCloseTo(expected(context, symbol), 12);
          }
        }
      },
    );
    fc.assert(property, { numRuns: 300 });
  });

  test("counts neighbours, not occurrences, below the top: what follows one symbol alone is rare elsewhere", () => {
    // f and a both occur twice, but f only after s: of the six different pairs, one ends in f and two in a.
    const [s, f, x, a, y] = [0, 1, 2, 3, 4] as const;
    const model = NgramModel.train([s, f, s, f, x, a, y, a], { order: 2, vocabularySize: 5, discount: 0.5 });
    const alone = { f: 0.5 / 6 + ((5 * 0.5) / 6) * (1 / 5), a: 1.5 / 6 + ((5 * 0.5) / 6) * (1 / 5) }; // 1/6 and 1/3
    expect(model.distribution([])[f]).toBeCloseTo(alone.f, 15);
    expect(model.distribution([])[a]).toBeCloseTo(alone.a, 15);
    expect(model.distribution([s])[f]).toBeCloseTo((2 - 0.5) / 2 + (0.5 / 2) * alone.f, 15); // 19/24
    expect(model.distribution([x])[a]).toBeCloseTo((1 - 0.5) / 1 + 0.5 * alone.a, 15); // 2/3
    expect(model.distribution([x])[f]).toBeCloseTo(0.5 * alone.f, 15); // 1/12
  });

  test("estimates Chen and Goodman's three discounts, and takes KenLM's where a text is too small", () => {
    // Four grams of count 1, two of 2, one of 3, one of 4: Y = 4 / (4 + 2 · 2) = 1/2.
    expect(estimateDiscounts(Uint32Array.of(1, 1, 1, 1, 2, 2, 3, 4, 9, 0))).toEqual([1 - 2 / 4, 2 - 1.5 / 2, 3 - 2]);
    expect(estimateDiscounts(Uint32Array.of(1, 2, 3))).toEqual([0.5, 1, 1.5]);
    expect(estimateDiscounts(Uint32Array.of(1, 1, 2, 3, 3, 3, 4))).toEqual([0.5, 1, 1.5]); // D2 = 2 − 3/2 · 3 is below 0
  });

  test("knows the uniform distribution, relative frequencies, and Laplace's", () => {
    const text = letters("abracadabra", "abrcd");
    const [a, b, r, c, d] = [0, 1, 2, 3, 4] as const;
    expect([...NgramModel.train(text, { order: 0, vocabularySize: 5 }).distribution([a])]).toEqual([0.2, 0.2, 0.2, 0.2, 0.2]);
    const frequencies = NgramModel.train(text, { order: 1, vocabularySize: 5, smoothing: "none" }).distribution([]);
    expect([...frequencies]).toEqual([5 / 11, 2 / 11, 2 / 11, 1 / 11, 1 / 11]);
    const pairs = NgramModel.train(text, { order: 2, vocabularySize: 5, smoothing: "none" });
    expect([...pairs.distribution([a])]).toEqual([0, 2 / 4, 0, 1 / 4, 1 / 4]);
    expect(pairs.evaluate([a, r])).toBe(Infinity);
    const laplace = NgramModel.train(text, { order: 2, vocabularySize: 5, smoothing: "add-one" });
    expect([...laplace.distribution([c, a])].map((p) => p * 9)).toEqual([1, 3, 1, 2, 2]);
    expect(laplace.logProb([b], r)).toBeCloseTo(Math.log(3 / 7), 15);
    expect(laplace.logProb([d], b)).toBeCloseTo(Math.log(1 / 6), 15);
  });

  test("gives Witten–Bell's share to what is new: as many parts as there were kinds", () => {
    const model = NgramModel.train(letters("aabab", "ab"), { order: 2, vocabularySize: 2, smoothing: "witten-bell" });
    const a = 3 / 7 + (2 / 7) * 0.5;
    expect(model.distribution([0])[0]).toBeCloseTo(1 / 5 + (2 / 5) * a, 15); // after a: once a, twice b
    expect(model.distribution([1])[0]).toBeCloseTo(1 / 2 + (1 / 2) * a, 15); // after b: once a
  });

  test("evaluates in blocks as a GPT is trained: position j of a block sees j symbols", () => {
    const property = fc.property(someText(1, 60), someText(1, 40), fc.integer({ min: 1, max: 12 }), (text, others, window) => {
      const model = NgramModel.train(text, { order: 4, vocabularySize });
      const full = others.map((symbol, place) => -model.logProb(others.slice(0, place), symbol));
      const windowed = others.map((symbol, place) => {
        const block = Math.max(0, Math.ceil(place / window) - 1) * window;
        return -model.logProb(others.slice(block, place), symbol);
      });
      const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
      expect(model.evaluate(others)).toBeCloseTo(mean(full), 12);
      expect(model.evaluate(others, { window })).toBeCloseTo(mean(windowed), 12);
    });
    fc.assert(property);
  });

  test("draws what it holds for likely, the likeliest at temperature 0, and the same for the same seed", () => {
    const model = NgramModel.train(letters("aaaaaabbbc", "abc"), { order: 1, vocabularySize: 3, smoothing: "none" });
    const drawn = model.sample({ length: 20_000, seed: 7 });
    const shares = [0, 1, 2].map((symbol) => drawn.filter((each) => each === symbol).length / drawn.length);
    for (const [symbol, share] of [0.6, 0.3, 0.1].entries()) expect(Math.abs(shares[symbol]! - share)).toBeLessThan(0.01);
    expect(model.sample({ length: 20_000, seed: 7 })).toEqual(drawn);
    expect(model.sample({ length: 20_000, seed: 8 })).not.toEqual(drawn);

    const cold = model.sample({ length: 20_000, temperature: 0.5, seed: 7 }); // squares: 36, 9 and 1 parts of 46
    expect(Math.abs(cold.filter((each) => each === 0).length / cold.length - 36 / 46)).toBeLessThan(0.01);
    expect([...model.sample({ length: 5, temperature: 0 })]).toEqual([0, 0, 0, 0, 0]);
    expect([...model.sample({ length: 5, temperature: 0.001 })]).toEqual([0, 0, 0, 0, 0]);

    const song = NgramModel.train(letters("abcabcabc", "abc"), { order: 3, vocabularySize: 3 });
    expect([...song.sample({ length: 5, temperature: 0, prompt: [2, 0] })]).toEqual([1, 2, 0, 1, 2]);
  });

  test("reads a novel and gets better with every order up to 7, Witten–Bell only up to 6", async () => {
    const { train, validation } = await loadCorpus("moby-dick");
    const tokenizer = CharacterTokenizer.train([train, validation]);
    const [symbols, others] = [tokenizer.encode(train), tokenizer.encode(validation)];
    const nats = (settings: Partial<NgramOptions>): number[] =>
      [1, 2, 3, 4, 5, 6, 7].map((order) =>
        NgramModel.train(symbols, { order, vocabularySize: tokenizer.vocabSize, ...settings }).evaluate(others),
      );
    const rounded = (values: number[]): number[] => values.map((value) => Number(value.toFixed(3)));
    expect(rounded(nats({}))).toEqual([3.075, 2.41, 1.963, 1.62, 1.459, 1.407, 1.398]);
    const wittenBell = nats({ smoothing: "witten-bell" });
    expect(wittenBell.indexOf(Math.min(...wittenBell))).toBe(5);
  });

  test("says what it is", () => {
    const model = NgramModel.train(letters("abracadabra", "abrcd"), { order: 2, vocabularySize: 5 });
    expect(model.toString()).toBe("NgramModel(order 2, kneser-ney, 5 symbols, 12 grams)");
    expect(model.gramCounts).toEqual([5, 7]);
    expect(model.discounts).toEqual([
      [0.5, 1, 1.5],
      [0.5, 1, 1.5],
    ]);
  });

  test.each([
    [
      { order: 1.5, vocabularySize: 2 },
      "order must be an integer ≥ 0 and ≤ 100, got 1.5\n  hint: 0 is the uniform distribution; 5 or so suits text",
    ],
    [{ order: 1e9, vocabularySize: 2 }, "order must be an integer ≥ 0 and ≤ 100, got 1000000000"],
    [{ order: 2, vocabularySize: 0 }, "vocabularySize must be an integer ≥ 1"],
    [{ order: 2, vocabularySize: 1 }, "symbols[1] must be ≥ 0 and < 1, got 1\n  hint: pass ids of the tokenizer whose vocabSize is 1"],
    [
      { order: 2, vocabularySize: 2, smoothing: "katz" },
      'smoothing must be one of "kneser-ney", "witten-bell", "add-one", "none", got "katz"',
    ],
    [{ order: 2, vocabularySize: 2, discount: 2 }, "discount must be ≥ 0 and ≤ 1, got 2\n  hint: 0.75 is a common value"],
    [
      { order: 2, vocabularySize: 2, smoothing: "none", discount: 0.5 },
      'discount must be left out with smoothing "none", got 0.5\n  hint: only smoothing: "kneser-ney" has one',
    ],
    [{ order: 2, vocabSize: 2 }, 'options has no option "vocabSize"'],
    [undefined, "order must be an integer ≥ 0 and ≤ 100, got undefined"],
  ])("refuses %j", (settings, message) => {
    const training = (): NgramModel => NgramModel.train([0, 1], settings as NgramOptions);
    expect(training).toThrow(ArgumentError);
    expect(training).toThrow(message);
  });

  test.each<[string, (model: NgramModel) => unknown, string]>([
    ["no symbols", () => NgramModel.train([], { order: 2, vocabularySize: 2 }), "symbols must not be empty"],
    [
      "a text",
      () => NgramModel.train("ab" as never, { order: 2, vocabularySize: 2 }),
      'symbols must be an array of integers, got "ab"\n  hint: encode it',
    ],
    ["nothing to evaluate", (model) => model.evaluate([]), "symbols must not be empty"],
    ["a window of 0", (model) => model.evaluate([0], { window: 0 }), "window must be an integer ≥ 1, got 0"],
    ["a negative symbol", (model) => model.evaluate([0, -1]), "symbols[1] must be ≥ 0 and < 2, got -1"],
    ["a symbol beyond the vocabulary", (model) => model.logProb([], 2), "symbol[0] must be ≥ 0 and < 2, got 2"],
    ["half a symbol", (model) => model.distribution([0.5]), "context[0] must be an integer, got 0.5"],
    ["a bigint", (model) => model.distribution(BigInt64Array.of(1n) as never), "context[0] must be an integer, got 1n"],
    ["null", (model) => model.distribution(null as never), "context must be an array of integers, got null"],
    ["a negative temperature", (model) => model.sample({ length: 1, temperature: -1 }), "temperature must be ≥ 0, got -1"],
    ["a temperature of NaN", (model) => model.sample({ length: 1, temperature: NaN }), "temperature must be a finite number ≥ 0, got NaN"],
    ["a negative length", (model) => model.sample({ length: -1 }), "length must be an integer ≥ 0"],
    ["no options", (model) => model.sample(undefined as never), "length must be an integer ≥ 0"],
    ["a seed of NaN", (model) => model.sample({ length: 1, seed: NaN }), "seed must be an integer, got NaN"],
    ["a prompt beyond the vocabulary", (model) => model.sample({ length: 1, prompt: [5] }), "prompt[0] must be ≥ 0 and < 2, got 5"],
  ])("refuses %s", (_, call, message) => {
    const model = NgramModel.train([0, 1], { order: 2, vocabularySize: 2 });
    expect(() => call(model)).toThrow(ArgumentError);
    expect(() => call(model)).toThrow(message);
  });
});

describe("bitsPerByte", () => {
  test("is 8 for a model of bytes that knows nothing, and counts characters by their bytes", () => {
    expect(bitsPerByte(Math.log(256), 1000, 1000)).toBeCloseTo(8, 12);
    expect(bitsPerByte(Math.log(8), 100, 300)).toBeCloseTo(1, 12); // three bits a character, three bytes a character
  });

  test("refuses a text that is not there", () => {
    expect(() => bitsPerByte(1, 0, 0)).toThrow("symbols must be an integer ≥ 1, got 0\n  hint: count the symbols that were predicted");
    expect(() => bitsPerByte(1, 1, 0)).toThrow("bytes must be an integer ≥ 1, got 0\n  hint: count the bytes of the same text");
    expect(() => bitsPerByte(1, "2" as never, 3)).toThrow('symbols must be an integer ≥ 1, got "2"');
    for (const wrong of [-1, NaN, null, "1"]) expect(() => bitsPerByte(wrong as never, 1, 1)).toThrow("natsPerSymbol must be a number ≥ 0");
    expect(bitsPerByte(Infinity, 1, 1)).toBe(Infinity); // a model without smoothing
  });
});
