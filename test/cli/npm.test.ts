/** npm has nothing to say about how this checkout is set up: whoever types `npx cairn` sees Cairn's words alone. */
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

test("npm knows every setting in .npmrc", () => {
  // What a package manager around this run has set for itself is not this checkout's.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  const { stdout, stderr } = spawnSync("npm", ["pkg", "get", "name"], { env, encoding: "utf8", shell: process.platform === "win32" });
  expect([stdout.trim(), stderr]).toEqual(['"cairn-workspace"', ""]);
});
