/** `cairn doctor` and `cairn lab`'s own mistakes, from the command line. */
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
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
    ran = await cairn(folder, ["doctor"], { PATH: folder, CHROMIUM: "", VK_DRIVER_FILES: "/dev/null", JUPYTER_DATA_DIR: folder });
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

  test.skipIf(existsSync("/dev/nvidiactl") || existsSync("/proc/driver/nvidia"))(
    "says why CUDA does not compute, as cairn gpu does",
    () => {
      expect(found("cuda")).toMatch(/^– cuda .*\n {15}→ this machine shows no NVIDIA GPU/);
    },
  );

  test("names what is missing, with its fix", () => {
    expect(found("models, data")).toMatch(/^✓ models, data 0 of \d+ are in the cache; fetched when they are needed: .*gpt2 \(1\.5 MB\)/);
    expect(found("Python")).toBe(
      "– Python       JupyterLab needs Python, and neither python3 nor python runs here\n" +
        "               → install Python 3.10 or newer with venv and pip (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python)",
    );
    expect(found("JupyterLab")).toBe("– JupyterLab   is not set up yet\n               → cairn lab does that at its first start");
    expect(found("kernelspec")).toBe(
      "– kernelspec   the kernel is not installed for other programs\n" +
        "               → only other Jupyters and VS Code need it: cairn kernel install",
    );
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
    [["lab", ".", "--port", "x"], "--port x is not a port\n  hint: a whole number from 1 to 65535\n"],
    [["lab", "a", "b"], "cairn lab opens one thing\n  hint: cairn lab 05, cairn lab FOLDER\n"],
    [["lab", ".", "--in-place"], "--in-place is for the course; . is opened where it is anyway\n  hint: leave out --in-place\n"],
  ])("%j ends with 2 and says why", async (args, message) => {
    expect(await cairn(folder, args)).toEqual({ code: 2, stdout: "", stderr: `cairn lab: ${message}` });
  });

  test("names the notebooks there are when there is none of that name", async () => {
    const { code, stderr } = await cairn(folder, ["lab", "99"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^cairn lab: there is no folder, file or notebook "99"\n {2}hint: the course's notebooks are: 00-fact-check, 01-/,
    );
  });

  test("a port that is taken is two lines, before anything is set up", async () => {
    const other = createServer().listen(0, "localhost");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    const ran = await cairn(folder, ["lab", ".", "--port", String(port)]);
    other.close();
    const hint = "leave --port away for the first free one, or name another";
    expect(ran).toEqual({ code: 2, stdout: "", stderr: `cairn lab: port ${port} is taken by another program\n  hint: ${hint}\n` });
  });

  test("without Python it says how to get it, and leaves nothing in the cache", async () => {
    const { code, stderr } = await cairn(folder, ["lab", ".", "--no-browser"], { PATH: folder });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^cairn lab: JupyterLab needs Python, and neither python3 nor python runs here\n {2}hint: install Python 3\.10/);
    expect(existsSync(join(folder, "cache", "lab"))).toBe(false);
  });
});
