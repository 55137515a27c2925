/**
 * All that needs Ray, on one cluster of this machine: to start one takes longer than most of the tests. CAIRN_CLUSTER={"address":…,"token":…} is used where there is
 * one.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll } from "vitest";
import { startRay, type LocalRay, type RayAddress } from "../../../kernel-helpers/distributed/index.ts";
import { findPython } from "../../../kernel-helpers/runtime/python.ts";
import { corpusTests } from "./corpus.ts";
import { dataParallelTests } from "./data-parallel.ts";
import { jobTests } from "./jobs.ts";
import { servingTests } from "./serving.ts";
import { sweepTests } from "./sweep.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-ray-"));
let ray: LocalRay | undefined;
const given = process.env["CAIRN_CLUSTER"];
beforeAll(async () => {
  if (given === undefined)
    ray = await startRay({ python: findPython("ray, torch, starlette, uvicorn", "npm run bench:setup"), timeout: 900 });
}, 900_000);
afterAll(async () => {
  await ray?.close();
  rmSync(folder, { recursive: true });
});
const cluster = (): Required<RayAddress> => ray?.cluster ?? (JSON.parse(given!) as Required<RayAddress>);

jobTests(cluster);
dataParallelTests(cluster, folder);
corpusTests(cluster, folder);
sweepTests(cluster, folder);
servingTests(cluster, folder);
