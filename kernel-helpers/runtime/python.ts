/** A Python of this machine that has what a peer needs, and a free port for it to listen on. */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { UnavailableError } from "../errors.ts";

/**
 * The first that can import the modules: the environment that is activated, .venv of this folder or of one above it, then python3, then python.
 *
 * @param modules As an import statement names them: "ray, torch".
 * @param hint How they are installed.
 * @throws {UnavailableError} No Python here has them.
 */
export function findPython(modules: string, hint: string): string {
  const { VIRTUAL_ENV: active } = process.env;
  const beside = active ? [path.join(active, "bin/python")] : [];
  for (let folder = process.cwd(); ; folder = path.dirname(folder)) {
    beside.push(path.join(folder, ".venv/bin/python"));
    if (folder === path.dirname(folder)) break;
  }
  const candidates = [...beside.filter((file) => existsSync(file)), "python3", "python"];
  // Importing Ray or PyTorch takes seconds; whether they are there is known at once.
  const names = JSON.stringify(modules.split(",").map((name) => name.trim()));
  const program = `import importlib.util, sys; sys.exit(not all(map(importlib.util.find_spec, ${names})))`;
  const python = candidates.find((name) => spawnSync(name, ["-c", program], { stdio: "ignore" }).status === 0);
  if (python !== undefined) return python;
  throw new UnavailableError(`no Python here has ${modules}`, { hint, facts: { candidates, modules } });
}

/** A port of this machine that nobody listens on now. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, "close");
  return port;
}
