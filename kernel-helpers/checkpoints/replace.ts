/** Files of many gigabytes, written whole or not at all. */
import { randomUUID } from "node:crypto";
import { mkdir, open, rename, rm, type FileHandle } from "node:fs/promises";
import path from "node:path";
import { unwritable } from "../runtime/files.ts";

/** Writes the parts one after the other, in place of the file that is there; each part is asked for when it is its turn. */
export async function replaceWithParts(file: string, parts: Iterable<Uint8Array>): Promise<void> {
  const draft = `${file}.${randomUUID()}.draft`;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    const handle = await open(draft, "w");
    try {
      for (const bytes of parts) await writeAll(handle, bytes);
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (cause) {
    await rm(draft, { force: true }).catch(() => undefined); // the folder may be the fault
    throw unwritable(file, cause);
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await handle.write(bytes, done, Math.min(bytes.length - done, 2 ** 30))).bytesWritten; // one write takes less than 2 GiB
  }
}
