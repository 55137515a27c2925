import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OutOfRangeError } from "../../kernel-helpers/errors.ts";
import { logSoftmax, Sampler, type SamplingOptions } from "../../kernel-helpers/llm/sampler.ts";

const logitsOf = (...probabilities: number[]): Float32Array => Float32Array.from(probabilities, Math.log);

/** Shares of the ids in many draws. */
function shares(logits: Float32Array, options: SamplingOptions, draws = 20_000): number[] {
  const sampler = new Sampler({ seed: 3, ...options });
  const counts = Array.from(logits, () => 0);
  for (let draw = 0; draw < draws; draw++) counts[sampler.next(logits)]! += 1 / draws;
  return counts;
}

const close = (expected: number[]): unknown => expected.map((share) => expect.closeTo(share, 1.8) as unknown);

describe("what is drawn", () => {
  const logits = logitsOf(0.1, 0.4, 0.3, 0.2);

  test.each<[string, SamplingOptions, number[]]>([
    ["all, as likely as the model has it", {}, [0.1, 0.4, 0.3, 0.2]],
    ["at temperature 0.5, by the squares", { temperature: 0.5 }, [0.01 / 0.3, 0.16 / 0.3, 0.09 / 0.3, 0.04 / 0.3]],
    ["the two likeliest", { topK: 2 }, [0, 4 / 7, 3 / 7, 0]],
    ["those that reach 0.69 together", { topP: 0.69 }, [0, 4 / 7, 3 / 7, 0]],
    ["those that reach 0.71 together", { topP: 0.71 }, [0, 4 / 9, 3 / 9, 2 / 9]],
    ["those with at least half of the likeliest's probability", { minP: 0.49 }, [0, 4 / 9, 3 / 9, 2 / 9]],
    ["top-p of what top-k leaves: 4/7 suffice for 0.5", { topK: 2, topP: 0.5 }, [0, 1, 0, 0]],
    ["the likeliest, at temperature 0", { temperature: 0 }, [0, 1, 0, 0]],
  ])("%s", (_, options, expected) => {
    const found = shares(logits, options);
    expect(found).toEqual(close(expected));
    expect(found.map((share) => share > 0)).toEqual(expected.map((share) => share > 0));
  });

  test("a repetition penalty divides positive logits and multiplies negative ones", () => {
    const sampler = new Sampler({ temperature: 0, repetitionPenalty: 2 });
    expect(sampler.next(Float32Array.of(3, 2, -1), [0])).toBe(1);
    expect(sampler.next(Float32Array.of(-1, -1.5), [0])).toBe(1);
    expect(sampler.next(Float32Array.of(3, 1), [0, 0, 0])).toBe(0); // once for each id, however often it occurred
  });

  test("an id forbidden by -Infinity is never drawn", () => {
    expect(shares(Float32Array.of(-Infinity, 0, 0), {})[0]).toBe(0);
  });
});

test("the same seed draws the same, another one something else", () => {
  const logits = new Float32Array(1000);
  const drawn = (seed: number): number[] => {
    const sampler = new Sampler({ seed, topP: 0.9 });
    return Array.from({ length: 8 }, () => sampler.next(logits));
  };
  expect(drawn(1)).toEqual(drawn(1));
  expect(drawn(1)).not.toEqual(drawn(2));
});

test("the nucleus is the shortest prefix of the sorted ids, whatever the logits", () => {
  const logits = fc.array(fc.double({ min: -60, max: 60, noNaN: true }), { minLength: 2, maxLength: 40 });
  fc.assert(
    fc.property(logits, fc.double({ min: 0.01, max: 0.99, noNaN: true }), fc.nat(1000), (list, topP, seed) => {
      const given = Float32Array.from(list);
      const weights = Array.from(given, (logit) => Math.exp(logit - Math.max(...given)));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const id = new Sampler({ topP, seed }).next(given);
      const before = weights.filter((weight) => weight > weights[id]!).reduce((sum, weight) => sum + weight / total, 0);
      expect(before).toBeLessThan(topP + 1e-5); // had those before it sufficed, it would not have been drawn
    }),
  );
});

test("logSoftmax is right where exponentials overflow", () => {
  expect([...logSoftmax(Float32Array.of(1000, 1000))]).toEqual([Math.fround(-Math.LN2), Math.fround(-Math.LN2)]);
});

describe("what is refused", () => {
  test.each<[SamplingOptions, string]>([
    [{ temperature: -1 }, "temperature must be ≥ 0, got -1"],
    [{ topK: 0 }, "topK must be an integer ≥ 1, got 0"],
    [{ topP: 0 }, "topP must be > 0 and ≤ 1, got 0"],
    [{ minP: 2 }, "minP must be ≥ 0 and ≤ 1, got 2"],
    [{ repetitionPenalty: NaN }, "repetitionPenalty must be a finite number ≥ 0.001 and ≤ 1000, got NaN"],
    [{ topk: 3 } as SamplingOptions, 'sampling options has no option "topk"'],
  ])("%j", (options, message) => expect(() => new Sampler(options)).toThrow(message));

  test.each([[[NaN, NaN]], [[1, NaN, 2]], [[NaN, 1]], [[1, 2, NaN]]])("logits that are NaN somewhere, %j", (numbers) => {
    const logits = Float32Array.from(numbers);
    const message = /logits\[\d\] must be a number that is not NaN or infinite, got NaN/;
    for (const options of [{}, { temperature: 0 }, { topK: 1 }, { topP: 0.5 }])
      expect(() => new Sampler(options).next(logits)).toThrow(message);
    expect(() => logSoftmax(logits)).toThrow(message);
  });

  test.each([null, undefined, [1, 2], new Float64Array(2), new BigInt64Array(2), new Float32Array(0)])("logits that are %s", (logits) => {
    expect(() => new Sampler().next(logits as never)).toThrow(/logits must be/);
    expect(() => logSoftmax(logits as never)).toThrow(/logits must be/);
  });

  test("previous ids that the logits do not have", () => {
    const sampler = new Sampler({ repetitionPenalty: 2 });
    expect(() => sampler.next(Float32Array.of(1, 2), [2])).toThrow(OutOfRangeError);
    expect(() => sampler.next(Float32Array.of(1, 2), "ab" as never)).toThrow(/previous must be an array of integers, got "ab"/);
  });
});
