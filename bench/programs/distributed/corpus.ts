/** How much of a corpus waits in memory, and what comes of it when processes are killed. */
import { statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { embedCorpus, type EmbedCorpusRun } from "../../../kernel-helpers/distributed/index.ts";
import { writeTinyEncoder } from "../../../test/serve/tiny-chat.ts";
import { blocksOf, victims } from "../../../test/parity/ray/corpus-victims.ts";
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
With much \`memory\`, how far reading runs ahead depends on how fast the workers are: on a machine too busy to let them work, it was the whole corpus. With little, never more
than that is held, so the corpus may be of any size.

### After kill -9

Three more runs, in each of which one process is killed when a third of the blocks is written: the Node process of a worker, the actor that owns one (Ray's Python), or
the driver. All ids are then read back. A block that was there at the blow and is newer afterwards has been written again.

| killed | times the driver was started | blocks written again | documents | ids twice | ids missing |
| --- | --- | --- | --- | --- | --- |`);
  const total = Math.ceil(bytes / blockBytes);
  for (const [whom, pidOf] of Object.entries(victims)) {
    const out = path.join(folder, whom);
    const times = new Map<string, number>();
    const strike = setInterval(() => {
      const blocks = blocksOf(out);
      if (blocks.length < total / 3) return;
      clearInterval(strike);
      process.kill(pidOf(out), "SIGKILL");
      for (const block of blocks) times.set(block, statSync(path.join(out, block)).mtimeMs);
    }, 10);
    const { corpus, restarts } = await run(whom, 2 ** 21).finally(() => clearInterval(strike));
    if (times.size === 0) throw new Error(`the run was over before the ${whom} could be killed`);
    const ids: string[] = [];
    for await (const part of corpus.documents()) ids.push(...part.map(({ id }) => id));
    const again = [...times].filter(([block, time]) => statSync(path.join(out, block)).mtimeMs !== time).length;
    const different = new Set(ids);
    const missing = Array.from({ length: documents }, (_, number) => `d${number}`).filter((id) => !different.has(id)).length;
    const counts = [again, corpus.count.toLocaleString("en"), ids.length - different.size, missing];
    say(`| ${whom} | ${restarts.length + 1} | ${counts.join(" | ")} |`);
  }
  say(`
Whichever process dies, each vector is there once. A worker and an actor are replaced within the run; a driver is started again by the program that called \`embedCorpus\`.`);
}

const mega = (bytes: number): string => (bytes / 1e6).toFixed(2);
