/** Static encoders by themselves; the recipe and the layout are compared with Python's in test/parity. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SentenceEncoder, StaticEncoder } from "../../kernel-helpers/embeddings/index.ts";
import { principalComponents, symmetricEigen } from "../../kernel-helpers/embeddings/static/principal-components.ts";
import { tinyE5File } from "./tiny-e5.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-static-"));
const file = path.join(folder, "tiny.bin");
let encoder: SentenceEncoder;
beforeAll(async () => {
  writeFileSync(file, tinyE5File());
  encoder = await SentenceEncoder.load(file, { device: "cpu" });
});
afterAll(() => {
  encoder.close();
  rmSync(folder, { recursive: true });
});
const silent = { onProgress: () => undefined };

describe("StaticEncoder", () => {
  test("a text's vector is the mean of its tokens', made as long as 1", async () => {
    const fast = await StaticEncoder.distill(encoder, { dimension: 2, ...silent });
    expect(fast.tokenize("aa")).toEqual(["▁a", "a"]);
    const vectors = await fast.encode(["aa", "a", "", "a aa"]);
    expect([vectors.rows, vectors.cols, fast.dimension]).toEqual([4, 2, 2]);
    for (const row of [0, 1, 3]) expect(Math.hypot(...vectors.row(row))).toBeCloseTo(1, 6);
    expect((await fast.encode([])).rows).toBe(0);
  });

  test("is the same after it was saved and loaded, in Model2Vec's layout", async () => {
    const fast = await StaticEncoder.distill(encoder, { dimension: 2, ...silent });
    await fast.save(path.join(folder, "fast"));
    expect(JSON.parse(readFileSync(path.join(folder, "fast/config.json"), "utf8"))).toMatchObject({
      model_type: "model2vec",
      normalize: true,
    });
    const again = await StaticEncoder.load(path.join(folder, "fast"));
    expect((await again.encode(["a aa a", "aa"])).data).toEqual((await fast.encode(["a aa a", "aa"])).data);
  });

  test("tells how far it is, and stops when its signal is aborted", async () => {
    const seen: number[] = [];
    await StaticEncoder.distill(encoder, { dimension: 2, onProgress: ({ done, total }) => void seen.push(done / total) });
    expect(seen.at(-1)).toBe(1);
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(StaticEncoder.distill(encoder, { dimension: 2, signal, ...silent })).rejects.toThrow("enough");
  });

  test("refuses what it cannot be made of", async () => {
    await expect(StaticEncoder.distill(encoder, { dimension: 33 })).rejects.toThrow("dimension must be an integer");
    await expect(StaticEncoder.distill(encoder, { sif: 0 })).rejects.toThrow("sif must be > 0 and < 1, got 0");
    await expect(StaticEncoder.distill("minilm" as never)).rejects.toThrow(
      'encoder must be a SentenceEncoder, got "minilm"\n  hint: pass await SentenceEncoder.load("all-MiniLM-L6-v2")',
    );
    await expect(StaticEncoder.load(file)).rejects.toThrow("config.json");
    const fast = await StaticEncoder.distill(encoder, { dimension: 2, ...silent });
    await expect(fast.encode("a" as never)).rejects.toThrow(
      'texts must be an array, got "a"\n  hint: pass an array of strings: encode([text])',
    );
  });
});

describe("principal components", () => {
  test("of a known matrix are its eigenvectors", async () => {
    // The eigenvalues of [[2, 1], [1, 2]] are 3 and 1, along the diagonals.
    const { values, vectors } = await symmetricEigen(Float64Array.of(2, 1, 1, 2), 2);
    expect([...values]).toEqual([expect.closeTo(3, 12), expect.closeTo(1, 12)]);
    expect(Math.abs(vectors[0]! * vectors[1]!)).toBeCloseTo(0.5, 12);
  });

  test("of a matrix of 40 rows give it back, also when half of its eigenvalues are 0", async () => {
    const [n, rank] = [40, 20];
    const factor = Array.from({ length: n * rank }, (_, index) => Math.sin(index * index + 1));
    const matrix = Float64Array.from({ length: n * n }, (_, at) => {
      const [row, column] = [Math.floor(at / n), at % n];
      return Array.from({ length: rank }, (_value, k) => factor[row * rank + k]! * factor[column * rank + k]!).reduce((sum, x) => sum + x);
    });
    const { values, vectors } = await symmetricEigen(matrix.slice(), n);
    for (const at of [0, 41, 399, 1599]) {
      const [row, column] = [Math.floor(at / n), at % n];
      const back = values.reduce((sum, value, k) => sum + value * vectors[k * n + row]! * vectors[k * n + column]!, 0);
      expect(back).toBeCloseTo(matrix[at]!, 8);
    }
    expect(values[rank - 1]).toBeGreaterThan(1e-3);
    expect(values[rank]).toBeLessThan(1e-9);
  });

  test("have the variances of the rows along them, the largest first", async () => {
    const data = Float32Array.from({ length: 300 }, (_, at) => [10, 1, 5][at % 3]! * Math.cos(at * at));
    const { rows, variances } = await principalComponents(data, 3, 2);
    for (const component of [0, 1]) {
      const along = Array.from({ length: 100 }, (_, row) => rows[row * 2 + component]!);
      expect(along.reduce((sum, x) => sum + x * x, 0) / 99).toBeCloseTo(variances[component]!, 3);
    }
    expect(variances[0]).toBeGreaterThan(variances[1]!);
  });
});
