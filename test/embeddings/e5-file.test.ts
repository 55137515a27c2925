/** The format E5S1, on a file of a few numbers; the real one is compared with its C program in test/parity. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readE5File } from "../../kernel-helpers/embeddings/e5-file.ts";
import { SentenceEncoder } from "../../kernel-helpers/embeddings/index.ts";
import { QuantizedLinear } from "../../kernel-helpers/nn/index.ts";
import { tinyE5File, tinySizes } from "./tiny-e5.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-e5-"));
const file = path.join(folder, "tiny.bin");

beforeAll(() => writeFileSync(file, tinyE5File()));
afterAll(() => rmSync(folder, { recursive: true }));

describe("a file in the format E5S1", () => {
  test("has sizes, prompts and a vocabulary that normalises", async () => {
    const { config, tokenizer } = await readE5File(file);
    expect(config).toMatchObject({ ...tinySizes, layers: 1, heads: 2, prompts: { query: "query: ", passage: "passage: " } });
    expect(tokenizer.tokens("Ａ a")).toEqual(["▁a", "▁a"]);
    expect(tokenizer.encode("aa")).toEqual([0, 6, 5, 2]);
    expect(tokenizer.encode("aaaaaaaaa")).toEqual([0, 6, 5, 5, 5, 2]); // cut to its 6 positions
    expect(tokenizer.id("▁a")).toBe(6);
  });

  test("has matrices whose integers are the same, read either way", async () => {
    const { weights } = await readE5File(file);
    const numbers = await weights.float32("encoder.layer.0.intermediate.dense.weight");
    expect(new QuantizedLinear(weights.quantized!("encoder.layer.0.intermediate.dense.weight")!).matrix().data).toEqual(numbers);
    expect([...numbers.subarray(0, 3), ...numbers.subarray(16, 18)]).toEqual([-4, -3.5, -3, 3.5, 3]); // 0.5 · (q − 8)
    expect(weights.quantized!("embeddings.position_embeddings.weight")).toBeUndefined();
  });

  test("opens as an encoder whose 4-bit products are close to those of float32", async () => {
    using few = await SentenceEncoder.load(file, { device: "cpu" });
    using full = await SentenceEncoder.load(file, { device: "cpu", dtype: "fp32" });
    expect(few.dtype).toBe("q4");
    const [one, other] = [await few.encode(["a aa"]), await full.encode(["a aa"])];
    expect(one.data.reduce((sum, value, index) => sum + value * other.data[index]!, 0)).toBeGreaterThan(0.999);
  });

  test.each([4, 40, 120, 300, 2000])("cut after %d bytes, it is refused", async (length) => {
    const cut = path.join(folder, "cut.bin");
    writeFileSync(cut, tinyE5File().subarray(0, length));
    await expect(readE5File(cut)).rejects.toThrow(
      `${cut} is not a model in the format E5S1: it is cut short\n  hint: remove it, and it is fetched again`,
    );
  });

  test("another file is refused", async () => {
    const other = path.join(folder, "other.bin");
    writeFileSync(other, "GGUF, of another kind");
    await expect(readE5File(other)).rejects.toThrow("is not a model in the format E5S1: it begins with other bytes");
    await expect(readE5File(path.join(folder, "none.bin"))).rejects.toThrow("none.bin does not exist");
  });
});
