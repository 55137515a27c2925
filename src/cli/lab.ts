/** `cairn lab`: the notebooks in JupyterLab. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { cacheFolder } from "../course/index.ts";
import { InputError } from "../errors.ts";
import { labEnvironment, labPackages, openBrowser, startLab } from "../lab/index.ts";

export const summary = "open the notebooks in JupyterLab";

export const help: string = `Usage: cairn lab [folder] [--no-browser] [--port N]

Opens a folder of notebooks in JupyterLab, with Cairn's TypeScript kernel and drawn figures. The first start sets JupyterLab up in Cairn's cache
folder, in a Python environment of its own; it needs Python 3.10 or newer with venv and pip. Ctrl-C ends JupyterLab and its kernels.

  folder         what to open (default: notebooks)
  --no-browser   only print the address
  --port N       this port and no other (default: the first free one from 8888)`;

/** Steps of the set-up, a line each; on a terminal with what is being installed behind it. */
function stepReporter(): (step: string, detail?: string) => void {
  const { isTTY, columns } = process.stderr;
  let shown = "";
  return (step, detail) => {
    if (isTTY && detail) process.stderr.write(`\r\u001B[K${`${step}: ${detail}`.slice(0, columns - 1)}`);
    else if (step !== shown) process.stderr.write(`${isTTY ? "\r\u001B[K" : ""}${step}\n`);
    shown = step;
  };
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new InputError(`--port ${text} is not a port`, { hint: "a whole number from 1 to 65535" });
}

export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: { "no-browser": { type: "boolean" }, port: { type: "string" } },
  });
  const port = portOf(values.port);
  const [folder = "notebooks", ...others] = positionals;
  if (others.length > 0) throw new InputError("cairn lab opens one folder", { hint: "cairn lab notebooks" });
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder)
    throw new InputError(`there is no folder ${folder} here`, { hint: "run cairn lab where Cairn was cloned, or name a folder" });
  return serve(folder, { port, browser: !values["no-browser"] });
}

async function serve(folder: string, { port, browser }: { port: number | undefined; browser: boolean }): Promise<number> {
  const stop = new AbortController();
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.once(signal, () => stop.abort());
  const cache = cacheFolder();
  try {
    const environment = await labEnvironment({ cache, report: stepReporter(), signal: stop.signal });
    if (process.stderr.isTTY) process.stderr.write("\r\u001B[K");
    const lab = await startLab({ environment, folder, cache, port });
    console.log(`JupyterLab ${labPackages.full[0]!.split("==")[1]} on ${join(folder)}: ${lab.url}\nCtrl-C ends it.`);
    if (browser) openBrowser(lab.url);
    stop.signal.addEventListener("abort", () => void lab.close());
    if (stop.signal.aborted) await lab.close();
    const code = await lab.ended;
    return stop.signal.aborted ? 0 : (code ?? 1);
  } catch (error) {
    if (stop.signal.aborted) return 130;
    throw error;
  } finally {
    for (const signal of signals) process.removeAllListeners(signal);
  }
}
