/**
 * What float16 costs a language model: its logits after each token of a text, with attention, weights or both in float16, against float32.
 * For docs/gpu.md: `npx tsx bench/programs/half.ts`, some 20 s of processor time and 2 GB.
 */
import { Engine } from "../../kernel-helpers/llm/decoder/engine.ts";
import { findModel } from "../../kernel-helpers/llm/model-place.ts";
import { readModelText } from "../../kernel-helpers/llm/model-text.ts";

const name = "SmolLM2-135M-Instruct";
const text =
  "A tokenizer cuts a text into tokens, which are words and parts of words. A model sees their numbers, and learns for each of them a vector. " +
  "The capital of France is Paris, and that of Italy is Rome.";

const place = await findModel(name, undefined);
const { tokenizer } = await readModelText(place, name);
const ids = [...tokenizer.encode(text)];

/** (T, V), and the likeliest id of each row. */
async function logitsOf(dtype: "fp16" | "fp32", attention: "float16" | "float32"): Promise<{ logits: Float32Array; best: number[] }> {
  const engine = await Engine.load(place, { dtype, attention, device: "cpu" });
  const logits = await engine.run({ ids, past: 0, rows: [...ids.keys()] });
  const { vocabSize } = engine.config;
  await engine.close();
  const best = ids.map((_, row) => {
    const own = logits.subarray(row * vocabSize, (row + 1) * vocabSize);
    return own.indexOf(own.reduce((most, logit) => Math.max(most, logit), -Infinity));
  });
  return { logits, best };
}

const exact = await logitsOf("fp32", "float32");
for (const [dtype, attention] of [
  ["fp32", "float16"],
  ["fp16", "float32"],
  ["fp16", "float16"],
] as const) {
  const { logits, best } = await logitsOf(dtype, attention);
  let [squares, most] = [0, 0];
  for (const [index, logit] of logits.entries()) {
    const apart = Math.abs(logit - exact.logits[index]!);
    squares += apart ** 2;
    most = Math.max(most, apart);
  }
  const same = best.filter((id, row) => id === exact.best[row]).length;
  const root = Math.sqrt(squares / logits.length);
  console.log(
    `weights ${dtype}, attention ${attention}: off by ${root.toFixed(4)} (root mean square), ${most.toFixed(4)} at most; the likeliest the same at ${same} of ${ids.length} tokens`,
  );
}
