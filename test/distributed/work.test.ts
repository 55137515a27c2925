/** What embedCorpus, sweep and RayServe are given, before a cluster hears of it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  choice,
  embedCorpus,
  EmbeddedCorpus,
  grid,
  integer,
  logUniform,
  RayServe,
  sweep,
  uniform,
  type EmbedCorpusOptions,
  type SweepOptions,
} from "../../kernel-helpers/distributed/index.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-distributed-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = path.join(folder, "corpus.jsonl");
writeFileSync(file, '{"id":"a","text":"b"}\n');
const cluster = { address: "http://127.0.0.1:9" };

describe("a corpus to embed", () => {
  const options: EmbedCorpusOptions = { cluster, model: "all-MiniLM-L6-v2", files: file, folder: path.join(folder, "out") };
  test.each([
    [{ files: path.join(folder, "none.jsonl") }, /there is no such file/],
    [{ files: [] }, /files/],
    [{ fields: { name: "id" } }, /fields/],
    [{ workers: 0 }, /workers/],
    [{ memory: 1000 }, /memory must be at least one block/],
    [{ blocksize: 1 }, /did you mean "blockBytes"/],
    [{ signal: AbortSignal.abort(new Error("stopped")) }, /stopped/],
  ])("%j is refused", async (wrong, message) => {
    await expect(embedCorpus({ ...options, ...wrong } as never)).rejects.toThrow(message);
  });

  test("a folder that another model has begun is not gone on with", async () => {
    await expect(embedCorpus({ ...options, patience: 0, restarts: 0 })).rejects.toMatchObject({ code: "ERR_UNAVAILABLE" });
    await expect(embedCorpus(options)).rejects.toThrow(/resume: true/);
    await expect(embedCorpus({ ...options, model: "another", resume: true })).rejects.toThrow(/model differs/);
    await expect(EmbeddedCorpus.open(options.folder)).rejects.toThrow(/manifest\.json/);
  });
});

describe("a sweep", () => {
  const space = { width: grid([32, 64]), learningRate: logUniform(1e-4, 1e-2) };
  const options: SweepOptions<typeof space> = { cluster, task: file, space, metric: "loss", mode: "min", steps: 4, folder };
  test.each([
    [{ space: {} }, /the space is empty/],
    [{ space: { width: [1, 2] } }, /space\.width must be a domain or a value/],
    [{ mode: "least" }, /mode/],
    [{ scheduler: "hyperband" }, /scheduler/],
    [{ grace: 5 }, /grace/],
    [{ reduction: 1 }, /reduction/],
    [{ task: path.join(folder, "none.mjs") }, /there is no such file/],
    [{ maxSteps: 3 }, /did you mean "steps"/],
  ])("with %j is refused", async (wrong, message) => {
    await expect(sweep({ ...options, ...wrong } as never)).rejects.toThrow(message);
  });

  test.each([
    ["an empty grid", () => grid([]), /values/],
    ["a choice of objects", () => choice([{}] as never), /values\[0\] must be a string, number or boolean/],
    ["a range upside down", () => uniform(2, 1), /high must be > 2/],
    ["a logarithm of 0", () => logUniform(0, 1), /low must be > 0/],
    ["half an integer", () => integer(0.5, 2), /low/],
  ])("has no domain of %s", (_, make, message) => {
    expect(make).toThrow(message);
  });
});

describe("a deployment", () => {
  const served = new RayServe(cluster);
  const server = { models: ["SmolLM2-135M-Instruct"] };
  test.each([
    [{ applications: [{ server: { models: [] } }] }, /applications\[0\]\.server\.models/],
    [{ applications: [{ server, route: "chat" }] }, /a path that begins with "\/"/],
    [{ applications: [{ server, replicas: 0 }] }, /replicas/],
    [{ applications: [{ server, replicas: { min: 3, max: 2 } }] }, /replicas\.max/],
    [{ applications: [{ server, cpu: 1 }] }, /did you mean "cpus"/],
    [{ applications: [], http: { port: 0 } }, /http\.port/],
  ])("of %j is refused", async (wrong, message) => {
    await expect(served.deploy(wrong as never)).rejects.toThrow(message);
  });

  test("to a cluster that does not answer is an error", async () => {
    await expect(served.deploy({ applications: [{ server }] })).rejects.toMatchObject({ code: "ERR_UNAVAILABLE" });
  });
});
