/** `cairn doctor` and `cairn lab`'s own mistakes, from the command line. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cache, memory, nodeVersion } from "../../src/doctor/machine.ts";
import { cairn, processesOf, type Ran } from "./cairn.ts";

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "doctor-"))));
afterAll(() => rmSync(folder, { recursive: true }));

describe("on a machine where the course can run", () => {
  let ran: Ran;
  beforeAll(async () => {
    // Neither Python nor a browser in reach; the Vulkan driver of the WebGPU tests is not asked for.
    ran = await cairn(folder, ["doctor"], { PATH: folder, CHROMIUM: "", VK_DRIVER_FILES: "/dev/null" });
  });
  const found = (name: string): string => ran.stdout.match(new RegExp(`^. ${name} .*(\\n {15}→ .*)?`, "m"))![0];

  test("ends with 0 and leaves no process", () => {
    expect([ran.code, ran.stderr]).toEqual([0, ""]);
    expect(ran.stdout.endsWith("\nThe course can be run here: cairn course\n")).toBe(true);
    expect(processesOf(folder)).toEqual([]);
  });

  test("tries what is there", () => {
    expect(found("Node")).toBe(`✓ Node         ${process.versions.node}`);
    expect(found("kernel")).toMatch(/^✓ kernel {7}starts in \d+\.\d s, the first cell answers after \d+\.\d s$/);
    expect(found("cpu")).toBe("✓ cpu          ONNX Runtime computes on it");
    expect(found("cache")).toMatch(new RegExp(`^✓ cache {8}${join(folder, "cache")} holds .* the disk has .* left$`));
  });

  test("names what is missing, with its fix", () => {
    expect(found("models, data")).toMatch(
      /^– models, data \d+ of \d+ are not in the cache yet: .*all-MiniLM-L6-v2.*\n +→ cairn course fetches them/,
    );
    expect(found("Python")).toBe(
      "– Python       JupyterLab needs Python, and neither python3 nor python runs here\n" +
        "               → install Python 3.10 or newer with venv and pip (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python)",
    );
    expect(found("JupyterLab")).toBe("– JupyterLab   is not set up yet\n               → cairn lab does that at its first start");
  });
});

describe("what breaks the course", () => {
  test("an old Node", () => {
    expect(nodeVersion("20.18.3")).toMatchObject({ state: "broken", fix: "install Node 20.19 or newer: https://nodejs.org/en/download" });
    expect(["20.19.0", "22.1.0"].map((version) => nodeVersion(version).state)).toEqual(["works", "works"]);
  });

  test("too little memory", () => {
    expect(memory(0.5e9, 8e9)).toEqual({
      name: "memory",
      state: "broken",
      found: "500.0 MB of 8.0 GB are free",
      fix: "a notebook takes up to 600.0 MB: end other programs",
    });
  });

  test("a cache folder that cannot be made", async () => {
    const file = join(folder, "a-file");
    writeFileSync(file, "");
    expect(await cache(join(file, "cache"))).toMatchObject({ state: "broken", fix: "set CAIRN_CACHE to a folder that can be written" });
    const ran = await cairn(folder, ["doctor"], { CAIRN_CACHE: join(file, "cache") });
    expect(ran.code).toBe(1);
    expect(ran.stdout.trimEnd().split("\n").at(-1)).toMatch(/^The course cannot be run here yet: cache/);
  });
});

describe("cairn lab", () => {
  test.each([
    [["lab", "nowhere"], 2, "cairn lab: there is no folder nowhere here\n  hint: run cairn lab where Cairn was cloned, or name a folder\n"],
    [["lab", ".", "--port", "x"], 2, "cairn lab: --port x is not a port\n  hint: a whole number from 1 to 65535\n"],
    [["lab", "a", "b"], 2, "cairn lab: cairn lab opens one folder\n  hint: cairn lab notebooks\n"],
  ])("%j ends with %i and says why", async (args, code, stderr) => {
    expect(await cairn(folder, args)).toEqual({ code, stdout: "", stderr });
  });

  test("without Python it says how to get it, and leaves nothing in the cache", async () => {
    const { code, stderr } = await cairn(folder, ["lab", ".", "--no-browser"], { PATH: folder });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^cairn lab: JupyterLab needs Python, and neither python3 nor python runs here\n {2}hint: install Python 3\.10/);
    expect(existsSync(join(folder, "cache", "lab"))).toBe(false);
  });
});
