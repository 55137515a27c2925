#!/usr/bin/env node
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const main = new URL("../dist/cli/main.js", import.meta.url);
if (!existsSync(main)) {
  // `cairn clean` has removed it, or npm was told to run no scripts.
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const { status } = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "-b"], { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(1);
}
await import(main);
