/** Our side of bench/gpu.sh: `node ours.mjs DEVICE FOLDER` answers each line of JSON, a task, with { perSecond, check }, or { error }. */
import { existsSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { SentenceEncoder } from "kernel-helpers/embeddings";
import { generateBatch, GPT } from "kernel-helpers/llm";
import { AdamW } from "kernel-helpers/optim";
import { jitLoop, tensor } from "kernel-helpers/tensor";
import { loadModel, saveModel, train } from "kernel-helpers/train";

const [device, folder] = process.argv.slice(2);
const since = (start) => (performance.now() - start) / 1000;

/** The GPT of a size, from weights that are made once and that the peer reads, too. */
async function modelOf({ size, config: { layers, heads, width, contextLength, vocabularySize } }) {
  const model = new GPT({ layers, heads, width, contextLength, vocabularySize, seed: 1 });
  const file = path.join(folder, `${size}.safetensors`);
  if (existsSync(file)) await loadModel(model, file);
  else await saveModel(model, file);
  return model;
}

const idsOf = (rows, columns, vocabulary, factor, first) =>
  tensor(
    Uint32Array.from({ length: rows * columns }, (_, place) => (place * factor + first) % vocabulary),
    { shape: [rows, columns] },
  );

/** Runs work again and again, and counts only what comes after the first. */
async function perSecond(seconds, count, work) {
  await work();
  let done = 0;
  const start = performance.now();
  do {
    await work();
    done += count;
  } while (since(start) < seconds);
  return done / since(start);
}

const tasks = {
  async embed({ seconds, sentences, setting }) {
    const texts = Array.from({ length: sentences }, (_, index) =>
      Array.from({ length: 8 + ((index * 7) % 40) }, (__, place) => `w${(index * 31 + place * 17) % 400}`).join(" "),
    );
    const encoder = await SentenceEncoder.load(path.join(folder, "encoder"), { device, dtype: setting ?? "fp32" });
    let vectors;
    const speed = await perSecond(seconds, sentences, async () => (vectors = await encoder.encode(texts, { onProgress: () => undefined })));
    encoder.close();
    return { perSecond: speed, check: Array.from(vectors.row(0).subarray(0, 8)) };
  },

  async train({ seconds, config, ...question }) {
    const { batchSize, contextLength, vocabularySize } = config;
    const model = await modelOf({ config, ...question });
    const inputs = idsOf(batchSize, contextLength, vocabularySize, 7919, 0);
    const targets = idsOf(batchSize, contextLength, vocabularySize, 104_729, 1);
    const ending = new AbortController();
    const seen = []; // when runs came back, and how many steps had been taken
    const run = await train({
      model,
      optimizer: new AdamW(model.parameters(), { learningRate: 1e-3, weightDecay: 0.01, decay: () => true }),
      loss: (gpt, batch) => gpt.loss(batch.inputs, batch.targets),
      batches: [{ inputs, targets }],
      steps: 1_000_000,
      device,
      show: false,
      signal: ending.signal,
      onStep: ({ step }) => {
        seen.push({ step, at: performance.now() });
        if (since(seen[0].at) > 2 * seconds + 2) ending.abort();
      },
    });
    // Whole runs of the second half: each ends where the clock has moved on.
    const ends = seen.filter(({ at }, index) => index + 1 === seen.length || seen[index + 1].at - at > 0.5);
    const marks = ends.length > 3 ? ends : seen;
    const from = marks.find(({ at }) => at - seen[0].at > seconds) ?? marks[0];
    const to = marks.at(-1);
    const tokens = (to.step - from.step) * batchSize * contextLength;
    return { perSecond: (tokens / (to.at - from.at)) * 1000, check: run.history.loss.slice(0, 3) };
  },

  async decode({ size, config, batch, prompt, few, many }) {
    const model = await modelOf({ size, config });
    const prompts = Array.from({ length: batch }, (_, row) =>
      Array.from({ length: prompt }, (__, place) => (row * 131 + place * 7919) % config.vocabularySize),
    );
    const timed = async (maxNewTokens) => {
      const start = performance.now();
      const ids = await generateBatch(model, prompts, { maxNewTokens, temperature: 0, device });
      return { seconds: since(start), ids };
    };
    await timed(few);
    const [short, long] = [await timed(few), await timed(many)]; // their difference: no reading of the prompt, no making of the graph
    return { perSecond: (batch * (many - few)) / (long.seconds - short.seconds), check: long.ids[0].slice(0, 8) };
  },

  async prefill({ seconds, size, config }) {
    const model = (await modelOf({ size, config })).eval();
    const { contextLength, vocabularySize } = config;
    const read = jitLoop((ids) => model.head(model.transformer.forward(ids).slice(-1)).slice(null, [0, 8]), { device, isFrozen: true });
    const prompts = Array.from({ length: 16 }, (_, turn) => idsOf(1, contextLength, vocabularySize, 7919, turn));
    let logits;
    const speed = await perSecond(seconds, prompts.length * contextLength, async () => (logits = read(prompts)));
    read.close();
    return { perSecond: speed, check: [...logits[0].slice(0, [0, 8]).data] };
  },
};

console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface({ input: process.stdin })) {
  const { task, ...question } = JSON.parse(line);
  try {
    console.log(JSON.stringify(await tasks[task](question)));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error.message).split("\n")[0].slice(0, 300) }));
  }
}
