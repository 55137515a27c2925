/** Servers as replicas behind one address, on a real Ray cluster: more of them under load, exchanged under load, and one of them killed under load. */
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { RayServe, type RayAddress, type ServedApplication } from "../../../kernel-helpers/distributed/index.ts";
import { freePort } from "../../../kernel-helpers/runtime/python.ts";
import { serve } from "../../../kernel-helpers/serve/index.ts";
import { writeTinyChat } from "../../serve/tiny-chat.ts";

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

      await served.deploy({ applications: [{ ...applicationOf("no-such-model.gguf"), replicas: 1 }], http });
      await expect(served.ready()).rejects.toMatchObject({ code: "ERR_RAY", message: expect.stringContaining("no-such-model") as string });
      await served.shutdown();
      expect((await served.status()).applications).toEqual([]);
    });
  });
};

const body = JSON.stringify({
  model: "tiny",
  messages: [{ role: "user", content: "Tell me" }],
  max_tokens: 24,
  temperature: 0,
  stream: true,
});

/** The text of a streamed answer. @throws It is not 200, or does not come to its end. */
async function ask(url: string): Promise<string> {
  const response = await fetch(`${url}/v1/chat/completions`, { method: "POST", headers: { "content-type": "application/json" }, body });
  const said = await response.text();
  if (response.status !== 200) throw new Error(`${response.status} ${said}`);
  const events = said.trim().split("\n\n");
  if (events.pop() !== "data: [DONE]") throw new Error(`the answer broke off: ${said.slice(-100)}`);
  return events
    .map((event) => (JSON.parse(event.slice(6)) as { choices: { delta: { content?: string } }[] }).choices[0]?.delta.content ?? "")
    .join("");
}

/** What the server answers without Ray. */
async function alone(options: ServedApplication["server"]): Promise<string> {
  await using server = await serve({ ...options, port: 0 });
  return await ask(server.url);
}

interface Seen {
  answers: string[];
  errors: string[];
}

/** Asks without end, so many at a time. */
function startLoad(url: string, clients: number): { take(): Seen; stop(): Promise<Seen> } {
  let seen: Seen = { answers: [], errors: [] };
  let isOver = false;
  const client = async (): Promise<void> => {
    while (!isOver) {
      try {
        seen.answers.push(await ask(url));
      } catch (error) {
        seen.errors.push(String(error));
        await setTimeout(50);
      }
    }
  };
  const all = Array.from({ length: clients }, client);
  const take = (): Seen => {
    const found = seen;
    seen = { answers: [], errors: [] };
    return found;
  };
  return {
    take,
    async stop() {
      isOver = true;
      await Promise.all(all);
      return take();
    },
  };
}

/** The process that a process has started. */
function childOf(pid: number): number {
  const parentOf = (name: string): number => {
    try {
      const status = readFileSync(`/proc/${name}/stat`, "utf8");
      return Number(status.slice(status.lastIndexOf(")") + 2).split(" ")[1]);
    } catch {
      return 0;
    }
  };
  return Number(readdirSync("/proc").find((name) => /^\d+$/.test(name) && parentOf(name) === pid));
}
