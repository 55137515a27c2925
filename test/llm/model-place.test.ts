import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { findModel } from "../../kernel-helpers/llm/model-place.ts";
import { someBytes } from "../models/file-server.ts";
import { HubServer } from "../models/hub-server.ts";

let cache: string;
let hub: HubServer;
beforeEach(async () => {
  cache = mkdtempSync(path.join(tmpdir(), "cairn-place-"));
  hub = await HubServer.start();
  vi.stubEnv("CAIRN_CACHE", cache);
  vi.stubEnv("CAIRN_HUB", hub.address);
  const sha = "0123456789abcdef0123456789abcdef01234567";
  const weights = someBytes(1000);
  hub.repositories["owner/llama"] = { sha, files: { "config.json": Buffer.from("{}"), "model.safetensors": weights } };
  hub.repositories["owner/llama-GGUF"] = {
    sha,
    files: { "a.Q4_K_M.gguf": weights, "a.F16-00001-of-00002.gguf": weights, "a.F16-00002-of-00002.gguf": weights },
  };
  hub.repositories["owner/adapter"] = { sha, files: { "adapter_config.json": Buffer.from("{}"), "adapter_model.safetensors": weights } };
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub[Symbol.asyncDispose]();
  rmSync(cache, { recursive: true });
});

const find = (name: string): Promise<string> => findModel(name, undefined).then((place) => path.relative(cache, place));

test("a repository of safetensors is a folder, one of GGUF files a file", async () => {
  expect(await find("owner/llama")).toBe("models/owner/llama@0123456789ab");
  expect(await find("owner/llama-GGUF")).toBe("models/owner/llama-GGUF@0123456789ab/a.Q4_K_M.gguf");
  expect(await find("owner/llama-GGUF/a.Q4_K_M.gguf")).toBe("models/owner/llama-GGUF@0123456789ab/a.Q4_K_M.gguf");
});

test("what is on the disk is taken as it is, also where the hub could have the name", async () => {
  mkdirSync(path.join(cache, "owner", "llama"), { recursive: true });
  writeFileSync(path.join(cache, "x.gguf"), "");
  expect(await find(path.join(cache, "x.gguf"))).toBe("x.gguf");
  const before = process.cwd();
  process.chdir(cache);
  try {
    expect(await findModel("owner/llama", undefined)).toBe("owner/llama");
    await expect(findModel("owner/llama/none.gguf", undefined)).rejects.toThrow(
      'name must be the path of a file that exists, got "owner/llama/none.gguf"',
    );
  } finally {
    process.chdir(before);
  }
});

test.each([
  ["models/none.gguf", 'name must be the path of a file that exists, got "models/none.gguf"'],
  ["./owner/llama", 'name must be the path of a file that exists, got "./owner/llama"'],
  ["owner/llama-GGUF:F16", "owner/llama-GGUF:F16 is a GGUF file in 2 pieces, which cannot be opened"],
  ["owner/adapter", 'name must be a language model, got "owner/adapter"'],
  ["SmolLM", 'the manifest has no model "SmolLM"\n  hint: did you mean "SmolLM2-135M-Instruct"?'],
])("%s is an error that says why", async (name, message) => {
  await expect(find(name)).rejects.toThrow(message);
});
