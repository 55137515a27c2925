/** What package.json leaves out of large packages is nothing that they run: they do their work, on numbers that are easy to say. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "@huggingface/transformers";
import danfo from "danfojs-node";
import { afterAll, describe, expect, test } from "vitest";
import { GraphBuilder } from "../../kernel-helpers/onnx/index.ts";

const folder = mkdtempSync(join(tmpdir(), "cairn-packages-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("danfojs without the whole of TensorFlow.js", () => {
  const frame = new danfo.DataFrame({ kind: ["x", "y", "x", "y"], price: [1, 2, 3, 4] });
  const prices = frame.loc({ columns: ["price"] });

  test("groups, joins and describes", () => {
    expect(frame.groupby(["kind"]).col(["price"]).mean().values).toEqual([["x", 2], ["y", 3]]); // prettier-ignore
    const names = new danfo.DataFrame({ kind: ["x", "y"], name: ["ex", "why"] });
    const joined = danfo.merge({ left: frame, right: names, on: ["kind"], how: "left" });
    expect(joined.values).toEqual([["x", 1, "ex"], ["x", 3, "ex"], ["y", 2, "why"], ["y", 4, "why"]]); // prettier-ignore
    expect(frame.describe().loc({ rows: ["mean", "max"] }).values).toEqual([[2.5], [4]]);
  });

  test("samples rows by tf.data, scales and encodes by tensors", async () => {
    const sample = await frame.sample(3, { seed: 1 });
    expect(new Set(sample.values.map((row) => (row as unknown[])[1])).size).toBe(3);
    expect(new danfo.MinMaxScaler().fitTransform(prices).values).toEqual([
      [0],
      [expect.closeTo(1 / 3, 6)],
      [expect.closeTo(2 / 3, 6)],
      [1],
    ]);
    const [first] = new danfo.StandardScaler().fitTransform(prices).values as number[][];
    expect(first![0]).toBeCloseTo(-1.5 / Math.sqrt(1.25), 6); // the population's deviation
    expect(new danfo.OneHotEncoder().fitTransform(["a", "b", "a"])).toEqual([[1, 0], [0, 1], [1, 0]]); // prettier-ignore
    expect(prices.tensor.shape).toEqual([4, 1]);
  });

  test("reads and writes CSV and Excel", async () => {
    for (const [file, write, read] of [
      ["a.csv", danfo.toCSV, danfo.readCSV],
      ["a.xlsx", danfo.toExcel, danfo.readExcel],
    ] as const) {
      const path = join(folder, file);
      write(frame, { filePath: path });
      const again = await (read as (path: string) => Promise<InstanceType<typeof danfo.DataFrame>>)(path);
      expect([again.columns, again.values]).toEqual([frame.columns, frame.values]);
    }
  });
});

/** A model of BERT's interface: each token's vector is its row of a table. */
function writeModel(): void {
  const graph = new GraphBuilder("table");
  const ids = graph.input("input_ids", "int64", ["batch", "tokens"]);
  graph.input("attention_mask", "int64", ["batch", "tokens"]);
  const table = graph.constant("table", Float32Array.of(0, 0, 0, 0, 1, 2, 3, 4), [4, 2]);
  graph.output("last_hidden_state", graph.node("Gather", [table, ids]), "float32", ["batch", "tokens", 2]);
  mkdirSync(join(folder, "onnx"), { recursive: true });
  writeFileSync(join(folder, "onnx", "model.onnx"), graph.encode());
  const json = (name: string, value: object): void => writeFileSync(join(folder, name), JSON.stringify(value));
  json("config.json", { model_type: "bert", hidden_size: 2, num_attention_heads: 1, num_hidden_layers: 1 });
  json("tokenizer_config.json", { tokenizer_class: "PreTrainedTokenizer", pad_token: "[PAD]", unk_token: "[UNK]" });
  const added = ["[PAD]", "[UNK]"].map((content, id) => ({ id, content, special: true, single_word: false, lstrip: false, rstrip: false, normalized: false })); // prettier-ignore
  json("tokenizer.json", {
    version: "1.0",
    added_tokens: added,
    normalizer: null,
    pre_tokenizer: { type: "Whitespace" },
    post_processor: null,
    decoder: null,
    model: { type: "WordLevel", vocab: { "[PAD]": 0, "[UNK]": 1, red: 2, blue: 3 }, unk_token: "[UNK]" },
  });
}

test("transformers.js without ONNX Runtime for browsers runs a pipeline on Node", async () => {
  writeModel();
  const extract = await pipeline("feature-extraction", folder, { dtype: "fp32" });
  const features = await extract("red blue", { pooling: "mean" });
  expect(features.tolist()).toEqual([[2, 3]]); // the mean of (1, 2) and (3, 4)
  await extract.dispose();
});
