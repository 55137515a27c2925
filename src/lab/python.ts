/** The Python that JupyterLab's environment is made from. */
import { CairnError } from "../errors.ts";
import { runProgram } from "./program.ts";

export interface Python {
  command: string;
  /** "3.11.7" */
  version: string;
  /** What Debian leaves out of its plain python3 package. */
  hasVenv: boolean;
}

/** JupyterLab 4.6 asks for it. */
const oldest = [3, 10] as const;

const question = `import importlib.util, platform
print(platform.python_version(), all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")))`;

const howToGet =
  "install Python 3.10 or newer with venv and pip (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python)";

async function ask(command: string, env: NodeJS.ProcessEnv): Promise<Python | undefined> {
  try {
    const { code, output } = await runProgram(command, ["-c", question], { env });
    const [version, hasVenv] = output.trim().split("\n").at(-1)!.split(" ");
    return code === 0 ? { command, version: version!, hasVenv: hasVenv === "True" } : undefined;
  } catch {
    return undefined; // there is no such program
  }
}

/** @throws {CairnError} when there is no Python, an old one, or one without venv. */
export async function findPython(env: NodeJS.ProcessEnv = process.env): Promise<Python> {
  const python = (await ask("python3", env)) ?? (await ask("python", env));
  if (!python) throw new CairnError("JupyterLab needs Python, and neither python3 nor python runs here", { hint: howToGet });
  const [major = 0, minor = 0] = python.version.split(".").map(Number);
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
    throw new CairnError(`JupyterLab needs Python ${oldest.join(".")}, and ${python.command} is ${python.version}`, { hint: howToGet });
  }
  if (!python.hasVenv) {
    throw new CairnError(`${python.command} ${python.version} cannot make virtual environments: its module venv or ensurepip is missing`, {
      hint: howToGet,
    });
  }
  return python;
}
