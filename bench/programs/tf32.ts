/**
 * What TF32 costs, measured on the CPU: before each matrix product both sides are rounded to its 10 bits behind the point, and sums stay float32, as tensor cores do it.
 * For docs/gpu.md: `npx tsx bench/programs/tf32.ts`, some two minutes of processor time.
 */
import { loadCorpus, loadHandbook } from "../../kernel-helpers/data/index.ts";
import { SentenceEncoder } from "../../kernel-helpers/embeddings/index.ts";
import { GPT } from "../../kernel-helpers/llm/index.ts";
import { GraphBuilder } from "../../kernel-helpers/onnx/index.ts";
import { AdamW, warmupCosine } from "../../kernel-helpers/optim/index.ts";
import { BpeTokenizer } from "../../kernel-helpers/tokenizer/index.ts";
import { tokenBatches, train, type TokenBatch } from "../../kernel-helpers/train/index.ts";

const products = new Set(["MatMul", "Gemm", "FusedMatMul"]);
const plain = Object.getOwnPropertyDescriptor(GraphBuilder.prototype, "nodes")!.value as GraphBuilder["nodes"];
let rounded = 0;

/** Veltkamp's splitting (Dekker 1971): with c = (2¹³ + 1) x, c − (c − x) is x to 11 significant bits, to the nearest. */
function inTf32(this: GraphBuilder, ...[opType, inputs, options]: Parameters<GraphBuilder["nodes"]>): string[] {
  if (!products.has(opType)) return plain.call(this, opType, inputs, options);
  const factor = this.constant(`splitting_${rounded++}`, Float32Array.of(2 ** 13 + 1), []);
  const round = (x: string): string => {
    const [scaled] = plain.call(this, "Mul", [x, factor]);
    return plain.call(this, "Sub", [scaled!, plain.call(this, "Sub", [scaled!, x])[0]!])[0]!;
  };
  return plain.call(this, opType, [round(inputs[0]!), round(inputs[1]!), ...inputs.slice(2)], options);
}

async function both<T>(measure: () => Promise<T>): Promise<{ float32: T; tf32: T }> {
  const float32 = await measure();
  GraphBuilder.prototype.nodes = inTf32;
  const before = rounded;
  try {
    const tf32 = await measure();
    if (rounded === before) throw new Error("no product was rounded: its graph was made before");
    return { float32, tf32 };
  } finally {
    GraphBuilder.prototype.nodes = plain;
  }
}

const { passages } = await loadHandbook();
const sentences = passages.filter(({ language }) => language === "en").slice(0, 100).map(({ text }) => text.slice(0, 400)); // prettier-ignore
const embedded = await both(async () => {
  const encoder = await SentenceEncoder.load("all-MiniLM-L6-v2");
  const vectors = await encoder.encode(sentences);
  encoder.close();
  return vectors;
});
const cosines = sentences.map((_, at) => embedded.float32.row(at).reduce((sum, x, i) => sum + x * embedded.tf32.row(at)[i]!, 0));
console.log(`all-MiniLM-L6-v2, ${sentences.length} passages: the least cosine to float32 is ${Math.min(...cosines).toFixed(7)}`);

const novel = await loadCorpus("moby-dick");
const tokenizer = await BpeTokenizer.train([novel.train], { vocabSize: 1024 });
const [learnt, judged] = [novel.train, novel.validation].map((text) => tokenizer.encode(text)) as [Uint32Array, Uint32Array];
const size = { vocabularySize: 1024, contextLength: 64, layers: 3, heads: 4, width: 128 };
const steps = 200;
for (const seed of [1, 2, 3]) {
  const { float32, tf32 } = await both(async () => {
    const gpt = new GPT({ ...size, seed });
    const { history } = await train({
      model: gpt,
      optimizer: new AdamW(gpt.parameters(), { learningRate: warmupCosine({ peak: 2e-3, warmup: 10, steps }) }),
      loss: (model, { inputs, targets }: TokenBatch) => model.loss(inputs, targets),
      batches: tokenBatches(learnt, { batchSize: 8, contextLength: size.contextLength, seed }),
      steps,
      clip: 1,
      show: false,
    });
    const { inputs, targets } = tokenBatches(judged, { batchSize: 128, contextLength: size.contextLength, seed: 1 }).at(0);
    gpt.eval();
    return { losses: [...history.loss], judged: gpt.loss(inputs, targets).item() };
  });
  const apart = (upTo: number): string =>
    Math.max(...float32.losses.slice(0, upTo).map((loss, at) => Math.abs(loss - tf32.losses[at]!))).toExponential(1);
  console.log(
    `GPT of ${new GPT({ ...size, seed }).parameterCount().toLocaleString("en")} parameters, seed ${seed}: losses differ by ${apart(10)} at most in 10 steps, ${apart(steps)} in ${steps}; ` +
      `unseen text ${float32.judged.toFixed(4)} nats, in TF32 ${tf32.judged.toFixed(4)}`,
  );
}
