/** The kernelspec for other programs: written, replaced and removed when it is ours, left alone when it is not. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { installedKernels, installKernel, kernelFolder, removeKernel } from "../../src/lab/index.ts";

let root: string;
let folder: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "spec-"));
  folder = kernelFolder(root);
});
afterEach(() => rmSync(root, { recursive: true }));

function anothers(spec: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "kernel.json"), spec);
}

test("goes into Jupyter's folder of the user on each system, or under a prefix", () => {
  const at = (platform: NodeJS.Platform, env: Record<string, string>): string =>
    kernelFolder(undefined, { platform, env, home: "/home/me" });
  expect(at("linux", {})).toBe("/home/me/.local/share/jupyter/kernels/tslab");
  expect(at("linux", { XDG_DATA_HOME: "/data" })).toBe("/data/jupyter/kernels/tslab");
  expect(at("darwin", {})).toBe("/home/me/Library/Jupyter/kernels/tslab");
  expect(at("win32", { APPDATA: "/roaming" })).toBe("/roaming/jupyter/kernels/tslab");
  expect(at("darwin", { JUPYTER_DATA_DIR: "/mine" })).toBe("/mine/kernels/tslab");
  expect(kernelFolder("/venv")).toBe("/venv/share/jupyter/kernels/tslab");
});

test("has a program that is there before anything is built, and the logos that launchers show", async () => {
  await installKernel(folder);
  expect(readdirSync(folder).toSorted()).toEqual(["kernel.json", "logo-32x32.png", "logo-64x64.png", "logo-svg.svg"]);
  const { argv, display_name } = JSON.parse(readFileSync(join(folder, "kernel.json"), "utf8"));
  expect([argv[0], argv[2], display_name]).toEqual([process.execPath, "{connection_file}", "TypeScript"]);
  expect(argv[1]).toMatch(/src\/bin\/kernel\.js$/);
  expect(existsSync(argv[1])).toBe(true);
  for (const size of [32, 64]) {
    const png = readFileSync(join(folder, `logo-${size}x${size}.png`));
    expect([png.toString("latin1", 1, 4), png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual(["PNG", size, size]);
  }
});

test("replaces and removes one of ours, also of another checkout", async () => {
  anothers(JSON.stringify({ argv: ["node", "/old/kernel.js"], metadata: { cairn: { checkout: "/old" } } }));
  await installKernel(folder);
  expect(readFileSync(join(folder, "kernel.json"), "utf8")).not.toContain("/old");
  expect(await removeKernel(folder)).toBe(true);
  expect(existsSync(folder)).toBe(false);
  expect(await removeKernel(folder)).toBe(false);
});

test("leaves another program's alone, and says how to go on", async () => {
  const stock = JSON.stringify({ argv: ["tslab", "kernel", "--config-path", "{connection_file}"], display_name: "TypeScript" });
  anothers(stock);
  const start = `${folder} holds another program's kernel "tslab" (tslab kernel --config-path {connection_file}), which is not`;
  const remedy = "hint: remove that one with: jupyter kernelspec remove tslab";
  await expect(installKernel(folder)).rejects.toThrow(
    `${start} replaced\n  ${remedy}; or install into a virtual environment: cairn kernel install --prefix DIR`,
  );
  await expect(removeKernel(folder)).rejects.toThrow(`${start} removed\n  ${remedy}`);
  expect(readFileSync(join(folder, "kernel.json"), "utf8")).toBe(stock);
});

test("leaves alone what it cannot read", async () => {
  anothers("{");
  await expect(installKernel(folder)).rejects.toThrow(new RegExp(`^${folder}/kernel.json cannot be read: `));
  expect(await installedKernels({ env: { JUPYTER_PATH: join(root, "share/jupyter") }, home: root })).toEqual([]);
});

test("is found where Jupyter looks, the one that counts first", async () => {
  await installKernel(folder);
  const user = kernelFolder(undefined, { env: {}, home: root });
  mkdirSync(user, { recursive: true });
  writeFileSync(join(user, "kernel.json"), JSON.stringify({ argv: ["tslab"] }));
  const found = await installedKernels({ env: { JUPYTER_PATH: join(root, "share/jupyter") }, platform: "linux", home: root });
  expect(found.slice(0, 2)).toEqual([
    { folder, checkout: process.cwd(), argv: [process.execPath, join(process.cwd(), "src/bin/kernel.js"), "{connection_file}"] },
    { folder: user, argv: ["tslab"] },
  ]);
});
