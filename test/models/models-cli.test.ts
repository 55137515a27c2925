/** The library's program behind `cairn models`, against a hub on this machine. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { someBytes } from "./file-server.ts";
import { HubServer } from "./hub-server.ts";

const sha = "0123456789abcdef0123456789abcdef01234567";
const cache = mkdtempSync(path.join(tmpdir(), "cairn-models-cli-"));
let hub: HubServer;

beforeAll(async () => {
  hub = await HubServer.start();
  hub.repositories["owner/tiny"] = { sha, cardData: { license: "mit" }, files: { "tiny-q4_k_m.gguf": someBytes(1_200_000) } };
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  rmSync(cache, { recursive: true });
});

async function models(...args: string[]): Promise<{ code: number | null; output: string }> {
  const env = { ...process.env, CAIRN_CACHE: cache, CAIRN_HUB: hub.address };
  const child = spawn(process.execPath, ["--import", "tsx", "kernel-helpers/models/models-cli.ts", ...args], { env });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output };
}

test("fetch says how much comes before it comes; list shows it; remove takes it away with its commit", async () => {
  expect(await models("fetch", "owner/tiny")).toEqual({
    code: 0,
    output: `fetches owner/tiny (1.2 MB)\nmodel owner/tiny is there (mit, ${hub.address}/owner/tiny)\n`,
  });
  const folder = path.join(cache, "models", `owner/tiny@${sha.slice(0, 12)}`);
  expect(existsSync(path.join(folder, "tiny-q4_k_m.gguf"))).toBe(true);
  const { output } = await models();
  expect(output).toMatch(/^ {2}gpt2 +1\.5 MB {2}1\.5 MB to fetch {5}MIT$/m);
  expect(output).toMatch(/^from the hub\n {2}owner\/tiny +1\.2 MB {2}in the cache {8}mit\n {4}tiny-q4_k_m\.gguf, commit 0123456789abcdef/m);
  expect(await models("remove", "owner/tiny", "gpt2")).toEqual({
    code: 0,
    output: "owner/tiny: 1.2 MB removed\ngpt2 was not in the cache\n",
  });
  expect(existsSync(folder)).toBe(false);
  expect(readdirSync(path.join(cache, "models", ".pins"))).toEqual([]);
});

test("an unknown name is an error with the nearest, before anything is fetched", async () => {
  expect((await models("fetch", "owner/tiny", "SmolLM")).code).toBe(2);
  expect((await models("fetch", "smollm2-135m-instruct")).output).toContain(
    'there is no model or data set "smollm2-135m-instruct"\n  hint: did you mean "SmolLM2-135M-Instruct"?',
  );
  expect((await models("fetch", "qwen")).output).toContain('did you mean "Qwen2.5-Coder-0.5B-Instruct"?');
  const missing = await models("fetch", "owner/none");
  expect([missing.code, missing.output.split("\n")[0]]).toEqual([1, "the hub has no model owner/none, or it is private"]);
});
