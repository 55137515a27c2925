/**
 * The files of one folder as tools. Paths come from a model, and so from the authors of what it read: none leads out of the folder, by "..", as an absolute path, or
 * through a symbolic link, and nothing but regular files is opened. This guards against paths; another program that swaps folders for links at the same
 * moment is not guarded against, for Node cannot open a file relative to an open folder.
 */
import { constants, type Stats } from "node:fs";
import { lstat, mkdir, open, readdir, realpath } from "node:fs/promises";
import path from "node:path";
import { AccessError, ArgumentError, FormatError } from "../../errors.ts";
import { checkBoolean, checkInteger, checkOptions, checkText } from "../../runtime/check.ts";
import { defineTool, type AgentTool } from "../tool.ts";

export interface FileToolsOptions {
  /** Whether there is write_file, which needs approval. @default false */
  writable?: boolean;
  /** Bytes of a file that is read or written at most. @default 100,000 */
  maxBytes?: number;
}

const maxListed = 500;

/**
 * list_files, read_file, and with `writable` write_file.
 *
 * @throws {ArgumentError} There is no such folder.
 * @example createAgent({ model, tools: await fileTools('notes') })
 */
export async function fileTools(folder: string, options: FileToolsOptions = {}): Promise<AgentTool[]> {
  checkText("folder", folder, { allowEmpty: false });
  checkOptions("options", options, ["writable", "maxBytes"]);
  const writable = checkBoolean("writable", options.writable ?? false);
  const maxBytes = checkInteger("maxBytes", options.maxBytes ?? 100_000, { min: 1 });
  const root = await realpath(folder).catch((cause: unknown) => {
    throw new ArgumentError(`there is no folder ${folder}`, {
      hint: "pass the path of a folder",
      cause,
      facts: { argument: "folder", value: folder },
    });
  });
  if (!(await lstat(root)).isDirectory())
    throw new ArgumentError(`${folder} is not a folder`, {
      hint: "pass the path of a folder",
      facts: { argument: "folder", value: folder },
    });
  const place = { type: "string", minLength: 1, maxLength: 300, description: "path within the folder, such as notes/today.md" };
  const listing = defineTool<{ path?: string }>({
    name: "list_files",
    description: "Lists the files and folders in a folder; folders end in /.",
    parameters: {
      type: "object",
      properties: { path: { ...place, description: "the folder; . for the first" } },
      additionalProperties: false,
    },
    run: async ({ path: given = "." }) => list(root, given),
  });
  const reading = defineTool<{ path: string }>({
    name: "read_file",
    description: "Returns the text of a file.",
    parameters: { type: "object", properties: { path: place }, required: ["path"], additionalProperties: false },
    run: async ({ path: given }) => read(root, given, maxBytes),
  });
  if (!writable) return [listing, reading];
  const writing = defineTool<{ path: string; content: string }>({
    name: "write_file",
    description: "Writes a text file, in the place of what was there.",
    parameters: {
      type: "object",
      properties: { path: place, content: { type: "string" } },
      required: ["path", "content"],
      additionalProperties: false,
    },
    hasEffects: true,
    needsApproval: true,
    run: async ({ path: given, content }) => write(root, given, content, maxBytes),
  });
  return [listing, reading, writing];
}

async function list(root: string, given: string): Promise<string[]> {
  const folder = await within(root, given);
  const entries = await readdir(folder, { withFileTypes: true });
  const shown = entries
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
  return shown.toSorted().slice(0, maxListed);
}

async function read(root: string, given: string, maxBytes: number): Promise<string> {
  const target = await within(root, given);
  requireFile(await lstat(target), given);
  await using file = await open(target, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const state = await file.stat();
  requireFile(state, given);
  if (state.size > maxBytes)
    throw new FormatError(`${given} has ${state.size} bytes; at most ${maxBytes} are read`, { hint: "read another file" });
  const bytes = Buffer.alloc(maxBytes + 1);
  const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, bytesRead));
  } catch (cause) {
    throw new FormatError(`${given} is not text in UTF-8`, { hint: "read another file", cause });
  }
}

async function write(root: string, given: string, content: string, maxBytes: number): Promise<string> {
  const bytes = Buffer.byteLength(content);
  if (bytes > maxBytes) throw new ArgumentError(`content has ${bytes} bytes; at most ${maxBytes} are written`, { hint: "write less" });
  const target = await within(root, given);
  if (target === root) throw denied(given, "it is the folder itself");
  const before = await lstat(target).catch(() => undefined);
  if (before) requireFile(before, given);
  await mkdir(path.dirname(target), { recursive: true });
  await using file = await open(target, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW, 0o600);
  await file.writeFile(content);
  return `wrote ${bytes} bytes`;
}

/** The path in full, where it stays within the folder and no part of it that exists is a link. */
async function within(root: string, given: string): Promise<string> {
  if (given.includes("\0")) throw denied(given, "it has a NUL character");
  if (path.isAbsolute(given) || path.win32.isAbsolute(given) || /^[a-z]:/i.test(given))
    throw denied(given, "it is not relative to the folder");
  if (given.split(/[\\/]/).includes("..")) throw denied(given, 'it has ".."');
  const target = path.resolve(root, given);
  if (target !== root && !target.startsWith(root + path.sep)) throw denied(given, "it leads out of the folder");
  let part = root;
  for (const name of path.relative(root, target).split(path.sep)) {
    part = path.join(part, name);
    const state = await lstat(part).catch(() => undefined);
    if (state === undefined) break;
    if (state.isSymbolicLink()) throw denied(given, "it goes through a symbolic link");
  }
  return target;
}

function requireFile(state: Stats, given: string): void {
  if (!state.isFile()) throw denied(given, "it is not a file");
  if (state.nlink > 1) throw denied(given, "it is a file with another name elsewhere (a hard link)");
}

const denied = (given: string, why: string): AccessError =>
  new AccessError(`the path ${JSON.stringify(given)} is refused: ${why}`, {
    hint: "name a file within the folder",
    facts: { path: given, reason: why },
  });
