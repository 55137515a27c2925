/** Programs that want the same entry take turns, so that only one downloads it. A turn is a courtesy: without it nothing breaks, for each writes a part of its own. */
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { draftsFolder, isRunning } from "./part.ts";

const beatMs = 2000;
const heldForMs = 10_000;
const askMs = 200;

/** Waits until no other program fetches into the folder; `onWait` is called each time that one does. */
export async function takeTurn(folder: string, signal: AbortSignal, onWait: () => void): Promise<AsyncDisposable> {
  const file = path.join(draftsFolder(), `${createHash("sha256").update(folder).digest("hex").slice(0, 16)}.turn`);
  await mkdir(path.dirname(file), { recursive: true });
  while (await isHeld(file)) {
    onWait();
    await sleep(askMs, undefined, { signal });
  }
  await writeFile(file, String(process.pid));
  const beat = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => undefined), beatMs).unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(beat);
      await rm(file, { force: true });
    },
  };
}

/** By a process that runs, and has said so lately. */
async function isHeld(file: string): Promise<boolean> {
  try {
    const pid = Number(await readFile(file, "utf8"));
    return pid !== process.pid && isRunning(pid) && Date.now() - (await stat(file)).mtimeMs < heldForMs;
  } catch {
    return false;
  }
}
