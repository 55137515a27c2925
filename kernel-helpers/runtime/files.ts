/** Reading and writing files: errors that name them, and writes that are whole or not at all. */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { UnavailableError } from "../errors.ts";

/** Writes a file, in place of the one that is there; its folder is made where there is none. A reader, or a crash half-way, sees the old file or the new one. */
export function replaceFile(file: string, content: string | Uint8Array): void {
  const draft = `${file}.${process.pid}.draft`;
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(draft, content);
    renameSync(draft, file);
  } catch (cause) {
    if (existsSync(draft)) rmSync(draft, { force: true });
    throw unwritable(file, cause);
  }
}

/** What the system's error codes mean for somebody who wanted to read. */
const readReasons: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  ENOENT: ["does not exist", "check the path; a relative one starts at the notebook's folder"],
  ENOTDIR: ["does not exist", "check the path: a part of it is a file, not a folder"],
  EISDIR: ["is a folder, not a file", "pass the path of a file in it"],
  EACCES: ["may not be read by you", "change its permissions"],
};

/** Facts: file, reason (the system's code). */
export function unreadable(file: string, cause: unknown): UnavailableError {
  const reason = codeOf(cause);
  const [what, hint] = readReasons[reason] ?? [`cannot be read (${reason})`, "check the path and the disk"];
  return new UnavailableError(`${file} ${what}`, { hint, cause, facts: { file, reason } });
}

/** Facts: file, reason (the system's code). */
export function unwritable(file: string, cause: unknown): UnavailableError {
  const reason = codeOf(cause);
  const hint = reason === "ENOSPC" ? "make room on the disk" : "choose a path in a folder that you may write to";
  return new UnavailableError(`${file} cannot be written (${reason})`, { hint, cause, facts: { file, reason } });
}

/** The code of a system error, such as ENOENT. */
export function codeOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return typeof code === "string" ? code : String(error);
}
