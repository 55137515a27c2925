/** What only `cairn lab` and the browser tests need. */
import { findEnvironment, findPython } from "../lab/index.ts";
import { type Check, failed, withFix } from "./check.ts";
import { ask } from "./program.ts";

export async function python(): Promise<Check> {
  try {
    const { command, version } = await findPython();
    const pip = await ask(command, ["-m", "pip", "--version"]).catch(() => undefined);
    if (pip !== undefined) return { name: "Python", state: "works", found: `${version}, pip ${pip.split(" ")[1]}` };
    const fix = "python3 -m ensurepip, or apt install python3-pip; models that come as Python packages need it";
    return { name: "Python", state: "missing", found: `${version} without pip`, fix };
  } catch (error) {
    return failed("Python", "missing", error);
  }
}

export async function jupyterLab(cacheFolder: string): Promise<Check> {
  const name = "JupyterLab";
  const environment = await findEnvironment(cacheFolder);
  if (!environment) return { name, state: "missing", found: "is not set up yet", fix: "cairn lab does that at its first start" };
  try {
    return { name, state: "works", found: `${await ask(environment.python, ["-m", "jupyterlab", "--version"])} in ${environment.folder}` };
  } catch (error) {
    return withFix(failed(name, "missing", error), `remove ${environment.folder}; cairn lab makes a new one`);
  }
}

const browsers = ["/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome"];

export async function chromium(): Promise<Check> {
  for (const program of [process.env["CHROMIUM"] ?? "", ...browsers]) {
    const version = program === "" ? undefined : await ask(program, ["--version"]).catch(() => undefined);
    if (version !== undefined) return { name: "Chromium", state: "works", found: version };
  }
  const fix = "only npm run test:e2e needs it: apt install chromium, or set CHROMIUM to a browser's path";
  return { name: "Chromium", state: "missing", found: "is not there", fix };
}
