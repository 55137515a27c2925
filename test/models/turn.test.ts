import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { takeTurn } from "../../kernel-helpers/models/turn.ts";

test("a turn waits for the program that has it, and not for one that has ended", async () => {
  const cache = mkdtempSync(path.join(tmpdir(), "cairn-turn-"));
  vi.stubEnv("CAIRN_CACHE", cache);
  const never = new AbortController().signal;
  await (await takeTurn("models/tiny", never, () => undefined))[Symbol.asyncDispose]();
  expect(readdirSync(path.join(cache, "drafts"))).toEqual([]);

  const other = spawn(process.execPath, ["-e", "setInterval(() => undefined, 1000)"]);
  const turn = await takeTurn("models/tiny", never, () => undefined);
  const [file] = readdirSync(path.join(cache, "drafts"));
  writeFileSync(path.join(cache, "drafts", file!), String(other.pid)); // as if the other had come first
  await expect(takeTurn("models/tiny", AbortSignal.timeout(50), () => undefined)).rejects.toMatchObject({ name: "AbortError" });
  let waited = 0;
  const waiting = takeTurn("models/tiny", never, () => {
    if (waited++ === 0) other.kill("SIGKILL");
  });
  await once(other, "close");
  await (await waiting)[Symbol.asyncDispose]();
  expect(waited).toBeGreaterThan(0);
  await turn[Symbol.asyncDispose]();
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true });
});
