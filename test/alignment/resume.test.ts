import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { resumableGrpo, type Resumable } from "./resumable.ts";

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(path.join(tmpdir(), "grpo-"))));
afterEach(() => rm(folder, { recursive: true }));

const historyOf = ({ run }: Resumable): object => ({ ...run.history, speed: [] });
const weightsOf = ({ policy }: Resumable): number[][] => Object.values(policy.state()).map(({ data }) => Array.from(data, Number));

test("a run of GRPO whose process was killed in the middle of a rollout goes on bit for bit, rollouts included", async () => {
  const straight = await resumableGrpo(undefined);
  expect(straight.sampled).toHaveLength(3);

  const script = fileURLToPath(new URL("run-killed.ts", import.meta.url));
  const { signal } = spawnSync(process.execPath, ["--import", "tsx", script, folder], { stdio: "inherit" });
  expect(signal).toBe("SIGKILL");
  expect(await readdir(folder)).toEqual(["step-00000006"]);

  const resumed = await resumableGrpo(folder);
  expect(resumed.sampled).toEqual(straight.sampled.slice(2)); // the second rollout came out of the checkpoint; the third was sampled anew
  expect(historyOf(resumed)).toEqual(historyOf(straight));
  expect(weightsOf(resumed)).toEqual(weightsOf(straight));
  expect(new Set(straight.run.history.metrics["episode"]).size).toBe(3);
  expect(Math.max(...straight.run.history.metrics["kl"]!)).toBeGreaterThan(0); // and it did learn
});
