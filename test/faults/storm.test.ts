/**
 * While cells run, what they import is touched, linked, installed and switched by other programs, as backups, package managers and git do. No cell
 * says anything about it, and what is imported next is what is there then.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { useCells } from "../cells/cells.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "storm-")));

function write(files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

async function command(program: string, ...args: string[]): Promise<void> {
  const child = spawn(program, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (said += String(data)));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${program} ${args.join(" ")}: ${said}`);
}

const git = (...args: string[]): Promise<void> =>
  command("git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "core.hooksPath=/dev/null", ...args);

const npmInstall = (file: string): Promise<void> => command("npm", "install", "--offline", "--no-audit", "--no-fund", file);

const packageOf = (name: string, version: string, value: string): Record<string, string> => ({
  "package.json": JSON.stringify({ name, version, type: "module", main: "index.js", types: "index.d.ts" }),
  "index.js": `export const ${name} = ${value}; export const version = ${JSON.stringify(version)}`,
  "index.d.ts": `export declare const ${name}: ${value.startsWith('"') ? "string" : "number"}; export declare const version: string`,
});

const beneath = (path: string, files: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [join(path, name), text]));

const local = (branch: string): Record<string, string> => ({
  "local.ts": `import { part } from "./parts/part.ts"\nexport const branch: string = "${branch} " + part\nexport const ${branch} = true`,
  "parts/part.ts": `export const part: string = "of ${branch}"`,
});

beforeAll(async () => {
  write({
    "package.json": JSON.stringify({ name: "reader", private: true }),
    ".gitignore": "node_modules\ncopy-*\n*.tgz\npackage*.json\n",
    ...local("main"),
    ...beneath("sources/mylib", packageOf("mylib", "1.0.0", "7")),
    ...beneath("sources/fresh", packageOf("fresh", "2.0.0", '"fresh"')),
  });
  await command("npm", "pack", "--silent", "./sources/mylib", "./sources/fresh");
  await npmInstall("mylib-1.0.0.tgz");
  await git("init", "--quiet", "--initial-branch=main");
  await git("add", ".");
  await git("commit", "--quiet", "--message=main");
  await git("checkout", "--quiet", "-b", "other");
  write(local("other"));
  await git("commit", "--quiet", "--all", "--message=other");
  await git("checkout", "--quiet", "main");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const cells = useCells({ cwd: folder });

afterEach(expectSilence);

function expectSilence(): void {
  const complaints = cells.kernel.messages.filter(({ type, content }) => type === "error" || content["name"] === "stderr");
  expect({ complaints, raw: cells.kernel.raw }).toEqual({ complaints: [], raw: "" });
}

test("a cell touches the manifest of a package, and waits", async () => {
  await cells.pass('import { mylib } from "mylib"; import { utimesSync } from "fs"');
  await cells.pass(
    "utimesSync('node_modules/mylib/package.json', new Date(), new Date()); await new Promise((resolve) => setTimeout(resolve, 1500))",
  );
  expect(await cells.value("mylib + 1")).toBe("8");
  expect(await cells.value('import { version } from "mylib"; version')).toBe("'1.0.0'");
});

test("files are touched and linked, packages installed and branches switched, and cells run on", { timeout: 120_000 }, async () => {
  await cells.pass('import { branch } from "./local"; import { mylib } from "mylib"; const shout = (text: string) => text.toUpperCase()');
  const storm = new Storm();
  storm.repeat("touch", touchPackages);
  storm.repeat("link", (turn) => command("cp", "-al", "node_modules", `copy-${turn}`));
  storm.repeat("npm", () => npmInstall("fresh-2.0.0.tgz"));
  storm.repeat("git", (turn) => git("checkout", "--quiet", turn % 2 === 0 ? "main" : "other"));
  for (let turn = 1; turn <= 15 || storm.leastTurns < 3; turn++) {
    expect(await cells.value(`const seen_${turn} = shout(branch) + mylib * ${turn}; seen_${turn}`)).toBe(`'MAIN OF MAIN${7 * turn}'`);
    expect(await cells.value('import { version } from "mylib"; import * as whole from "mylib"; version + whole.mylib')).toBe("'1.0.07'");
    const { matches } = await cells.kernel.request("shell", "complete_request", { code: "shout.na", cursor_pos: 8 });
    expect(matches).toEqual(["name"]);
  }
  await storm.over();
  await git("checkout", "--quiet", "other");
  expect(await cells.value('import { branch, other } from "./local"; import { fresh } from "fresh"; [branch, other, fresh]')).toBe(
    "[ 'other of other', true, 'fresh' ]",
  );
  await git("checkout", "--quiet", "main");
  expect(await cells.value('import { branch, main } from "./local"; [branch, main]')).toBe("[ 'main of main', true ]");
});

test("a local module is edited while cells run, and is broken for a while", async () => {
  await cells.pass('import { branch } from "./local"; import { mylib } from "mylib"');
  write({ "parts/part.ts": 'export const part: string = "half wri' });
  expect(await cells.value("branch + mylib")).toBe("'main of main7'");
  write({ "parts/part.ts": 'export const part: string = "written"' });
  expect(await cells.value("branch + mylib")).toBe("'main of main7'");
  expect(await cells.value('import { branch } from "./local"; branch')).toBe("'main written'");
});

test("a cell edits a local module and imports it before and after", async () => {
  write({ "edited.ts": "export const edition = 1" });
  await cells.pass('import { writeFileSync } from "fs"; const name = "./edited"');
  expect(
    await cells.value(
      `const first = await import(name); writeFileSync("edited.ts", "export const edition = 2"); const second = await import(name); [first.edition, second.edition]`,
    ),
  ).toBe("[ 1, 2 ]");
  expect(await cells.value('import { edition } from "./edited"; edition')).toBe("2");
});

test("edited JSON is read again, with its types", async () => {
  write({ "data.json": '{ "old": 1 }' });
  expect(await cells.value('import data from "./data.json"; data.old')).toBe("1");
  write({ "data.json": '{ "renewed": "now" }' });
  expect(await cells.value('import data from "./data.json"; data.renewed.toUpperCase()')).toBe("'NOW'");
});

/** What other programs do meanwhile, each again and again. */
class Storm {
  readonly #turns = new Map<string, number>();
  readonly #loops: Promise<void>[] = [];
  #isOver = false;

  repeat(what: string, action: (turn: number) => Promise<void>): void {
    this.#turns.set(what, 0);
    this.#loops.push(this.#repeat(what, action));
  }

  async #repeat(what: string, action: (turn: number) => Promise<void>): Promise<void> {
    for (let turn = 1; !this.#isOver; turn++) {
      await action(turn);
      this.#turns.set(what, turn);
      await setTimeout(20);
    }
  }

  get leastTurns(): number {
    return Math.min(...this.#turns.values());
  }

  async over(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#loops);
  }
}

async function touchPackages(): Promise<void> {
  const now = new Date();
  for (const file of readdirSync(join(folder, "node_modules/mylib"))) utimesSync(join(folder, "node_modules/mylib", file), now, now);
}
