import { spawnSync } from "node:child_process";
import path from "node:path";

const folder = import.meta.dirname;

/** Asks the live PyTorch; the commands are described in nn.py. */
export function askTorch(command: object): unknown {
  const { stdout, stderr, status, error } = spawnSync(path.join(folder, "../../.venv/bin/python"), [path.join(folder, "nn.py")], {
    input: JSON.stringify(command),
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (error || status !== 0) throw new Error(`the Python peer failed; is it set up? npm run bench:setup\n${error?.message ?? stderr}`);
  return JSON.parse(stdout);
}
