/** JupyterLab's environment: what stands in its way is named with the fix, and half-made ones are made anew. The real one is in test/e2e. */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findEnvironment, findPython, labEnvironment, labPackages } from "../../src/lab/index.ts";

const fix =
  "\n  hint: install Python 3.10 or newer with venv and pip (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python)";

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), "lab-"))));
afterEach(() => rmSync(root, { recursive: true }));

/** A PATH on which python3 is this shell script alone. */
function pathWith(script: string): NodeJS.ProcessEnv {
  writeFileSync(join(root, "python3"), `#!/bin/sh\n${script}\n`);
  chmodSync(join(root, "python3"), 0o755);
  return { PATH: root };
}

describe("Python", () => {
  test("that is not there", async () => {
    await expect(findPython({ PATH: root })).rejects.toThrow(
      new RegExp(`^JupyterLab needs Python, and neither python3 nor python runs here${fix.replace(/[().]/g, "\\$&")}$`),
    );
  });

  test("that is too old", async () => {
    await expect(findPython(pathWith('echo "3.9.2 True"'))).rejects.toThrow(`JupyterLab needs Python 3.10, and python3 is 3.9.2${fix}`);
  });

  test("that Debian has cut venv out of", async () => {
    await expect(findPython(pathWith('echo "3.12.1 False"'))).rejects.toThrow(
      `python3 3.12.1 cannot make virtual environments: its module venv or ensurepip is missing${fix}`,
    );
  });
});

/** A stand-in for Python that makes an environment with itself in it, and a pip that ends as told. */
const python = (pip: string): string => `
case "$1 $2" in
  "-c "*) echo "3.11.7 True";;
  "-m venv") /bin/mkdir -p "$3/bin" && /bin/cp "$0" "$3/bin/python";;
  "-m pip") ${pip};;
esac`;

describe.skipIf(process.platform === "win32")("the environment", () => {
  test("that pip cannot fill leaves nothing behind, and says what pip said", async () => {
    const env = pathWith(python('echo "ERROR: No matching distribution found for jupyterlab" >&2; exit 1'));
    await expect(labEnvironment({ cache: root, env })).rejects.toThrow(
      "installing jupyterlab==4.6.6 failed: ERROR: No matching distribution found for jupyterlab\n  hint: pip needs a package index",
    );
    expect(await findEnvironment(root)).toBeUndefined();
    expect(readdirSync(join(root, "lab"))).toEqual([]);
  });

  test("is made once, with pinned packages and our settings, and clears away what was half-made or is of other versions", async () => {
    const ended = spawnSync(process.execPath, ["--version"]).pid;
    mkdirSync(join(root, "lab", `venv-${ended}-half`), { recursive: true });
    mkdirSync(join(root, "lab", `venv-${process.ppid}-alive`));
    const env = pathWith(python(`echo "$@" >> "${root}/pip.log"; echo "Collecting tornado"`));
    const steps: (string | undefined)[][] = [];
    const environment = await labEnvironment({ cache: root, env, report: (...step) => steps.push(step) });
    expect(await findEnvironment(root)).toEqual(environment);
    expect(existsSync(join(root, "lab", `venv-${ended}-half`))).toBe(false);
    expect(existsSync(join(root, "lab", `venv-${process.ppid}-alive`))).toBe(true);
    const installed = readFileSync(join(root, "pip.log"), "utf8");
    expect(installed.match(/\S+==\S+/g)).toEqual([...labPackages.full, ...labPackages.alone]);
    expect(steps).toEqual([
      ["making an environment with Python 3.11.7"],
      ["installing jupyterlab==4.6.6"],
      ["installing jupyterlab==4.6.6", "tornado"],
      ["installing plotly==7.1.0"],
      ["installing plotly==7.1.0", "tornado"],
    ]);
    const settings = JSON.parse(readFileSync(join(environment.folder, "share/jupyter/lab/settings/overrides.json"), "utf8"));
    expect(settings["@jupyterlab/codemirror-extension:plugin"]).toEqual({ defaultConfig: { indentUnit: "2" } });

    expect(await labEnvironment({ cache: root, env: {} })).toEqual(environment);
    writeFileSync(
      join(root, "lab", "environment.json"),
      JSON.stringify({ folder: environment.folder, packages: { full: ["jupyterlab==4.0.0"] } }),
    );
    expect(await findEnvironment(root)).toBeUndefined();
  });

  test("that is interrupted while it is made leaves nothing behind", async () => {
    const stop = new AbortController();
    const env = pathWith(python("/bin/sleep 100"));
    const report = (step: string): void => void (step.startsWith("installing") && setTimeout(() => stop.abort(), 100));
    await expect(labEnvironment({ cache: root, env, report, signal: stop.signal })).rejects.toThrow("aborted");
    expect(readdirSync(join(root, "lab"))).toEqual([]);
  });
});
