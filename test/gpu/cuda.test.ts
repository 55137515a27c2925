/** Fetching the libraries of a CUDA device from a registry: here a server of ours, with wheels that are small but real. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { zipSync } from "fflate";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { cudaEntries, fetchCuda, missingCuda, removeCuda } from "../../kernel-helpers/gpu/index.ts";
import type { ManifestEntry } from "../../kernel-helpers/models/index.ts";
import { linkProviders, unlinkProviders } from "../../kernel-helpers/onnx/index.ts";
import { FileServer, sha256, someBytes } from "../models/file-server.ts";

const names = ["libonnxruntime_providers_shared.so", "libonnxruntime_providers_cuda.so", "libcublas.so.13"];

let cache: string;
let server: FileServer;
let entries: ManifestEntry[];
let wheels: Buffer[];

/** A wheel with one library, its entry, and its place in the index. */
function publish(name: string, member: string, library: Buffer): void {
  const wheel = Buffer.from(zipSync({ [`pkg/lib/${member}`]: library, "pkg/LICENSE": Buffer.from("do as you like") }, { level: 0 }));
  const files = [
    { path: member, bytes: library.length, sha256: sha256(library) },
    { path: `licences/${name}.txt`, bytes: 14, sha256: sha256("do as you like") },
  ];
  const source = {
    kind: "pypi" as const,
    package: name,
    version: "1.0",
    sha256: sha256(wheel),
    bytes: wheel.length,
    members: { [member]: `pkg/lib/${member}`, [`licences/${name}.txt`]: "pkg/LICENSE" },
  };
  entries.push({ name, kind: "library", folder: "cuda", description: "", licence: "MIT", homepage: "", files, sources: [source] });
  wheels.push(wheel);
  server.files[`/files/${name}.whl`] = { body: wheel, etag: `"${name}"` };
  server.files[`/simple/${name}/`] = { body: Buffer.from(`<a href="/files/${name}.whl#sha256=${sha256(wheel)}">${name}</a>`) };
}

beforeEach(async () => {
  cache = mkdtempSync(path.join(tmpdir(), "cairn-gpu-"));
  server = await FileServer.start();
  [entries, wheels] = [[], []];
  names.forEach((name, index) => publish(`wheel-${index}`, name, someBytes(300_000, index + 1)));
  vi.stubEnv("CAIRN_CACHE", cache);
  vi.stubEnv("PIP_INDEX_URL", `${server.origin}/simple`);
  vi.stubEnv("PATH", "/nonexistent"); // pip itself is not asked
});

afterEach(async () => {
  unlinkProviders();
  vi.unstubAllEnvs();
  await server[Symbol.asyncDispose]();
  rmSync(cache, { recursive: true, force: true });
});

const folder = (): string => path.join(cache, "libraries", "cuda");

describe("fetchCuda", () => {
  test("puts the libraries of all wheels into one folder, with their licences, and the second call asks for nothing", async () => {
    expect(await missingCuda({ entries })).toBe(wheels.reduce((sum, { length }) => sum + length, 0));
    const seen: number[] = [];
    expect(await fetchCuda({ entries, onProgress: ({ doneBytes }) => seen.push(doneBytes) })).toBe(folder());
    names.forEach((name, index) => expect(sha256(readFileSync(path.join(folder(), name)))).toBe(sha256(someBytes(300_000, index + 1))));
    expect(readFileSync(path.join(folder(), "licences", "wheel-0.txt"), "utf8")).toBe("do as you like");
    expect(Math.max(...seen)).toBe(wheels[0]!.length);
    expect(await missingCuda({ entries })).toBe(0);
    server.asked.length = 0;
    await fetchCuda({ entries });
    expect(server.asked).toEqual([]);
  });

  test("goes on within a wheel where the signal ended it", async () => {
    const controller = new AbortController();
    const stopped = fetchCuda({
      entries,
      signal: controller.signal,
      onProgress: ({ doneBytes }) => doneBytes > 200_000 && controller.abort(),
    });
    await expect(stopped).rejects.toThrow("aborted");
    const [part] = readdirSync(path.join(cache, "drafts")).filter((name) => name.endsWith(".part"));
    const kept = statSync(path.join(cache, "drafts", part!)).size;
    expect(kept).toBeGreaterThan(0);
    server.asked.length = 0;
    await fetchCuda({ entries, onProgress: () => undefined });
    expect(await missingCuda({ entries })).toBe(0);
    const asked = server.asked.find(({ url }) => url === "/files/wheel-0.whl");
    if (kept < wheels[0]!.length) expect(asked!.range).toBe(`bytes=${kept}-`);
    else expect(asked).toBeUndefined();
  });

  test("refuses a wheel that is another one, and leaves none of it", async () => {
    server.files["/files/wheel-1.whl"]!.body = Buffer.from(wheels[1]!).fill(0, 100, 200);
    await expect(fetchCuda({ entries, onProgress: () => undefined })).rejects.toThrow(
      /^library wheel-1 cannot be fetched\n {2}PyPI package wheel-1 1\.0: wheel-1 1\.0 has SHA-256 \w{64}, expected \w{64}\n {2}hint: with a network, npx cairn gpu goes on with it/,
    );
    expect(existsSync(path.join(folder(), names[1]!))).toBe(false);
    expect(readdirSync(path.join(cache, "drafts")).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  test("removeCuda takes it all away", async () => {
    await fetchCuda({ entries, onProgress: () => undefined });
    const bytes = entries.flatMap(({ files }) => files).reduce((sum, file) => sum + file.bytes, 0);
    expect(await removeCuda({ entries })).toBe(bytes);
    expect(existsSync(folder())).toBe(false);
    expect(await removeCuda({ entries })).toBe(0);
  });
});

describe("links to the provider", () => {
  test("lie beside ONNX Runtime, follow the cache, and leave files of others alone", async () => {
    await fetchCuda({ entries, onProgress: () => undefined });
    const beside = path.join(cache, "beside");
    mkdirSync(beside);
    symlinkSync("/nowhere", path.join(beside, names[0]!)); // of an earlier cache
    writeFileSync(path.join(beside, names[1]!), "the reader's own");
    linkProviders(beside);
    expect(readlinkSync(path.join(beside, names[0]!))).toBe(path.join(folder(), names[0]!));
    expect(readFileSync(path.join(beside, names[1]!), "utf8")).toBe("the reader's own");
    expect(existsSync(path.join(beside, names[2]!))).toBe(false); // NVIDIA's are loaded by their paths
    unlinkProviders(beside);
    expect(readdirSync(beside)).toEqual([names[1]]);
    expect(lstatSync(path.join(beside, names[1]!)).isFile()).toBe(true);
  });

  test("lead into the folders of CAIRN_CUDA where it is set", () => {
    const [own, beside] = ["own", "beside"].map((name) => path.join(cache, name)) as [string, string];
    for (const place of [own, beside]) mkdirSync(place);
    writeFileSync(path.join(own, names[1]!), "");
    vi.stubEnv("CAIRN_CUDA", `/nowhere:${own}`);
    linkProviders(beside);
    expect(readlinkSync(path.join(beside, names[1]!))).toBe(path.join(own, names[1]!));
  });
});

test("the wheels are pinned: of onnxruntime-node's version, each file once, with sizes that a wheel can hold", () => {
  const { version } = JSON.parse(readFileSync("node_modules/onnxruntime-node/package.json", "utf8")) as { version: string };
  const sources = cudaEntries.map(({ sources: [source] }) => source as Extract<ManifestEntry["sources"][number], { kind: "pypi" | "npm" }>);
  expect(sources.find((source) => source.package === "onnxruntime-gpu")!.version).toBe(version);
  const files = cudaEntries.flatMap((entry) => entry.files);
  expect(new Set(files.map((file) => file.path)).size).toBe(files.length);
  for (const file of files) expect(file.sha256).toMatch(/^[0-9a-f]{64}$/);
  for (const [index, entry] of cudaEntries.entries())
    expect(Object.keys(sources[index]!.members)).toEqual(entry.files.map((file) => file.path));
});
