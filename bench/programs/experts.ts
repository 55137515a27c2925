/**
 * What a mixture of experts is worth at equal active compute: GPTs on English prose and Tang poems together, one dense, the others with experts of which
 * a token's cost as much as the dense MLP. Three seeds each, the same steps, the same batches.
 * `node --import tsx bench/programs/experts.ts 400 1,2,3 "dense|top-2"`: steps, seeds, and variants (all when left out).
 */
import { cpuUsage } from "node:process";
import { loadCorpus } from "../../kernel-helpers/data/index.ts";
import { bitsPerByte, GPT, type GPTConfig } from "../../kernel-helpers/llm/index.ts";
import { AdamW, warmupCosine } from "../../kernel-helpers/optim/index.ts";
import { concat, jit } from "../../kernel-helpers/tensor/index.ts";
import { BpeTokenizer } from "../../kernel-helpers/tokenizer/index.ts";
import { tokenBatches, train, type TokenBatch } from "../../kernel-helpers/train/index.ts";

const [stepsText = "400", seedsText = "1,2,3", chosen] = process.argv.slice(2);
const steps = Number(stepsText);
const size = { vocabularySize: 1024, contextLength: 64, layers: 3, heads: 4, width: 96 };

const variants: Record<string, Partial<GPTConfig>> = {
  dense: {},
  "top-1": { experts: { count: 8, topK: 1 } },
  "top-2": { experts: { count: 8, topK: 2 } },
  "top-2, balanced by biases": { experts: { count: 8, topK: 2, gate: "sigmoid", biasUpdateRate: 0.003 } },
  "top-2, not balanced": { experts: { count: 8, topK: 2, balanceLoss: 0 } },
  "top-3 of 16 and a shared one": { experts: { count: 16, topK: 3, hidden: 96, sharedHidden: 96 } },
  "top-1, capacity 1": { experts: { count: 8, topK: 1, capacityFactor: 1 } },
  "top-1, not balanced": { experts: { count: 8, topK: 1, balanceLoss: 0 } },
};

const [novel, poems] = [await loadCorpus("moby-dick"), await loadCorpus("poems", { limit: 16_000 })];
const tokenizer = await BpeTokenizer.train([novel.train, poems.train], { vocabSize: size.vocabularySize });
const ids = { en: tokenizer.encode(novel.train), zh: tokenizer.encode(poems.train) };
const judged = { en: novel.validation, zh: poems.validation.slice(0, 40_000) };

/** As many windows of one language as of the other in each batch. */
function* bothLanguages(seed: number): Generator<TokenBatch> {
  const [en, zh] = [ids.en, ids.zh].map((own) => tokenBatches(own, { batchSize: 4, contextLength: size.contextLength, seed }));
  for (let step = 0; ; step++) {
    const [one, other] = [en!.at(step), zh!.at(step)];
    yield { inputs: concat([one.inputs, other.inputs]), targets: concat([one.targets, other.targets]) };
  }
}

async function measure(name: string, seed: number): Promise<Record<string, string | number>> {
  const gpt = new GPT({ ...size, ...variants[name], seed });
  const learningRate = warmupCosine({ peak: 2e-3, warmup: Math.ceil(steps / 20), steps });
  const before = cpuUsage();
  await train({
    model: gpt,
    optimizer: new AdamW(gpt.parameters(), { learningRate, weightDecay: 0.1 }),
    loss: (model, { inputs, targets }: TokenBatch) => model.loss(inputs, targets),
    batches: bothLanguages(seed),
    steps,
    clip: 1,
    show: false,
  });
  const { user, system } = cpuUsage(before);
  gpt.eval();
  const bits = Object.entries(judged).map(([language, text]) => {
    const own = tokenizer.encode(text);
    const windows = tokenBatches(own, { batchSize: 32, contextLength: size.contextLength, windows: "in order", dropLast: true });
    const nats = jit(({ inputs, targets }: TokenBatch) => gpt.loss(inputs, targets));
    const losses = Array.from({ length: windows.length }, (_, at) => nats(windows.at(at)).item());
    nats.close();
    return [
      language,
      bitsPerByte(losses.reduce((sum, loss) => sum + loss, 0) / losses.length, own.length, Buffer.byteLength(text)),
    ] as const;
  });
  const entropies = gpt.config.experts && entropiesOf(gpt, seed);
  return {
    name,
    seed,
    parameters: gpt.parameterCount(),
    ...Object.fromEntries(bits),
    msPerStep: (user + system) / 1000 / steps,
    ...entropies,
  };
}

/** Load entropy on validation text: of both languages together, as they are learnt, and the mean over one at a time. */
function entropiesOf(gpt: GPT, seed: number): Record<"together" | "apart", number> {
  const texts = Object.values(judged).map((text) =>
    tokenBatches(tokenizer.encode(text), { batchSize: 32, contextLength: size.contextLength, seed }).at(0),
  );
  const entropy = (batches: readonly TokenBatch[]): number => {
    const [inputs, targets] = [concat(batches.map((batch) => batch.inputs)), concat(batches.map((batch) => batch.targets))];
    return gpt.losses(inputs, targets).metrics.loadEntropy.item();
  };
  return { together: entropy(texts), apart: texts.reduce((sum, batch) => sum + entropy([batch]), 0) / texts.length };
}

const names = chosen === undefined ? Object.keys(variants) : chosen.split("|");
for (const seed of seedsText.split(",").map(Number)) for (const name of names) console.log(JSON.stringify(await measure(name, seed)));
