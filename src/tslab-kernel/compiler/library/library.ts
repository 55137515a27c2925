/**
 * The declarations that every cell sees, TypeScript's own and Node's, as one file. From their 160 files a program is
 * made in 20 ms for each cell, from one in 2; and of the one, most is never read (deferred-modules.ts). The first kernel
 * makes the file and keeps it in the cache.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { keepFile } from "../../../runtime/files.ts";
import { type DividedText, divide } from "./library-modules.ts";
import { type Comment, declarationText } from "./library-text.ts";
import { ts, type TypeScript } from "../typescript.ts";

export interface Library extends Pick<DividedText, "text" | "coreEnd" | "modules"> {
  /** Its name in programs. There is no such file: the name stands where TypeScript looks for libraries. */
  file: string;
  /** The files whose declarations it has. Programs find them empty, wherever they are referred to. */
  covers: string[];
  /** What is said about the declaration that begins at a position of the text. */
  comments: () => ReadonlyMap<number, string>;
}

type Kept = Pick<Library, "text" | "coreEnd" | "modules" | "covers">;

const libraryName = "lib.cairn.d.ts";
/** To be counted up when the same files are to be made into another text. */
const edition = 1;

/** The options of programs that read the library. */
export function withLibrary(options: TypeScript.CompilerOptions): TypeScript.CompilerOptions {
  return { ...options, lib: [libraryName], types: options.types?.filter((name) => name !== "node") ?? [] };
}

/**
 * @param options Name the libraries, and Node's types.
 * @param nodeTypes The folder of those types.
 * @param cacheFolder Where the file is kept, made when missing. One that cannot be written only makes this slower.
 */
export function openLibrary(options: TypeScript.CompilerOptions, nodeTypes: string, cacheFolder: string): Library {
  const libFolder = dirname(ts.getDefaultLibFilePath({}));
  const manifest = readFileSync(join(nodeTypes, "package.json"), "utf8");
  const about = JSON.stringify([edition, ts.version, libFolder, options.lib, nodeTypes, manifest]);
  const key = createHash("sha256").update(about).digest("hex").slice(0, 16);
  const [path, commentsPath] = [join(cacheFolder, `library-${key}.d.ts`), join(cacheFolder, `library-${key}.json`)];
  const file = join(libFolder, libraryName).replaceAll("\\", "/");
  const kept = readKept(path);
  if (kept) return { ...kept, file, comments: () => readComments(commentsPath) };
  const { files: covers, ...plain } = declarationText(options);
  const { comments, ...made } = divide({ ...plain, files: covers });
  // The text last: who finds it finds the comments.
  if (keepFile(commentsPath, JSON.stringify(comments))) keepFile(path, withFooter({ ...made, covers }));
  return { ...made, covers, file, comments: () => new Map(comments) };
}

const footerMark = "\n// about this text: ";

function withFooter({ text, ...about }: Kept): string {
  return `${text}${footerMark}${JSON.stringify(about)}\n`;
}

/** Nothing where there is no file, or half of one. */
function readKept(path: string): Kept | undefined {
  try {
    const content = readFileSync(path, "utf8");
    const end = content.lastIndexOf(footerMark);
    return end < 0
      ? undefined
      : { ...(JSON.parse(content.slice(end + footerMark.length)) as Omit<Kept, "text">), text: content.slice(0, end) };
  } catch {
    return undefined;
  }
}

/** None when the cache has been emptied since. */
function readComments(path: string): ReadonlyMap<number, string> {
  try {
    return new Map(JSON.parse(readFileSync(path, "utf8")) as Comment[]);
  } catch {
    return new Map();
  }
}
