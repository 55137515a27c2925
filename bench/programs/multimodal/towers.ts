/** The towers of the world's pictures and captions, and how they learn. */
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { cpuUsage } from "node:process";
import {
  captionOf,
  Clip,
  WordVocabulary,
  worldBatches,
  worldCombinations,
  type Combination,
} from "../../../kernel-helpers/multimodal/index.ts";
import { AdamW, warmupCosine } from "../../../kernel-helpers/optim/index.ts";
import { loadModel, saveModel, train } from "../../../kernel-helpers/train/index.ts";

export function newClip(seed: number): Clip {
  const vocabulary = WordVocabulary.of(worldCombinations().flatMap((each) => [captionOf(each, "en"), captionOf(each, "zh")]));
  return new Clip({ vocabulary, imageSize: 48, patchSize: 16, seed });
}

/** @returns Seconds of processor time. What was learnt is kept in the folder for temporary files, for the next program with the same seed and steps. */
export async function learn(clip: Clip, seen: readonly Combination[], steps: number, seed: number): Promise<number> {
  const before = cpuUsage();
  const run = await train({
    model: clip,
    optimizer: new AdamW(clip.parameters(), {
      learningRate: warmupCosine({ peak: 1e-3, warmup: Math.min(30, steps), steps }),
      weightDecay: 0.1,
    }),
    loss: (model, batch) => model.loss(batch),
    batches: worldBatches(clip, seen, { batchSize: 128, seed }),
    steps,
    clip: 1,
    show: false,
  });
  const { user, system } = cpuUsage(before);
  console.error(
    run.history.loss
      .filter((_, index) => index % 40 === 0)
      .map((loss) => loss.toFixed(2))
      .join(" "),
  );
  await saveModel(clip, fileOf(seed, steps));
  return (user + system) / 1e6;
}

export async function learntClip(seen: readonly Combination[], steps: number, seed: number): Promise<Clip> {
  const clip = newClip(seed);
  if (existsSync(fileOf(seed, steps))) await loadModel(clip, fileOf(seed, steps));
  else await learn(clip, seen, steps, seed);
  return clip;
}

const fileOf = (seed: number, steps: number): string => path.join(tmpdir(), `cairn-clip-${seed}-${steps}.safetensors`);
