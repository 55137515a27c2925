/** Trials on a real Ray cluster: one that throws, one whose process is killed, one that ends by itself, one that is stopped. */
import path from "node:path";
import { describe, expect, test } from "vitest";
import { choice, grid, sweep, type RayAddress } from "../../../kernel-helpers/distributed/index.ts";

export const sweepTests = (cluster: () => RayAddress, folder: string): void => {
  describe("a sweep", () => {
    test("tells trials that threw, died, ended and were stopped apart, and finds the best", async () => {
      const { trials, best } = await sweep({
        cluster: cluster(),
        task: path.join(import.meta.dirname, "trial.mjs"),
        folder: path.join(folder, "sweep"),
        space: { width: grid([9, 2, 1, 4]), rate: choice([0.25]), marker: path.join(folder, "trial-was-killed") },
        metric: "loss",
        mode: "min",
        steps: 4,
        reduction: 2,
        workers: 1, // one after the other, so that it is certain who is compared with whom
      });
      expect(trials.map(({ config, status, history }) => [config.width, status, history.length])).toEqual([
        [9, "failed", 1],
        [2, "finished", 4],
        [1, "finished", 1],
        [4, "stopped", 1],
      ]);
      expect(trials[0]!.error).toContain("no such width");
      expect(trials[1]!.history).toEqual([1, 2, 3, 4].map((step) => ({ loss: 2 + 0.25 + 1 / step, step })));
      expect(best).toBe(trials[2]);
    });
  });
};
