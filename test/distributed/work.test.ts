/** What embedCorpus, sweep and RayServe are given, before a cluster hears of it. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
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
import { writeTinyEncoder } from "../serve/tiny-chat.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-distributed-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = path.join(folder, "corpus.jsonl");
writeFileSync(file, '{"id":"a","text":"b"}\n');
const model = writeTinyEncoder(folder); // vectors of 32 numbers, 4-bit weights, the prompts "query" and "passage"
const cluster = { address: "http://127.0.0.1:9" };

describe("a corpus to embed", () => {
  const options: EmbedCorpusOptions = { cluster, model, files: file, folder: path.join(folder, "out") };
  test.each([
    [{ files: path.join(folder, "none.jsonl") }, /there is no such file/],
    [{ files: [] }, /files/],
    [{ fields: { name: "id" } }, /fields/],
    [{ cluster: { address: "here" } }, /http or https address/],
    [{ workers: 0 }, /workers/],
    [{ memory: 1000 }, /memory must be at least one block/],
    [{ blocksize: 1 }, /did you mean "blockBytes"/],
    [{ signal: AbortSignal.abort(new Error("stopped")) }, /stopped/],
    [{ fields: { text: "body" } }, /a line of the corpus has no body: .*\n {2}hint: .*\{ fields \}/],
    [{ model: "all-MiniLM-L6" }, /no model "all-MiniLM-L6"\n {2}hint: did you mean "all-MiniLM-L6-v2"/],
    [{ model: path.join(folder, "none.bin") }, /none\.bin does not exist/],
    [{ dtype: "int8" }, /dtype must be one of "fp32", "fp16", "q8", "q4", got "int8"/],
    [{ device: "gpu" }, /device must be one of "auto", "cpu", "webgpu", "cuda", got "gpu"/],
    [{ dtype: "q8", device: "cuda" }, /dtype "q8" does not go with device "cuda"\n {2}hint: few bits pay on the CPU/],
    [{ dtype: "q4", resources: { gpus: 1 } }, /dtype "q4" does not go with device "cuda"/],
    [{ dimension: 0 }, /dimension must be an integer ≥ 1, got 0/],
    [{ dimension: 33 }, /dimension must be at most 32, got 33\n {2}hint: as the model's files have it/],
    [
      { prompt: "question" },
      /prompt must be the name of one of the model's prompts, got "question"\n {2}hint: they are "query", "passage"/,
    ],
    [{ prompt: "" }, /prompt must be the name of one of the model's prompts, got ""/],
  ])("%j is refused before the cluster hears of it", async (wrong, message) => {
    await expect(embedCorpus({ ...options, ...wrong } as never)).rejects.toThrow(message);
    expect(existsSync(options.folder)).toBe(false); // or the next call would ask for { resume: true }
  });

  test("a folder that another run has begun is not gone on with", async () => {
    await expect(embedCorpus({ ...options, patience: 0, restarts: 0 })).rejects.toMatchObject({ code: "ERR_UNAVAILABLE" });
    await expect(embedCorpus({ ...options, patience: 0, restarts: 0 })).rejects.toMatchObject({ code: "ERR_UNAVAILABLE" }); // there are no vectors yet
    writeFileSync(path.join(options.folder, "block-00000000.safetensors"), "");
    await expect(embedCorpus(options)).rejects.toThrow(/has vectors already\n {2}hint: go on with \{ resume: true \}/);
    for (const [key, wrong] of Object.entries({
      model: "another",
      dtype: "fp32",
      dimension: 16,
      prompt: "query",
      device: "webgpu",
    } as const))
      await expect(embedCorpus({ ...options, [key]: wrong, resume: true })).rejects.toThrow(`${key} differs`);
    await expect(EmbeddedCorpus.open(options.folder)).rejects.toThrow(/manifest\.json/);
  });
});

describe("a sweep", () => {
  const space = { width: grid([32, 64]), learningRate: logUniform(1e-4, 1e-2) };
  const task = path.join(folder, "trial.mjs");
  writeFileSync(task, "export default function* () { yield { loss: 1 }; }");
  const out = path.join(folder, "sweep");
  const options: SweepOptions<typeof space> = { cluster, task, space, metric: "loss", mode: "min", steps: 4, folder: out };
  test.each([
    [{ cluster: { url: "http://127.0.0.1:9" } }, /cluster has no option "url"/],
    [{ space: {} }, /the space is empty/],
    [{ space: { width: [1, 2] } }, /space\.width must be a domain or a value/],
    [{ space: { width: { kind: "gird", values: [1] } } }, /space\.width must be a domain or a value/],
    [{ space: { width: { kind: "uniform", low: 2, high: 1 } } }, /high must be > 2/],
    [{ space: { rate: NaN } }, /space\.rate must be a domain or a value, got NaN/],
    [{ mode: "least" }, /mode/],
    [{ scheduler: "hyperband" }, /scheduler/],
    [{ grace: 5 }, /grace/],
    [{ reduction: 1 }, /reduction/],
    [{ task: path.join(folder, "none.mjs") }, /there is no such file/],
    [{ task: file }, /task cannot be loaded: .*corpus\.jsonl/],
    [{ maxSteps: 3 }, /did you mean "steps"/],
  ])("with %j is refused before the cluster hears of it", async (wrong, message) => {
    await expect(sweep({ ...options, ...wrong } as never)).rejects.toThrow(message);
    expect(existsSync(out)).toBe(false);
  });

  test("into a folder that has one is refused", async () => {
    mkdirSync(path.join(folder, "swept", "trials"), { recursive: true });
    await expect(sweep({ ...options, folder: path.join(folder, "swept") })).rejects.toThrow(/folder must be one without a sweep/);
  });

  test("that can be run asks the cluster", async () => {
    await expect(sweep({ ...options, patience: 0, restarts: 0 })).rejects.toMatchObject({ code: "ERR_UNAVAILABLE" });
  });

  test.each([
    ["an empty grid", () => grid([]), /values/],
    ["a choice of objects", () => choice([{}] as never), /values\[0\] must be a string, a finite number or a boolean/],
    ["a grid of infinity", () => grid([1, Infinity]), /values\[1\] must be a string, a finite number or a boolean, got Infinity/],
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
