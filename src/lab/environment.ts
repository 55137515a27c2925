/**
 * JupyterLab's virtual environment in the cache folder. Each is made in a folder of its own, and counts from the moment a file says that it is
 * whole; what an interrupted set-up leaves behind is cleared away by the next one.
 */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { CairnError } from "../errors.ts";
import { replaceFile } from "../runtime/files.ts";
import { runProgram } from "./program.ts";
import { findPython } from "./python.ts";
import { configure } from "./settings.ts";

/** Of plotly only its JupyterLab extension is wanted, which draws figures from `application/vnd.plotly.v1+json` and asks no network. */
export const labPackages: { full: readonly string[]; alone: readonly string[] } = { full: ["jupyterlab==4.6.6"], alone: ["plotly==7.1.0"] };

export interface LabEnvironment {
  folder: string;
  python: string;
}

export interface LabEnvironmentOptions {
  /** Cairn's cache folder. */
  cache: string;
  /** Hears what is being done, and with which package just now. */
  report?: ((step: string, detail?: string) => void) | undefined;
  signal?: AbortSignal | undefined;
  env?: NodeJS.ProcessEnv | undefined;
}

const labFolder = (cache: string): string => join(cache, "lab");
const pointerFile = (cache: string): string => join(labFolder(cache), "environment.json");

function at(folder: string): LabEnvironment {
  const windows = process.platform === "win32";
  return { folder, python: windows ? join(folder, "Scripts", "python.exe") : join(folder, "bin", "python") };
}

/** The environment that is there and whole; nothing when there is none yet, or one with other versions, or its Python has gone. */
export async function findEnvironment(cache: string): Promise<LabEnvironment | undefined> {
  const text = await readFile(pointerFile(cache), "utf8").catch(() => "{}");
  const { folder, packages } = JSON.parse(text) as { folder?: string; packages?: unknown };
  if (folder === undefined || JSON.stringify(packages) !== JSON.stringify(labPackages)) return undefined;
  const environment = at(join(labFolder(cache), folder));
  return existsSync(environment.python) ? environment : undefined;
}

/**
 * The environment, made where it is missing. Its settings are written at each start, for another version of Cairn may have others.
 *
 * @throws {CairnError} when Python, venv or pip is missing, or pip cannot install.
 */
export async function labEnvironment(options: LabEnvironmentOptions): Promise<LabEnvironment> {
  const environment = (await findEnvironment(options.cache)) ?? (await make(options));
  await configure(environment.folder);
  return environment;
}

async function make({ cache, report, signal, env = process.env }: LabEnvironmentOptions): Promise<LabEnvironment> {
  const python = await findPython(env);
  await clearAway(cache);
  // The name has the id of the process that makes it and runs JupyterLab in it, so that it is not cleared away meanwhile.
  const name = `venv-${process.pid}-${randomUUID().slice(0, 8)}`;
  const environment = at(join(labFolder(cache), name));
  const step = async (what: string, program: string, args: string[], hint: string): Promise<void> => {
    report?.(what);
    const onLine = (line: string): void => report?.(what, /^Collecting ([\w.-]+)/.exec(line)?.[1] ?? /^Installing/.exec(line)?.[0]);
    const { code, output } = await runProgram(program, args, { env, signal, onLine });
    if (code !== 0) throw new CairnError(`${what} failed: ${lastWords(output)}`, { hint });
  };
  const pip = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"];
  const pipHint = "pip needs a package index: look at the network, or at `pip config list` for a mirror and a proxy";
  try {
    await mkdir(labFolder(cache), { recursive: true });
    const diskHint = "is the disk full, or the cache folder read-only?";
    await step(`making an environment with Python ${python.version}`, python.command, ["-m", "venv", environment.folder], diskHint);
    for (const packages of [labPackages.full, ["--no-deps", ...labPackages.alone]]) {
      await step(`installing ${packages.at(-1)}`, environment.python, [...pip, ...packages], pipHint);
    }
    await pointTo(cache, name);
    return environment;
  } catch (error) {
    await rm(environment.folder, { recursive: true, force: true });
    throw error;
  }
}

/** pip's own line for what went wrong, else the last one. */
function lastWords(output: string): string {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  return (lines.findLast((line) => /^error/i.test(line)) ?? lines.at(-1) ?? "it said nothing").trim();
}

/** Environments of other versions and half-made ones, unless the process that made them is still alive. */
async function clearAway(cache: string): Promise<void> {
  for (const name of await readdir(labFolder(cache)).catch(() => [])) {
    const pid = /^venv-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(labFolder(cache), name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function pointTo(cache: string, folder: string): Promise<void> {
  await replaceFile(pointerFile(cache), JSON.stringify({ folder, packages: labPackages }));
}
