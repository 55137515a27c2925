/** Models by their names on the hub, from a server that speaks its API. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { parseHubName } from "../../kernel-helpers/models/hub/name.ts";
import { pickFiles } from "../../kernel-helpers/models/hub/pick.ts";
import { fetchModel } from "../../kernel-helpers/models/index.ts";
import { someBytes } from "./file-server.ts";
import { HubServer } from "./hub-server.ts";

const sha = "0123456789abcdef0123456789abcdef01234567";
const weights = someBytes(200_000);
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

let cache: string;
let hub: HubServer;

beforeEach(async () => {
  cache = mkdtempSync(path.join(tmpdir(), "cairn-hub-"));
  hub = await HubServer.start();
  vi.stubEnv("CAIRN_CACHE", cache);
  vi.stubEnv("CAIRN_HUB", "");
  vi.stubEnv("HF_TOKEN", "");
  vi.stubEnv("HF_ENDPOINT", hub.address);
  hub.repositories["owner/tiny"] = {
    sha,
    cardData: { license: "apache-2.0" },
    files: {
      ".gitattributes": Buffer.from("*.safetensors filter=lfs"),
      "README.md": Buffer.from("# Tiny"),
      "config.json": json({ model_type: "llama" }),
      "tokenizer.json": json({}),
      "model.safetensors": weights,
      "onnx/model.onnx": Buffer.from("onnx"),
    },
  };
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await hub[Symbol.asyncDispose]();
  rmSync(cache, { recursive: true, force: true });
});

describe("fetchModel of a repository", () => {
  test("takes what the model needs, at the commit of that day, and then needs no network", async () => {
    const fetched = await fetchModel("owner/tiny");
    expect(Object.keys(fetched.files).toSorted()).toEqual(["config.json", "model.safetensors", "tokenizer.json"]);
    expect(fetched).toMatchObject({
      name: "owner/tiny",
      licence: "apache-2.0",
      folder: path.join(cache, "models", `owner/tiny@${sha.slice(0, 12)}`),
    });
    expect(readFileSync(fetched.files["model.safetensors"]!).equals(weights)).toBe(true);

    hub.repositories["owner/tiny"]!.sha = "f".repeat(40);
    expect(await fetchModel("owner/tiny")).toEqual(fetched);
    await hub[Symbol.asyncDispose]();
    expect(await fetchModel("owner/tiny")).toEqual(fetched);
    await expect(fetchModel("owner/other")).rejects.toThrow(
      /^owner\/other is not in the cache, and the hub cannot be asked: .* cannot be reached \(.+\)\n {2}hint: with a network, npx cairn models fetch owner\/other gets it/,
    );
    expect(readdirSync(path.join(cache, "drafts"))).toEqual([]);
  });

  test("takes the files that were asked for, at the revision that was asked for", async () => {
    const { files } = await fetchModel("owner/tiny", { revision: sha, files: ["onnx/*", "config.json"] });
    expect(Object.keys(files).toSorted()).toEqual(["config.json", "onnx/model.onnx"]);
    await expect(fetchModel("owner/tiny", { files: ["*.bin"] })).rejects.toThrow(
      "owner/tiny has no file *.bin\n  hint: it has .gitattributes, README.md",
    );
    await expect(fetchModel("owner/tiny@v2")).rejects.toThrow("owner/tiny has no such revision");
    await expect(fetchModel("gpt2", { revision: "main" })).rejects.toThrow(
      "name must be owner/name, as revision is of repositories on the hub",
    );
  });

  test("goes on where a connection broke, on the host that the hub sent it to; that host never sees the token", async () => {
    vi.stubEnv("HF_TOKEN", hub.validToken);
    hub.cdn.cuts = [50_000];
    hub.cdn.taken = (bytes) =>
      vi.waitFor(() => {
        const sizes = readdirSync(path.join(cache, "drafts")).map((name) => statSync(path.join(cache, "drafts", name)).size);
        if (Math.max(0, ...sizes) < bytes) throw new Error("not yet");
      }, 10_000);
    const { files } = await fetchModel("owner/tiny");
    expect(readFileSync(files["model.safetensors"]!).equals(weights)).toBe(true);
    expect(hub.cdn.asked).toMatchObject([
      { range: undefined },
      { range: "bytes=50000-", ifRange: expect.stringMatching(/^"\w{32}"$/) as string },
    ]);
    expect(hub.cdn.asked.map(({ authorization }) => authorization)).toEqual([undefined, undefined]);
    expect(hub.front.asked.every(({ authorization }) => authorization === "Bearer hf_valid")).toBe(true);
  });

  test("refuses files that are not what the hub's list says", async () => {
    const broken = await HubServer.start();
    broken.repositories["owner/tiny"] = hub.repositories["owner/tiny"]!;
    const answer = broken.front.instead;
    broken.front.instead = (request, response) => {
      if (!request.url!.endsWith("config.json")) return answer(request, response);
      response.writeHead(200).end("{}");
      return true;
    };
    vi.stubEnv("HF_ENDPOINT", broken.address);
    await expect(fetchModel("owner/tiny")).rejects.toThrow(/^owner\/tiny\/config\.json has git's hash [0-9a-f]{40}, expected [0-9a-f]{40}/);
    broken.front.instead = answer;
    await fetchModel("owner/tiny", { files: ["config.json"] });
    broken.cdn.instead = (_request, response) => {
      response.writeHead(200, { "content-length": weights.length }).end(Buffer.alloc(weights.length));
      return true;
    };
    await expect(fetchModel("owner/tiny")).rejects.toThrow(/owner\/tiny\/model\.safetensors has SHA-256 [0-9a-f]{64}, expected/);
    await broken[Symbol.asyncDispose]();
  });

  test("two calls at once that want different files of it have them both", async () => {
    hub.repositories["owner/tiny-GGUF"] = { sha, files: { "tiny-q4_k_m.gguf": weights, "tiny-q8_0.gguf": weights.subarray(1) } };
    const [small, large] = await Promise.all([fetchModel("owner/tiny-GGUF"), fetchModel("owner/tiny-GGUF:Q8_0")]);
    expect([Object.keys(small.files), Object.keys(large.files)]).toEqual([["tiny-q4_k_m.gguf"], ["tiny-q8_0.gguf"]]);
    expect(small.licence).toBe("no licence named");
  });

  test("says what to do where the hub refuses", async () => {
    const page = `${hub.address}/owner/gated`;
    hub.repositories["owner/gated"] = {
      sha,
      gated: true,
      cardData: { license: "other", license_name: "gemma" },
      files: { "model.safetensors": weights },
    };
    await expect(fetchModel("owner/gated")).rejects.toMatchObject({
      code: "ERR_ACCESS",
      message: `owner/gated is gated: its licence has to be accepted first\n  hint: accept it at ${page}, make a token that may read at ${hub.address}/settings/tokens, and set HF_TOKEN to it`,
      facts: { repository: "owner/gated", status: 401, reason: "gated", page },
    });
    await expect(fetchModel("owner/tinny")).rejects.toMatchObject({
      code: "ERR_ARGUMENT",
      message: `the hub has no model owner/tinny, or it is private\n  hint: check the spelling at ${hub.address}/owner/tinny; for a private one set HF_TOKEN to a token that may read it`,
    });
    vi.stubEnv("HF_TOKEN", hub.validToken);
    await expect(fetchModel("owner/gated")).rejects.toMatchObject({ code: "ERR_ACCESS", facts: { status: 403 } });
    await expect(fetchModel("owner/gated")).rejects.toThrow("a fine-grained token also needs access to gated repositories");
    await expect(fetchModel("owner/tinny")).rejects.toThrow("the hub has no model owner/tinny, or the account of HF_TOKEN may not see it");
    vi.stubEnv("HF_TOKEN", "hf_old");
    await expect(fetchModel("owner/tiny")).rejects.toThrow("the hub does not accept the token in HF_TOKEN");
  });
});

test.each([
  ["owner/name", { repository: "owner/name" }],
  ["owner/name:Q4_K_M", { repository: "owner/name", quantisation: "Q4_K_M" }],
  ["owner/name/sub/file-q8_0.gguf", { repository: "owner/name", file: "sub/file-q8_0.gguf" }],
  ["owner/name@v1.0:q8_0", { repository: "owner/name", revision: "v1.0", quantisation: "q8_0" }],
  ["owner/name@abc123/file.gguf", { repository: "owner/name", revision: "abc123", file: "file.gguf" }],
  ["SmolLM2-135M-Instruct", undefined],
  ["./owner/name", undefined],
  ["../name", undefined],
  ["owner/..", undefined],
  ["/owner/name", undefined],
  ["owner/name/", undefined],
])("%s is read as %j", (text, name) => {
  expect(parseHubName(text)).toEqual(name);
});

describe("pickFiles", () => {
  const tiny = { repository: "owner/tiny" };
  const ggufs = [
    "config.json",
    "a-Q8_0.gguf",
    "a-Q4_K_M.gguf",
    "a-IQ4_K_M.gguf",
    "mmproj-a-Q4_K_M.gguf",
    "a.f16-00001-of-00002.gguf",
    "a.f16-00002-of-00002.gguf",
  ];

  test("of GGUF files takes one quantisation, with all its shards, Q4_K_M when none is named", () => {
    expect(pickFiles(tiny, undefined, ggufs)).toEqual(["a-Q4_K_M.gguf"]);
    expect(pickFiles({ ...tiny, quantisation: "f16" }, undefined, ggufs)).toEqual(ggufs.slice(-2));
    expect(pickFiles(tiny, undefined, ["only-q2_k.gguf"])).toEqual(["only-q2_k.gguf"]);
    expect(() => pickFiles({ ...tiny, quantisation: "Q5_K" }, undefined, ["a-Q8_0.gguf"])).toThrow(
      'owner/tiny has no GGUF file of Q5_K\n  hint: name one of its files: "owner/tiny/a-Q8_0.gguf"',
    );
  });

  test("of safetensors takes the model, in shards or whole, with tokenizer and configuration, and no copies", () => {
    const shards = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
    const rest = ["config.json", "merges.txt", "model.safetensors.index.json", "tokenizer.json", "1_Pooling/config.json"];
    const copies = ["consolidated.safetensors", "pytorch_model.bin", "onnx/model.onnx", "onnx/config.json", "README.md"];
    expect(pickFiles(tiny, undefined, [...shards, ...rest, ...copies])).toEqual([...shards, ...rest].toSorted());
    expect(pickFiles(tiny, undefined, ["adapter_config.json", "adapter_model.safetensors"])).toHaveLength(2);
    expect(() => pickFiles(tiny, undefined, ["pytorch_model.bin"])).toThrow(
      "owner/tiny has neither safetensors nor GGUF files\n  hint: it has pytorch_model.bin",
    );
  });
});
