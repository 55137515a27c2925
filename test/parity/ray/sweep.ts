/** Trials on a real Ray cluster: one that throws, one whose process is killed, one that ends by itself, one that is stopped; and a driver that is killed. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { choice, grid, logUniform, sweep, type RayAddress } from "../../../kernel-helpers/distributed/index.ts";

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

    test("goes on when its driver is killed: what had ended is not run again, and is compared with as before", async () => {
      const out = path.join(folder, "sweep-killed");
      const reports: string[] = [];
      const rates = new Set<number>();
      const { trials, best, restarts } = await sweep({
        cluster: cluster(),
        task: path.join(import.meta.dirname, "killing-trial.ts"),
        folder: out,
        // The first kills the driver at its second step, the second before its first: it would go on if the driver had forgotten what the first one told.
        space: { width: grid([4, 9, 1]), rate: logUniform(1e-4, 1e-2), folder: out },
        metric: "loss",
        mode: "min",
        steps: 4,
        reduction: 2,
        workers: 1,
        onReport: ({ config }, step) => {
          reports.push(`${config.width}:${step}`);
          rates.add(config.rate);
        },
      });
      expect(restarts).toHaveLength(2);
      expect(trials.map(({ id, config, status, history }) => [id, config.width, status, history.length])).toEqual([
        ["00000", 4, "finished", 4],
        ["00001", 9, "stopped", 1],
        ["00002", 1, "finished", 4],
      ]);
      expect(best).toBe(trials[2]);
      expect(rates.size).toBe(3); // each driver draws the same
      expect(trials[0]!.history.map(({ loss }) => loss)).toEqual([1, 2, 3, 4].map((step) => 4 + 1 / step));
      expect(readFileSync(path.join(out, "begun"), "utf8")).toBe("4\n4\n9\n9\n1\n");
      expect(reports).toEqual(["4:1", "4:1", "4:2", "4:3", "4:4", "9:1", "1:1", "1:2", "1:3", "1:4"]);
    });
  });
};
