/** Servers as replicas behind one address, on a real Ray cluster: more of them under load, exchanged under load, and one of them killed under load. */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { RayServe, type RayAddress, type ServedApplication } from "../../../kernel-helpers/distributed/index.ts";
import { freePort } from "../../../kernel-helpers/runtime/python.ts";
import { writeTinyChat } from "../../serve/tiny-chat.ts";
import { alone, ask, childOf, startLoad } from "./load.ts";

export const servingTests = (cluster: () => RayAddress, folder: string): void => {
  describe("a server on Ray Serve", () => {
    test("is scaled by load, updated without dropping a request, and never answers wrong though a server is killed", async () => {
      const models = path.join(folder, "models");
      mkdirSync(models);
      const files = [await writeTinyChat(models, "old", 1), await writeTinyChat(models, "new", 2)];
      const optionsOf = (model: string): ServedApplication["server"] => ({
        models: [{ id: "tiny", model, slots: 4, slotTokens: 256, threads: 1 }],
      });
      const [before, after] = [await alone(optionsOf(files[0]!)), await alone(optionsOf(files[1]!))];
      expect(before).not.toBe(after);

      const served = new RayServe(cluster());
      const http = { port: await freePort() };
      const replicas = { min: 1, max: 2, ongoing: 2, upAfter: 0.5, downAfter: 600 };
      const applicationOf = (model: string): ServedApplication => ({ server: optionsOf(model), replicas, cpus: 0.5, drain: 30 });
      await served.deploy({ applications: [applicationOf(files[0]!)], http });
      const { url, applications } = await served.ready();
      expect(url).toBe(`http://127.0.0.1:${http.port}`);
      expect(applications[0]!.replicas).toHaveLength(1);
      expect(await ask(url)).toBe(before);

      const load = startLoad(url, 8);
      while ((await served.status()).applications[0]!.replicas.filter(({ state }) => state === "RUNNING").length < 2) await setTimeout(250);

      await served.deploy({ applications: [applicationOf(files[1]!)], http });
      await served.ready();
      const updated = load.take();
      expect(updated.errors).toEqual([]);
      expect(new Set(updated.answers)).toEqual(new Set([before, after]));

      await setTimeout(500); // answers that had begun
      load.take();
      const status = await served.status();
      const victim = status.applications[0]!.replicas[0]!.pid!;
      process.kill(childOf(victim), "SIGKILL");
      while ((await served.status()).applications[0]!.replicas.some(({ pid }) => pid === victim)) await setTimeout(100);
      await served.ready();
      const disturbed = load.take();
      expect(new Set(disturbed.answers)).toEqual(new Set([after]));
      expect(disturbed.errors.length).toBeGreaterThan(0);
      await setTimeout(1000);
      const { answers, errors } = await load.stop();
      expect([new Set(answers), errors]).toEqual([new Set([after]), []]);

      await served.shutdown();
      expect((await served.status()).applications).toEqual([]);
    }, 900_000);
  });
};
