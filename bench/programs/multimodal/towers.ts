/** The towers of the world's pictures and captions, and how they learn. */
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { cpuUsage } from "node:process";
import {
  loadClip,
  saveClip,
  trainClip,
  worldBatches,
  worldClip,
  type Clip,
  type Combination,
} from "../../../kernel-helpers/multimodal/index.ts";

export interface TowerPlan {
  seed: number;
  steps: number;
  negatives: "near" | "random";
}

/** @returns Seconds of processor time. What was learnt is kept in the folder for temporary files, for the next program with the same plan. */
export async function learn(clip: Clip, seen: readonly Combination[], plan: TowerPlan): Promise<number> {
  const { seed, steps, negatives } = plan;
  const seconds = stopwatch();
  await trainClip(clip, {
    batches: worldBatches(clip, seen, { batchSize: 64, negatives, seed }),
    steps,
    show: false,
    onStep: ({ step, loss }) => void (step % 40 === 0 && console.error(`step ${step}: ${loss.toFixed(2)}, ${seconds().toFixed(0)} s`)),
  });
  await saveClip(clip, fileOf(plan));
  return seconds();
}

export async function learntClip(seen: readonly Combination[], plan: TowerPlan): Promise<Clip> {
  if (existsSync(fileOf(plan))) return loadClip(fileOf(plan));
  const clip = worldClip({ seed: plan.seed });
  await learn(clip, seen, plan);
  return clip;
}

/** Of processor time, user and system, since it was made. */
export function stopwatch(): () => number {
  const before = cpuUsage();
  return () => {
    const { user, system } = cpuUsage(before);
    return (user + system) / 1e6;
  };
}

const fileOf = ({ seed, steps, negatives }: TowerPlan): string =>
  path.join(tmpdir(), `cairn-clip-${seed}-${steps}-${negatives}.safetensors`);
