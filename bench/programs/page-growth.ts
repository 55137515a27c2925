/**
 * How the time of a page grows with hostile texts (test/render/hostile.ts): processor time at a size and at four times that size, of those that grow by
 * more than six. `npx tsx bench/programs/page-growth.ts [name] [size]`
 */
import { renderNotebook } from "../../src/render/index.ts";
import { hostile } from "../../test/render/hostile.ts";
import { markdown, notebookOf, sample } from "../../test/render/sample.ts";

const [name = "", size = "2000"] = process.argv.slice(2);
const count = Number(size);
/** Beneath this many seconds the clock and the collector say more than the text. */
const [least, factor] = [0.25, 6];

async function secondsOf(cell: (count: number) => Parameters<typeof notebookOf>[0][number], times: number): Promise<number> {
  const notebook = notebookOf([cell(times), markdown("the end")]);
  const start = process.cpuUsage();
  await renderNotebook(notebook);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

await renderNotebook(sample);
let found = 0;
for (const [kind, cell] of hostile) {
  if (!kind.includes(name)) continue;
  const small = await secondsOf(cell, count);
  const large = await secondsOf(cell, 4 * count);
  if (large < least || large < factor * small) continue;
  found++;
  console.log(`${small.toFixed(2)} s → ${large.toFixed(2)} s  ${kind}`);
}
console.log(found === 0 ? `nothing grows by more than ${factor} when it is four times as long` : `${found} grow by more than ${factor}`);
