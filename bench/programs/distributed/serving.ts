/** Replicas under load: how many there are, what an exchange of all of them drops, and what a killed one costs. */
import { setTimeout } from "node:timers/promises";
import { RayServe, type ServedApplication, type ServeStatus } from "../../../kernel-helpers/distributed/index.ts";
import { freePort } from "../../../kernel-helpers/runtime/python.ts";
import { alone, childOf, startLoad } from "../../../test/parity/ray/load.ts";
import { writeTinyChat } from "../../../test/serve/tiny-chat.ts";
import { partOf } from "./docs-part.ts";
import type { Place } from "./place.ts";

export async function measureServing({ cluster, folder, where }: Place): Promise<void> {
  const served = new RayServe(cluster);
  const http = { port: await freePort() };
  const serverOf = (model: string): ServedApplication["server"] => ({
    models: [{ id: "tiny", model, slots: 4, slotTokens: 256, threads: 1 }],
  });
  const applicationOf = (model: string): ServedApplication => ({
    server: serverOf(model),
    replicas: { min: 1, max: 2, ongoing: 2, upAfter: 1, downAfter: 600 },
    cpus: 0.5,
    drain: 60,
  });
  const files = [await writeTinyChat(folder, "old", 1), await writeTinyChat(folder, "new", 2)];
  const replicasOf = ({ applications }: Pick<ServeStatus, "applications">): number =>
    applications[0]!.replicas.filter(({ state }) => state === "RUNNING").length;
  const say = partOf("serving");
  say(`## Servers replicated

Made by \`bench/programs/distributed/work.ts\` on ${where}: the server of \`cairn serve\` with the tests' tiny language model, eight clients that ask for streamed answers of
24 tokens without end, one replica at first, at most two, two requests under way wanted for each. An answer is wrong when it is 200, comes to its end and says
something else than the server says without Ray; after an exchange both models' answers are right while it lasts.

| what happens | seconds until it is over | answers | errors | wrong answers | replicas after it |
| --- | --- | --- | --- | --- | --- |`);
  await served.shutdown();
  await served.deploy({ applications: [applicationOf(files[0]!)], http });
  const { url } = await served.ready();
  const [before, after] = await Promise.all(files.map((model) => alone(serverOf(model))));
  const right = new Set([before]);
  const load = startLoad(url, 8);
  const row = async (what: string, happen: () => Promise<void>): Promise<void> => {
    load.take();
    const start = performance.now();
    await happen();
    const seconds = (performance.now() - start) / 1000;
    await setTimeout(1000);
    const { answers, errors } = load.take();
    const wrong = answers.filter((answer) => !right.has(answer)).length;
    say(`| ${what} | ${seconds.toFixed(1)} | ${answers.length} | ${errors.length} | ${wrong} | ${replicasOf(await served.status())} |`);
  };
  try {
    await row("eight clients begin: a second replica starts", async () => {
      while (replicasOf(await served.status()) < 2) await setTimeout(250);
    });
    right.add(after);
    await row("another model: both replicas are exchanged", async () => {
      await served.deploy({ applications: [applicationOf(files[1]!)], http });
      await served.ready();
    });
    await setTimeout(1000); // answers that had begun
    right.delete(before);
    const victim = (await served.ready()).applications[0]!.replicas[0]!.pid!;
    await row("kill -9 of one replica's Node", async () => {
      process.kill(childOf(victim), "SIGKILL");
      while ((await served.status()).applications[0]!.replicas.some(({ pid }) => pid === victim)) await setTimeout(100);
      await served.ready();
    });
  } finally {
    await load.stop();
    await served.shutdown();
  }
}
