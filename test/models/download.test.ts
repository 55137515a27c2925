/** Downloads that break off, and go on. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { download, type DownloadOptions, type Wanted } from "../../kernel-helpers/models/download.ts";
import { FileServer, sha256, someBytes } from "./file-server.ts";

const body = someBytes(300_000);
const other = someBytes(300_000, 2);

let cache: string;
let server: FileServer;
let wanted: Wanted;
let counted: number;
let kept: number;
const options: DownloadOptions = {
  retryDelaysMs: [1, 1, 1],
  onBytes: (count) => (counted += count),
  onKept: (count) => (kept += count),
};

beforeEach(async () => {
  cache = mkdtempSync(path.join(tmpdir(), "cairn-download-"));
  vi.stubEnv("CAIRN_CACHE", cache);
  server = await FileServer.start();
  server.files["/model.bin"] = { body, etag: '"one"' };
  server.taken = (bytes) =>
    vi.waitFor(() => {
      const sizes = readdirSync(path.join(cache, "drafts")).map((name) => statSync(path.join(cache, "drafts", name)).size);
      if (Math.max(0, ...sizes) < bytes) throw new Error("not yet");
    }, 10_000);
  wanted = { address: `${server.origin}/model.bin`, name: "tiny/model.bin", sha256: sha256(body), bytes: body.length };
  [counted, kept] = [0, 0];
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await server[Symbol.asyncDispose]();
  rmSync(cache, { recursive: true, force: true });
});

const drafts = (): string[] => readdirSync(path.join(cache, "drafts")).toSorted();
/** As a program leaves it that was killed. */
async function breakOff(): Promise<void> {
  server.cuts = [100_000];
  await expect(download(wanted, { retryDelaysMs: [] })).rejects.toThrow(/broke off/);
  server.asked.length = 0;
}

test("a connection that breaks is taken up where it broke, by the ETag of what is there", async () => {
  server.cuts = [100_000, 50_000];
  const file = await download(wanted, options);
  expect(sha256(readFileSync(file))).toBe(wanted.sha256);
  expect(counted).toBe(300_000);
  expect(server.asked.map(({ ifRange }) => ifRange)).toEqual([undefined, '"one"', '"one"']);
  expect(server.asked.map(({ range }) => range)).toEqual([undefined, "bytes=100000-", "bytes=150000-"]);
});

test("what an earlier call left is kept, whatever address has the rest", async () => {
  await breakOff();
  expect(drafts()).toEqual([`${wanted.sha256}.part`, `${wanted.sha256}.part.origin`]);
  server.files["/mirror.bin"] = { body, etag: '"two"' };
  const file = await download({ ...wanted, address: `${server.origin}/mirror.bin` }, options);
  expect(sha256(readFileSync(file))).toBe(wanted.sha256);
  expect([kept, counted]).toEqual([100_000, 200_000]);
  expect(server.asked).toMatchObject([{ url: "/mirror.bin", range: "bytes=100000-", ifRange: undefined }]);
});

test("what was kept of another file shows in the SHA-256, and the file is fetched anew", async () => {
  await breakOff();
  writeFileSync(path.join(cache, "drafts", `${wanted.sha256}.part`), other.subarray(0, 1000));
  expect(sha256(readFileSync(await download(wanted, options)))).toBe(wanted.sha256);
  expect(kept + counted).toBe(300_000);
});

test("where the ETag has changed the server sends the whole, which replaces what was kept", async () => {
  await breakOff();
  server.files["/model.bin"] = { body, etag: '"two"' };
  expect(sha256(readFileSync(await download(wanted, options)))).toBe(wanted.sha256);
  expect(server.asked).toMatchObject([{ ifRange: '"one"' }]);
  expect(kept + counted).toBe(300_000);
});

test("a server without ranges, and one whose file is shorter than what was kept, send the whole", async () => {
  await breakOff();
  server.hasRanges = false;
  expect(sha256(readFileSync(await download(wanted, options)))).toBe(wanted.sha256);
  server.hasRanges = true;
  writeFileSync(path.join(cache, "drafts", `${wanted.sha256}.part`), body.subarray(0, 200_000));
  server.files["/model.bin"] = { body: body.subarray(0, 1000) };
  await expect(download(wanted, options)).rejects.toThrow("tiny/model.bin has 1000 bytes, expected 300000");
  expect(server.asked.at(-2)).toMatchObject({ range: "bytes=200000-" });
});

test("a server that is busy is asked again; one that refuses is not", async () => {
  const statuses = [503, 429];
  server.instead = (_request, response) => {
    const status = statuses.shift();
    if (status !== undefined) response.writeHead(status, status === 429 ? { "retry-after": "0" } : {}).end();
    return status !== undefined;
  };
  expect(sha256(readFileSync(await download(wanted, options)))).toBe(wanted.sha256);
  expect(server.asked).toHaveLength(3);
  statuses.push(404);
  await expect(download(wanted, options)).rejects.toThrow(`${server.host} answered 404 Not Found`);
});

test("a connection that breaks again and again, without a byte more, is given up", async () => {
  server.cuts = [0, 0, 0, 0, 0];
  await expect(download(wanted, options)).rejects.toThrow(new RegExp(`^${server.host} broke off \\(.+\\)\n`));
  expect(server.asked).toHaveLength(4);
});

test("two programs at once write a part each, and both have the file", async () => {
  const program = `
    import { download } from "./kernel-helpers/models/download.ts";
    const file = await download(${JSON.stringify(wanted)});
    console.log(file);`;
  const started = [1, 2].map(() => spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", program]));
  const files = await Promise.all(
    started.map(async (child) => {
      const [text] = (await once(child.stdout.setEncoding("utf8"), "data")) as [string];
      return text.trim();
    }),
  );
  expect(files.map((file) => sha256(readFileSync(file)))).toEqual([wanted.sha256, wanted.sha256]);
});

test("what a killed program left is taken over by exactly one", async () => {
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "close");
  await breakOff();
  const [part, origin] = drafts().map((name) => path.join(cache, "drafts", name)) as [string, string];
  const left = path.join(cache, "drafts", `${wanted.sha256}.${child.pid}-0a1b2c3d.part`);
  writeFileSync(left, readFileSync(part));
  rmSync(part);
  rmSync(origin);
  await Promise.all([download(wanted, options), download(wanted, options)]);
  expect(server.asked.map(({ range }) => range === undefined)).toHaveLength(2);
  expect(server.asked.filter(({ range }) => range === undefined)).toHaveLength(1);
});

test("a signal ends it at once, and keeps what there is", async () => {
  const controller = new AbortController();
  server.cuts = [100_000];
  server.taken = () => new Promise(() => undefined);
  const reason = new Error("stopped");
  const stopped = download(wanted, { signal: controller.signal, onBytes: () => controller.abort(reason) });
  await expect(stopped).rejects.toBe(reason);
  expect(drafts().filter((name) => name.endsWith(".part"))).toEqual([`${wanted.sha256}.part`]);
});
