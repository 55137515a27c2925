/**
 * Builds this checkout where that is due: `cairn clean` has removed what was built, or packages have been installed since (npm runs no scripts of
 * ours then, see .npmrc). Kernels may start side by side: one builds, the others wait.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
/** npm writes it last. */
const installed = join(root, "node_modules", ".package-lock.json");
/** The compiler writes these last. */
const marks = ["src", "kernel-helpers"].map((name) => join(root, name, "dist", "tsconfig.tsbuildinfo"));
const lock = join(root, "build", "building");

const timeOf = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const isBuilt = () => Math.min(...marks.map(timeOf)) >= timeOf(installed) && marks.every((mark) => existsSync(mark));

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
}

function takeLock() {
  mkdirSync(dirname(lock), { recursive: true });
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  try {
    const holder = Number(readFileSync(lock, "utf8"));
    // One left behind by a build that was killed is taken away. For an instant it is empty.
    const isLeft = holder > 0 ? !isAlive(holder) : Date.now() - timeOf(lock) > 10_000;
    if (isLeft) rmSync(lock, { force: true });
  } catch {
    // just released
  }
  return false;
}

/** @returns what went wrong, if something did */
function compile() {
  if (!existsSync(compiler)) return `the packages are not installed: run npm ci in ${root}`;
  const begun = new Date();
  // stdout belongs to what is started.
  const { status } = spawnSync(process.execPath, [compiler, "-b"], { cwd: root, stdio: ["ignore", 2, 2], windowsHide: true });
  if (status !== 0) return `the build in ${root} failed, see above; npm ci brings the packages, git status shows what was changed`;
  // The compiler leaves what needed no change as old as it was, and it would be built again next time.
  for (const mark of marks) if (timeOf(mark) < begun.getTime()) utimesSync(mark, begun, begun);
  return undefined;
}

function pause(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Ends the process when the build fails. */
export function ensureBuilt() {
  let problem;
  while (problem === undefined && (existsSync(lock) || !isBuilt())) {
    if (!takeLock()) {
      pause(50);
      continue;
    }
    try {
      if (!isBuilt()) problem = compile();
    } finally {
      rmSync(lock, { force: true });
    }
  }
  if (problem === undefined) return;
  process.stderr.write(`cairn: ${problem}\n`);
  process.exit(1);
}
