/** How much of a corpus waits in memory, and what comes of it when processes are killed. */
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { embedCorpus, type EmbedCorpusRun } from "../../../kernel-helpers/distributed/index.ts";
import { writeTinyEncoder } from "../../../test/serve/tiny-chat.ts";
import { processOf } from "../../../test/parity/ray/find-process.ts";
import { partOf } from "./docs-part.ts";
import type { Place } from "./place.ts";

const documents = 40_000;
const blockBytes = 65_536;

export async function measureCorpus({ cluster, folder, where }: Place): Promise<void> {
  const file = path.join(folder, "corpus.jsonl");
  const textOf = (number: number): string =>
    Array.from({ length: 24 }, (_, at) => ((number * 31 + at * at * 7) % 997).toString(36)).join(" ");
  writeFileSync(
    file,
    Array.from({ length: documents }, (_, number) => JSON.stringify({ id: `d${number}`, text: textOf(number) })).join("\n"),
  );
  const bytes = statSync(file).size;
  const model = writeTinyEncoder(folder);
  const run = (name: string, memory: number): Promise<EmbedCorpusRun> =>
    embedCorpus({ cluster, model, files: file, folder: path.join(folder, name), memory, blockBytes, workers: 2 });
  const say = partOf("corpus");
  say(`## A corpus embedded

Made by \`bench/programs/distributed/work.ts\` on ${where}: ${documents.toLocaleString("en")} documents of ${mega(bytes)} MB in blocks of ${(blockBytes / 1000).toFixed(0)} kB, by two
workers. The encoder is the tests' tiny one, so that reading could run far ahead of it only by not waiting: what is measured is the waiting, not the speed.

| \`memory\`, MB | text read and not yet embedded, at most, MB | of the corpus | documents |
| --- | --- | --- | --- |`);
  for (const memory of [2 ** 26, 2 ** 19]) {
    const { corpus, waitingBytes } = await run(`memory-${memory}`, memory);
    say(
      `| ${mega(memory)} | ${mega(waitingBytes)} | ${((100 * waitingBytes) / bytes).toFixed(0)} % | ${corpus.count.toLocaleString("en")} |`,
    );
  }
  say(`
A worker is killed when a quarter of the blocks is written, and the driver when half is. All ids are then read back.

| killed | times the driver was started | blocks written again | documents | ids twice | ids missing |
| --- | --- | --- | --- | --- | --- |`);
  const out = path.join(folder, "killed");
  const total = Math.ceil(bytes / blockBytes);
  const times = new Map<string, number>();
  const hasKilled = { worker: false, driver: false };
  const strike = setInterval(() => {
    const blocks = existsSync(out) ? readdirSync(out).filter((name) => /^block-\d+\.safetensors$/.test(name)) : [];
    if (blocks.length >= total / 4 && !hasKilled.worker) {
      process.kill(processOf("corpus/worker"), "SIGKILL");
      hasKilled.worker = true;
    }
    if (blocks.length < total / 2 || hasKilled.driver) return;
    process.kill(processOf("drivers/embed.py", path.join(out, "run.json")), "SIGKILL");
    hasKilled.driver = true;
    for (const block of blocks) times.set(block, statSync(path.join(out, block)).mtimeMs);
  }, 10);
  const { corpus, restarts } = await run("killed", 2 ** 21).finally(() => clearInterval(strike));
  const ids: string[] = [];
  for await (const part of corpus.documents()) ids.push(...part.map(({ id }) => id));
  const again = [...times].filter(([block, time]) => statSync(path.join(out, block)).mtimeMs !== time).length;
  const different = new Set(ids);
  const missing = Array.from({ length: documents }, (_, number) => `d${number}`).filter((id) => !different.has(id)).length;
  const who = Object.entries(hasKilled).flatMap(([name, was]) => (was ? [name] : []));
  say(
    `| ${who.join(", ")} | ${restarts.length + 1} | ${again} | ${corpus.count.toLocaleString("en")} | ${ids.length - different.size} | ${missing} |`,
  );
}

const mega = (bytes: number): string => (bytes / 1e6).toFixed(2);
