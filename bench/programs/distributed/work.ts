/**
 * A corpus embedded, settings swept and servers replicated on Ray, measured on this machine. Writes their parts of docs/distributed.md.
 * `node --import tsx bench/programs/distributed/work.ts`, or with corpus, sweep or serving for one part only. CAIRN_CLUSTER={"address":…,"token":…} is used where
 * there is one.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import path from "node:path";
import { startRay, type RayAddress } from "../../../kernel-helpers/distributed/index.ts";
import { measureCorpus } from "./corpus.ts";
import { measureServing } from "./serving.ts";
import { measureSweep } from "./sweep.ts";

const programs = { corpus: measureCorpus, sweep: measureSweep, serving: measureServing };
const asked = process.argv.slice(2);
const given = process.env["CAIRN_CLUSTER"];
const ray = given === undefined ? await startRay({ cpus: 4, timeout: 900 }) : undefined;
const cluster = ray?.cluster ?? (JSON.parse(given!) as RayAddress);
const folder = mkdtempSync(path.join(tmpdir(), "cairn-distributed-"));
const where = `${cpus().length} cores (${cpus()[0]!.model.trim()}), Ray 2.60`;
try {
  for (const [name, measure] of Object.entries(programs))
    if (asked.length === 0 || asked.includes(name)) await measure({ cluster, folder, where });
} finally {
  await ray?.close();
  rmSync(folder, { recursive: true });
}
