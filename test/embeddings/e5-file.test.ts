/** The format E5S1, on a file of a few numbers that is written here; the real one is compared with its C program in test/parity. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readE5File } from "../../kernel-helpers/embeddings/e5-file.ts";
import { SentenceEncoder } from "../../kernel-helpers/embeddings/index.ts";
import { QuantizedLinear } from "../../kernel-helpers/nn/index.ts";

const [width, hidden, vocabSize, positions] = [32, 64, 8, 6] as const;
const pieces = ["<s>", "<pad>", "</s>", "<unk>", "▁", "a", "▁a", "<mask>"];
const folder = mkdtempSync(path.join(tmpdir(), "cairn-e5-"));
const file = path.join(folder, "tiny.bin");

const int = (...values: number[]): Buffer => Buffer.from(Int32Array.from(values).buffer);
const long = (value: number): Buffer => Buffer.from(BigInt64Array.of(BigInt(value)).buffer);
const float = (...values: number[]): Buffer => Buffer.from(Float32Array.from(values).buffer);

/** Blocks of Q4_0 with the scale 0.5, byte j of a block holding the integers j and j + 16. */
const q4 = (rows: number, columns: number): Buffer =>
  Buffer.concat(
    Array.from({ length: (rows * columns) / 32 }, (_, block) =>
      Buffer.of(0x00, 0x38, ...Array.from({ length: 16 }, (_byte, j) => ((j + block) % 16) | (((15 - j) % 16) << 4))),
    ),
  );

function tinyFile(): Buffer {
  const norm = (name: string): [string, number, Buffer][] => [
    [`${name}.w`, 0, float(...Array<number>(width).fill(1))],
    [`${name}.b`, 0, float(...Array<number>(width).fill(0.1))],
  ];
  const linear = (name: string, rows: number, columns: number): [string, number, Buffer][] => [
    [`${name}.w`, 1, q4(rows, columns)],
    [`${name}.b`, 0, float(...Array<number>(rows).fill(0.2))],
  ];
  const ramp = (count: number): Buffer => float(...Array.from({ length: count }, (_, index) => Math.sin(index)));
  const tensors: [string, number, Buffer][] = [
    ["emb.word", 1, q4(vocabSize, width)],
    ["emb.pos", 0, ramp(positions * width)],
    ["emb.type", 0, ramp(2 * width)],
    ...norm("emb.ln"),
    ...["q", "k", "v", "ao"].flatMap((name) => linear(`l0.${name}`, width, width)),
    ...norm("l0.aln"),
    ...linear("l0.fi", hidden, width),
    ...linear("l0.fo", width, hidden),
    ...norm("l0.oln"),
  ];
  const text = Buffer.from(pieces.join(""));
  const ends = pieces.map((_, index) => Buffer.byteLength(pieces.slice(0, index + 1).join("")));
  const head = Buffer.concat([
    ...[Buffer.from("E5S1"), int(1, width, 1, 2, hidden, vocabSize, positions, 2), float(1e-12), int(32)],
    ...[int(pieces.length, 0, 2, 1, 3), long(text.length), int(0, ...ends), float(0, 0, 0, 0, -3, -2, -2.5, 0), text],
    ...[int(1), int(13), int("Ａ".codePointAt(0)!), Buffer.of(1), int("a".codePointAt(0)!)], // one character that is normalised
    int(tensors.length),
  ]);
  const directory = tensors.reduce((bytes, [name]) => bytes + 2 + name.length + 1 + 4 + 16, 0);
  let offset = head.length + directory;
  const entries = tensors.map(([name, kind, data]) => {
    const entry = [
      Buffer.from(Uint16Array.of(name.length).buffer),
      Buffer.from(name),
      Buffer.of(kind),
      int(0),
      long(offset),
      long(data.length),
    ];
    offset += data.length;
    return Buffer.concat(entry);
  });
  return Buffer.concat([head, ...entries, ...tensors.map(([, , data]) => data)]);
}

beforeAll(() => writeFileSync(file, tinyFile()));
afterAll(() => rmSync(folder, { recursive: true }));

describe("a file in the format E5S1", () => {
  test("has sizes, prompts and a vocabulary that normalises", async () => {
    const { config, tokenizer } = await readE5File(file);
    expect(config).toMatchObject({
      width,
      hidden,
      vocabSize,
      positions,
      layers: 1,
      heads: 2,
      prompts: { query: "query: ", passage: "passage: " },
    });
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
    writeFileSync(cut, tinyFile().subarray(0, length));
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
