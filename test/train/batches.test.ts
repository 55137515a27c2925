import { describe, expect, test } from "vitest";
import { arange, tensor, zeros, type Tensor } from "../../kernel-helpers/tensor/index.ts";
import { tensorBatches } from "../../kernel-helpers/train/tensor-batches.ts";
import { tokenBatches } from "../../kernel-helpers/train/token-batches.ts";
import { batchesFrom } from "../../kernel-helpers/train/batches.ts";

const text = Array.from({ length: 101 }, (_, index) => index * 3);
const options = { batchSize: 4, contextLength: 8, seed: 7 };
const rows = (tensors: Tensor): number[] => [tensors.toArray()].flat(3) as number[];

describe("batches of tokens", () => {
  test.each(["random", "shuffled", "in order"] as const)("%s: a target is the token behind its input", (windows) => {
    for (const { inputs, targets } of tokenBatches(text, { ...options, windows })) {
      expect(inputs.dtype).toBe("int64");
      expect(inputs.shape[1]).toBe(8);
      expect(rows(targets)).toEqual(rows(inputs).map((id) => id + 3));
    }
  });

  test("in order they are the text, the last smaller batch included", () => {
    const batches = [...tokenBatches(text, { ...options, windows: "in order" })];
    expect(batches.flatMap(({ inputs }) => rows(inputs))).toEqual(text.slice(0, 96));
    expect(batches.map(({ inputs }) => inputs.shape)).toEqual([
      [4, 8],
      [4, 8],
      [4, 8],
    ]);
    expect(tokenBatches(text, { ...options, batchSize: 5, windows: "in order" }).at(2).inputs.shape).toEqual([2, 8]);
  });

  test("shuffled, each epoch has every window once, in an order of its own", () => {
    const batches = tokenBatches(text, { ...options, windows: "shuffled" });
    const epochs = [0, 1].map((epoch) => [0, 1, 2].flatMap((index) => rows(batches.at(epoch * 3 + index).inputs)));
    expect(batches.length).toBe(3);
    expect(epochs[0]).not.toEqual(epochs[1]);
    for (const epoch of epochs) expect(epoch.toSorted((a, b) => a - b)).toEqual(text.slice(0, 96));
  });

  test("random windows reach the first and the last token that can be a target, and nothing beyond", () => {
    const small = tokenBatches([1, 2, 3, 4], { batchSize: 50, contextLength: 2 });
    const { inputs, targets } = small.at(0);
    expect(new Set(rows(inputs))).toEqual(new Set([1, 2, 3]));
    expect(new Set(rows(targets))).toEqual(new Set([2, 3, 4]));
  });

  test("are the same for the same seed and number, in whatever order they are asked for, and differ for others", () => {
    for (const windows of ["random", "shuffled"] as const) {
      const [one, other] = [tokenBatches(text, { ...options, windows }), tokenBatches(text, { ...options, windows })];
      const forwards = [0, 1, 2, 3, 4, 5].map((index) => rows(one.at(index).inputs));
      const backwards = [5, 4, 3, 2, 1, 0].map((index) => rows(other.at(index).inputs)).toReversed();
      expect(backwards).toEqual(forwards);
      expect(new Set(forwards.map(String)).size).toBe(6);
      expect(rows(tokenBatches(text, { ...options, windows, seed: 8 }).at(0).inputs)).not.toEqual(forwards[0]);
    }
  });

  test("say what a text is too short for", () => {
    expect(() => tokenBatches([1, 2], { batchSize: 1, contextLength: 2 })).toThrowErrorMatchingInlineSnapshot(`
      [ArgumentError: a text of 2 tokens has no window of 2 that another token follows
        hint: pass a longer text or a shorter contextLength]
    `);
    expect(() => tokenBatches(text, { ...options, batchSize: 20, windows: "shuffled" })).toThrowErrorMatchingInlineSnapshot(`
      [ArgumentError: there is no batch of 20 among 12 rows
        hint: pass more data, a smaller batchSize, or dropLast: false]
    `);
  });
});

describe("tokens that are not tokens", () => {
  test.each<[string, () => unknown]>([
    [
      'ids must be an array of token ids, got "some text"\n  hint: encode the text first',
      () => tokenBatches("some text" as never, options),
    ],
    ["ids must be an array of token ids, got null", () => tokenBatches(null as never, options)],
    ["ids[2] must be an integer, got 1.5", () => tokenBatches([0, 1, 1.5, 3], options)],
    ["ids[1] must be an integer, got undefined", () => tokenBatches([0, undefined as never, 3], options)],
    ["contextLength must be an integer ≥ 1, got 0", () => tokenBatches(text, { ...options, contextLength: 0 })],
    ["batchSize must be an integer ≥ 1, got undefined", () => tokenBatches(text, { contextLength: 4 } as never)],
    [
      'windows must be one of "random", "shuffled", "in order", got "inorder"',
      () => tokenBatches(text, { ...options, windows: "inorder" as never }),
    ],
    ['tokenBatches has no option "context"', () => tokenBatches(text, { ...options, context: 4 } as never)],
    ["index must be an integer ≥ 0, got 1.5", () => tokenBatches(text, options).at(1.5)],
  ])("are refused: %s", (message, make) => {
    expect(make).toThrow(message);
  });

  test("are named with their position in the text", () => {
    const spoilt = Uint32Array.from(text, (id, position) => (position === 42 ? 301 : id));
    expect(() => tokenBatches(spoilt, { ...options, vocabSize: 301 })).toThrowErrorMatchingInlineSnapshot(`
      [OutOfRangeError: ids[42] must be ≥ 0 and < 301, the size of the vocabulary, got 301
        hint: encode the text with the tokenizer that the model is made for]
    `);
    expect(() => tokenBatches([0, 1, -1, 3], options)).toThrow("ids[2] must be ≥ 0, got -1");
    expect(tokenBatches(text, { ...options, vocabSize: 301 }).length).toBe(3);
    const error = attempt(() => tokenBatches(spoilt, { ...options, vocabSize: 301 }));
    expect(error).toMatchObject({ code: "ERR_OUT_OF_RANGE", facts: { argument: "ids", position: 42, value: 301, vocabSize: 301 } });
  });
});

function attempt(make: () => unknown): unknown {
  try {
    return make();
  } catch (error) {
    return error;
  }
}

describe("batches of tensors", () => {
  const x = tensor([
    [0, 0],
    [1, 10],
    [2, 20],
    [3, 30],
    [4, 40],
  ]);
  const y = tensor([0, 1, 2, 3, 4], { dtype: "int64" });

  test("keep rows together, and have each once an epoch", () => {
    const batches = tensorBatches({ x, y }, { batchSize: 2, seed: 3 });
    const epoch = [...batches];
    expect(epoch.map((batch) => batch.x.shape)).toEqual([
      [2, 2],
      [2, 2],
      [1, 2],
    ]);
    for (const batch of epoch) expect(batch.x.toArray()).toEqual(rows(batch.y).map((label) => [label, 10 * label]));
    expect(epoch.flatMap((batch) => rows(batch.y)).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4]);
    expect(batches.at(0).y.dtype).toBe("int64");
  });

  test("leave the last smaller batch out when told so, and the order as it is", () => {
    const batches = tensorBatches({ x, y }, { batchSize: 2, dropLast: true, shuffle: false });
    expect([...batches].map((batch) => rows(batch.y))).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(rows(batches.at(3).y)).toEqual([2, 3]);
  });

  test("hold float16 and bool as they are", () => {
    const batches = tensorBatches({ half: x.to("float16"), flag: y.greater(2) }, { batchSize: 5, shuffle: false });
    expect(batches.at(0).half.toArray()).toEqual(x.toArray());
    expect(batches.at(0).half.dtype).toBe("float16");
    expect(batches.at(0).flag.toArray()).toEqual([0, 0, 0, 1, 1]);
  });

  test.each<[string, () => unknown]>([
    ["tensors must be a plain object, got an array of 2", () => tensorBatches([x, y] as never, { batchSize: 2 })],
    ["tensors must be tensors by name, got {}", () => tensorBatches({}, { batchSize: 2 })],
    ["tensors.y must be a Tensor, got an array of 2", () => tensorBatches({ x, y: [0, 1] as never }, { batchSize: 2 })],
    ["tensors.y must be a Tensor with rows, got a Tensor of shape ()", () => tensorBatches({ y: tensor(1) }, { batchSize: 2 })],
    ["options must be a plain object, got 2", () => tensorBatches({ x }, 2 as never)],
    ["batchSize must be an integer ≥ 1, got 0", () => tensorBatches({ x }, { batchSize: 0 })],
    ["batchSize must be an integer ≥ 1, got 2.5", () => tensorBatches({ x }, { batchSize: 2.5 })],
    ["seed must be an integer, got NaN", () => tensorBatches({ x }, { batchSize: 2, seed: NaN })],
    ['tensorBatches has no option "suffle"', () => tensorBatches({ x }, { batchSize: 2, suffle: false } as never)],
    ["there is no batch of 2 among 0 rows", () => tensorBatches({ x: zeros([0, 3]) }, { batchSize: 2 })],
    ["index must be an integer ≥ 0, got -1", () => tensorBatches({ x }, { batchSize: 2 }).at(-1)],
  ])("are refused: %s", (message, make) => {
    expect(make).toThrow(message);
  });

  test("of unequal numbers of rows are refused", () => {
    expect(() => tensorBatches({ x, y: tensor([1, 2]) }, { batchSize: 2 })).toThrowErrorMatchingInlineSnapshot(`
      [ShapeError: the tensors differ in their number of rows: x (5, 2), y (2)
        hint: their first axes count the same examples]
    `);
  });
});

describe("a source of batches", () => {
  const three = [1, 2, 3].map((number) => [tensor(number)]);
  const firstSix = async (source: Parameters<typeof batchesFrom>[0], start: number): Promise<number[]> => {
    const seen: number[] = [];
    for await (const batch of batchesFrom(source, start)) if (seen.push((batch as Tensor[])[0]!.item()) === 6) break;
    return seen;
  };

  test("begins anew when an array has been gone through, wherever it starts", async () => {
    expect(await firstSix(three, 0)).toEqual([1, 2, 3, 1, 2, 3]);
    expect(await firstSix(three, 4)).toEqual([2, 3, 1, 2, 3, 1]);
  });

  test("calls a function for each epoch, which may be asynchronous", async () => {
    async function* epoch(number: number): AsyncGenerator<Tensor[]> {
      yield [tensor(10 * number)];
      yield [tensor(10 * number + 1)];
    }
    expect(await firstSix(epoch, 0)).toEqual([0, 1, 10, 11, 20, 21]);
    expect(await firstSix(epoch, 3)).toEqual([11, 20, 21, 30, 31, 40]);
  });

  test("that is used up ends", async () => {
    function* once(): Generator<Tensor[]> {
      yield* three;
    }
    expect(await firstSix(once(), 1)).toEqual([2, 3]);
  });
});

test("all bits of a seed count: seeds that differ by 2^32 give other orders", () => {
  const order = (seed: number): unknown =>
    tensorBatches({ x: arange(50) }, { batchSize: 50, seed })
      .at(0)
      .x.toArray();
  const windows = (seed: number): unknown =>
    tokenBatches(
      Array.from({ length: 50 }, (_, id) => id),
      { batchSize: 4, contextLength: 2, seed },
    )
      .at(0)
      .inputs.toArray();
  expect(order(1)).not.toEqual(order(1 + 2 ** 32));
  expect(windows(1)).not.toEqual(windows(1 + 2 ** 32));
});
