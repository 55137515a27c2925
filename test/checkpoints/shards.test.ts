/** Checkpoints in several files read as one; that those of transformers do, test/parity/decoder.test.ts shows. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { openSafetensors, writeCheckpoint, writeSafetensors, type CheckpointTensor } from "../../kernel-helpers/checkpoints/index.ts";
import { ArgumentError, ClosedError, FormatError, OutOfRangeError, UnavailableError } from "../../kernel-helpers/errors.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-shards-"));
afterAll(() => rmSync(folder, { recursive: true }));

const numbers = (...data: number[]): CheckpointTensor => ({ dtype: "F32", shape: [data.length], data: Float32Array.from(data) });
const matrix: CheckpointTensor = { dtype: "BF16", shape: [3, 2], data: Uint16Array.of(0x3f80, 0x4000, 0x4040, 0x4080, 0x40a0, 0x40c0) }; // 1 to 6
const [first, second, index] = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json"];
const map = { a: first, matrix: first, b: second };
const writeIndex = (weightMap: unknown): void =>
  writeFileSync(path.join(folder, index), JSON.stringify({ metadata: {}, weight_map: weightMap }));

beforeEach(async () => {
  await writeSafetensors(path.join(folder, first), { a: numbers(1, 2), matrix }, { format: "pt" });
  await writeSafetensors(path.join(folder, second), { b: numbers(3), unlisted: numbers(4) });
  writeIndex(map);
});

test.each(["the folder", "the index"])("%s opens all of its files as one", async (what) => {
  const checkpoint = await openSafetensors(what === "the folder" ? folder : path.join(folder, index));
  expect(checkpoint.names.toSorted()).toEqual(["a", "b", "matrix"]);
  expect(checkpoint.metadata).toEqual({ format: "pt" });
  expect([...(await checkpoint.readFloat32("a"))]).toEqual([1, 2]);
  expect([...(await checkpoint.readFloat32("b"))]).toEqual([3]);
  await checkpoint.close();
  await checkpoint.close();
  await expect(checkpoint.readFloat32("b")).rejects.toThrow(ClosedError);
});

test("a folder with one file opens that", async () => {
  const place = path.join(folder, "whole");
  mkdirSync(place);
  await writeSafetensors(path.join(place, "model.safetensors"), { b: numbers(5) });
  await using checkpoint = await openSafetensors(place);
  expect([...(await checkpoint.readFloat32("b"))]).toEqual([5]);
});

test("rows of a matrix are read one by one", async () => {
  await using checkpoint = await openSafetensors(folder);
  expect([...(await checkpoint.readRows("matrix", [2, 0, 2]))]).toEqual([5, 6, 1, 2, 5, 6]);
  expect([...(await checkpoint.readRows("matrix", []))]).toEqual([]);
  await expect(checkpoint.readRows("matrix", [3])).rejects.toThrow(OutOfRangeError);
  await expect(checkpoint.readRows("a", [0])).rejects.toThrow(ArgumentError);
});

describe("a checkpoint is written", () => {
  const place = path.join(folder, "written");
  const files = (): string[] => readdirSync(place).toSorted();
  const tensors = { a: numbers(1, 2), large: numbers(1, 2, 3, 4, 5), b: numbers(3), matrix };

  test("in files of a size at most, which are read as one", async () => {
    await writeCheckpoint(place, tensors, { maxShardSize: 12 });
    expect(files()).toEqual([1, 2, 3].map((number) => `model-0000${number}-of-00003.safetensors`).concat(index));
    await using checkpoint = await openSafetensors(place);
    for (const [name, tensor] of Object.entries(tensors)) expect(await checkpoint.read(name)).toEqual(tensor);
    expect(checkpoint.metadata).toEqual({ format: "pt" });
    expect(path.basename(checkpoint.fileOf("large"))).toBe("model-00001-of-00003.safetensors");
    expect(path.basename(checkpoint.fileOf("b"))).toBe(path.basename(checkpoint.fileOf("a")));
  });

  test("as one file where it fits, and what was there before is gone", async () => {
    await writeCheckpoint(place, tensors, { maxShardSize: 12 });
    writeFileSync(path.join(place, "config.json"), "{}");
    await writeCheckpoint(place, { b: numbers(7) });
    expect(files()).toEqual(["config.json", "model.safetensors"]);
    await writeCheckpoint(place, tensors, { maxShardSize: 28 });
    expect(files()).toEqual(["config.json", first, second, index]);
  });

  test("or refused, with what is wrong", async () => {
    await expect(writeCheckpoint(place, tensors, { maxShardSize: 0 })).rejects.toThrow("maxShardSize must be > 0, got 0");
    await expect(writeCheckpoint(place, { a: 1 as never })).rejects.toThrow(ArgumentError);
  });
});

describe("an index is refused", () => {
  test.each<[string, unknown, RegExp]>([
    ["without a map", undefined, /has no "weight_map"/],
    ["that names no file", { a: 1 }, /"a" is in 1, which is not the name of a file beside it/],
    ["that names a file elsewhere", { a: "../model.safetensors" }, /not the name of a file beside it/],
    ["that names a tensor which its file lacks", { ...map, c: first }, /model-00001-of-00002.safetensors [^]*lacks "c"/],
  ])("%s", async (_, weightMap, message) => {
    writeIndex(weightMap);
    await expect(openSafetensors(folder)).rejects.toThrow(FormatError);
    await expect(openSafetensors(folder)).rejects.toThrow(message);
  });

  test("that names a file which is not there", async () => {
    writeIndex({ ...map, c: "none.safetensors" });
    await expect(openSafetensors(folder)).rejects.toThrow(UnavailableError);
  });
});
