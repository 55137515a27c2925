/** Kernelspecs are found where Jupyter finds them; `tslab` is always the kernel that is built in. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InputError } from "../../src/dist/errors.js";
import { findKernelspec, findKernelspecFor, findKernelspecs } from "../../src/dist/kernel/index.js";
import { kernelspecFolders } from "../../src/dist/runtime/jupyter-paths.js";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "specs-"));
});
afterAll(() => rmSync(root, { recursive: true }));

/** Writes PREFIX/kernels/NAME/kernel.json. */
function install(prefix: string, name: string, spec: object | string): void {
  const folder = join(root, prefix, "kernels", name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "kernel.json"), typeof spec === "string" ? spec : JSON.stringify(spec));
}

describe("folders", () => {
  test("Linux", () => {
    const env = { JUPYTER_PATH: "/a:/b", VIRTUAL_ENV: "/venv", CONDA_PREFIX: "/conda", PATH: "/nowhere" };
    expect(kernelspecFolders({ env, platform: "linux", home: "/home/u" })).toEqual([
      "/a/kernels",
      "/b/kernels",
      "/home/u/.local/share/jupyter/kernels",
      "/venv/share/jupyter/kernels",
      "/conda/share/jupyter/kernels",
      "/usr/local/share/jupyter/kernels",
      "/usr/share/jupyter/kernels",
      "/home/u/.ipython/kernels",
    ]);
  });

  test("the user's folder moves with XDG_DATA_HOME and JUPYTER_DATA_DIR, and with the system", () => {
    const first = (env: Record<string, string>, platform: NodeJS.Platform): string => kernelspecFolders({ env, platform, home: "/u" })[0]!;
    expect(first({ XDG_DATA_HOME: "/xdg" }, "linux")).toBe("/xdg/jupyter/kernels");
    expect(first({ XDG_DATA_HOME: "/xdg", JUPYTER_DATA_DIR: "/data" }, "linux")).toBe("/data/kernels");
    expect(first({}, "darwin")).toBe("/u/Library/Jupyter/kernels");
    expect(first({ APPDATA: "/roaming" }, "win32")).toBe("/roaming/jupyter/kernels");
  });

  test("the environment whose Python is first on PATH", () => {
    mkdirSync(join(root, "prefix", "bin"), { recursive: true });
    writeFileSync(join(root, "prefix", "bin", "python3"), "");
    chmodSync(join(root, "prefix", "bin", "python3"), 0o755);
    const folders = kernelspecFolders({ env: { PATH: `/nowhere:${root}/prefix/bin` }, platform: "linux", home: "/u" });
    expect(folders[1]).toBe(`${root}/prefix/share/jupyter/kernels`);
  });
});

describe("specs", () => {
  const argv = ["/bin/kernel", "--dir={resource_dir}", "{connection_file}"];

  test("the first of a name counts, broken ones are passed over, and tslab is the built-in one", () => {
    install("one", "JSLab", {
      argv,
      display_name: "JavaScript",
      language: "javascript",
      env: { A: "${HOME}/x", B: "${NOT_SET_ANYWHERE}" },
    });
    install("two", "jslab", { argv: ["second"] });
    install("one", "broken", "{");
    install("one", "empty", { argv: [] });
    install("one", "tslab", { argv: ["stock"] });
    install("two", "polite", { argv, interrupt_mode: "message" });
    const env = { JUPYTER_PATH: `${root}/one:${root}/two`, PATH: "" };
    const specs = findKernelspecs({ env, platform: "linux", home: root }).filter((spec) => !spec.folder || spec.folder.startsWith(root));
    expect(specs.map((spec) => spec.name)).toEqual(["tslab", "jslab", "polite"]);
    expect(specs[1]).toEqual({
      name: "jslab",
      displayName: "JavaScript",
      language: "javascript",
      argv: ["/bin/kernel", `--dir=${root}/one/kernels/JSLab`, "{connection_file}"],
      env: { A: `${process.env.HOME}/x`, B: "${NOT_SET_ANYWHERE}" },
      interruptMode: "signal",
      transport: "tcp",
      folder: `${root}/one/kernels/JSLab`,
    });
    expect(specs[2]).toMatchObject({ displayName: "polite", interruptMode: "message" });
    expect(existsSync(specs[0]!.argv[2]!)).toBe(true);
  });

  test("an installed tslab is reached by its folder", () => {
    install("one", "tslab", { argv: ["stock"] });
    expect(findKernelspec(join(root, "one", "kernels", "tslab")).argv).toEqual(["stock"]);
  });

  test("python in an environment's spec is the environment's", () => {
    mkdirSync(join(root, "venv", "bin"), { recursive: true });
    writeFileSync(join(root, "venv", "bin", "python"), "");
    install("venv/share/jupyter", "python3", { argv: ["python", "-m", "ipykernel_launcher"] });
    install("share/jupyter", "python3", { argv: ["python", "-m", "ipykernel_launcher"] });
    expect(findKernelspec(join(root, "venv/share/jupyter/kernels/python3")).argv[0]).toBe(join(root, "venv/bin/python"));
    expect(findKernelspec(join(root, "share/jupyter/kernels/python3")).argv[0]).toBe("python");
  });

  test("a name that is not there", () => {
    const find = (): unknown => findKernelspec("cobol", { env: { JUPYTER_PATH: `${root}/two`, PATH: "" }, platform: "linux", home: root });
    expect(find).toThrow(InputError);
    expect(find).toThrow(
      /^there is no kernel "cobol" \(found: tslab, jslab, polite.*\)\n {2}hint: --kernel NAME takes one of these .* install its kernelspec where Jupyter looks/,
    );
  });

  test("a language that a notebook names instead of a kernel", () => {
    const options = { env: { JUPYTER_PATH: `${root}/one:${root}/two`, PATH: "" }, platform: "linux" as const, home: root };
    expect(findKernelspecFor("JavaScript", options).name).toBe("jslab");
    expect(findKernelspecFor("typescript", options).name).toBe("tslab");
    expect(() => findKernelspecFor("cobol", options)).toThrow(
      /^the notebook is in cobol and names no kernel \(found: tslab, .*\n {2}hint: --kernel NAME/,
    );
  });
});
