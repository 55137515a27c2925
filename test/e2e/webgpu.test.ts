/** The WebGPU path, really run: on a GPU where there is one, else on SwiftShader, the software Vulkan that Debian's Chromium brings. */
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cosineSimilarity, SentenceEncoder } from "../../kernel-helpers/embeddings/index.ts";
import { GPT, LanguageModel } from "../../kernel-helpers/llm/index.ts";
import { AdamW } from "../../kernel-helpers/optim/index.ts";
import { tokenBatches, train, type TokenBatch } from "../../kernel-helpers/train/index.ts";
import { autoDevices, createSession, GraphBuilder, value } from "../../kernel-helpers/onnx/index.ts";
import { makeFolder, writeTinyChat } from "../serve/tiny-chat.ts";

const swiftShader = "/usr/lib/chromium/vk_swiftshader_icd.json";
const hasGpu = autoDevices().includes("webgpu");
const canRun = hasGpu || existsSync(swiftShader);
if (!canRun && !process.env["CI"]) console.log("skipped: no GPU and no SwiftShader; apt-get install chromium libvulkan1 brings it");

// The Vulkan loader reads these when the first WebGPU session is made.
if (!hasGpu) process.env["VK_DRIVER_FILES"] = swiftShader;
process.env["XDG_RUNTIME_DIR"] ??= mkdtempSync(path.join(tmpdir(), "cairn-xdg-"));

const texts = [
  "AI工程师",
  "机器学习专家",
  "front-end development",
  "",
  "The quick brown fox jumps over the lazy dog, and then it sleeps in the shade of the oak until the evening.",
];

describe.skipIf(!canRun && !process.env["CI"])("WebGPU", () => {
  test("runs a graph: 256 × 256 matrices multiplied, as on the CPU", async () => {
    const graph = new GraphBuilder("product");
    const [a, b] = [graph.input("a", "float32", [256, 256]), graph.input("b", "float32", [256, 256])];
    graph.output("c", graph.node("MatMul", [a, b]), "float32", [256, 256]);
    const model = graph.encode();
    const numbers = Float32Array.from({ length: 256 * 256 }, (_, index) => Math.sin(index));
    const feeds = { a: value(numbers, [256, 256]), b: value(numbers.toReversed(), [256, 256]) };
    using gpu = await createSession(model, { device: "webgpu" });
    using cpu = await createSession(model, { device: "cpu" });
    expect(gpu.device).toBe("webgpu");
    const [onGpu, onCpu] = [(await gpu.run(feeds))["c"]!.data as Float32Array, (await cpu.run(feeds))["c"]!.data as Float32Array];
    const largest = Math.max(...onCpu.map((number, index) => Math.abs(number - onGpu[index]!)));
    expect(largest).toBeLessThan(1e-3);
    expect(Math.max(...onCpu)).toBeGreaterThan(1);
  });

  test("writes the texts of the CPU, tokens drawn there", async () => {
    const file = await writeTinyChat(makeFolder());
    const texts = await Promise.all(
      (["cpu", "webgpu"] as const).map(async (device) => {
        await using model = await LanguageModel.load(file, { device });
        expect(model.device).toBe(device);
        const greedy = await model.generateAll(["hello", "good morning"], { temperature: 0, maxNewTokens: 24 });
        const drawn = await model.generateAll(["hello"], { temperature: 0.8, topK: 5, seed: 1, maxNewTokens: 24 });
        return [...greedy, ...drawn].map(({ text }) => text);
      }),
    );
    expect(texts[1]).toEqual(texts[0]);
  });

  test("trains a GPT with dropout, gradients clipped, as on the CPU", async () => {
    const ids = Array.from({ length: 600 }, (_, place) => (place * place) % 32);
    const losses = async (device: "cpu" | "webgpu"): Promise<number[]> => {
      const gpt = new GPT({ vocabularySize: 32, contextLength: 16, layers: 2, heads: 2, width: 32, dropout: 0.1, seed: 3 });
      const { history } = await train({
        model: gpt,
        optimizer: new AdamW(gpt.parameters(), { learningRate: 1e-2 }),
        loss: (model, { inputs, targets }: TokenBatch) => model.loss(inputs, targets),
        batches: tokenBatches(ids, { batchSize: 4, contextLength: 16 }),
        steps: 6,
        clip: 1,
        device,
        evaluate: { batches: tokenBatches(ids, { batchSize: 4, contextLength: 16, windows: "in order" }), every: 3 },
        show: false,
      });
      return [...history.loss, ...history.evaluations.loss];
    };
    const [onGpu, onCpu] = [await losses("webgpu"), await losses("cpu")];
    onCpu.forEach((loss, index) => expect(onGpu[index]).toBeCloseTo(loss, 3));
    expect(onCpu[5]).toBeLessThan(onCpu[0]! - 1);
  });

  describe("the sentence encoder", () => {
    let gpu: SentenceEncoder;
    let cpu: SentenceEncoder;
    beforeAll(async () => {
      gpu = await SentenceEncoder.load("all-MiniLM-L6-v2", { device: "webgpu" });
      cpu = await SentenceEncoder.load("all-MiniLM-L6-v2", { device: "cpu" });
    });
    afterAll(() => {
      gpu.close();
      cpu.close();
    });

    test("says which device it took", () => {
      expect([gpu.device, cpu.device]).toEqual(["webgpu", "cpu"]);
    });

    test("gives the CPU's vectors", async () => {
      const [onGpu, onCpu] = [await gpu.encode(texts), await cpu.encode(texts)];
      for (const [row, text] of texts.entries()) expect(cosineSimilarity(onGpu.row(row), onCpu.row(row)), text).toBeGreaterThan(0.9999);
      expect(Math.max(...onGpu.data.map((number, index) => Math.abs(number - onCpu.data[index]!)))).toBeLessThan(1e-3);
    });

    test.skipIf(hasGpu)("auto does not take a software adapter", async () => {
      using auto = await SentenceEncoder.load("all-MiniLM-L6-v2", { device: "auto" });
      expect(auto.device).toBe("cpu");
    });
  });
});
