import { spawnSync } from "node:child_process";
import path from "node:path";

const folder = import.meta.dirname;

/** Asks a live peer in Python: one JSON command to one of the scripts here, which say what they take. */
export function askPeer(script: `${string}.py`, command: object): unknown {
  const { stdout, stderr, status, error } = spawnSync(path.join(folder, "../../.venv/bin/python"), [path.join(folder, script)], {
    input: JSON.stringify(command),
    encoding: "utf8",
    maxBuffer: 2 ** 30,
  });
  if (error || status !== 0) throw new Error(`the Python peer failed; is it set up? npm run bench:setup\n${error?.message ?? stderr}`);
  return JSON.parse(stdout);
}
