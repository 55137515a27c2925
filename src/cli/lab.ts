/** `cairn lab`: the notebooks in JupyterLab. */
import { relative } from "node:path";
import { parseArgs } from "node:util";
import { cacheFolder } from "../course/index.ts";
import { InputError } from "../errors.ts";
import {
  checkPort,
  courseFolders,
  findPlace,
  labEnvironment,
  labPackages,
  openBrowser,
  startLab,
  updateCopy,
  welcomeFile,
  writeWelcome,
} from "../lab/index.ts";
import { checkoutFolder } from "../runtime/checkout.ts";
import { readCourse } from "../site/index.ts";

export const summary = "open the course, a notebook or a folder in JupyterLab";

export const help: string = `Usage: cairn lab [NOTEBOOK | FILE | FOLDER] [--in-place] [--no-browser] [--port N]

Opens your copy of the course in JupyterLab, with Cairn's TypeScript kernel and drawn figures. The first start sets JupyterLab up in Cairn's cache
folder, in a Python environment of its own; it needs Python 3.10 or newer with venv and pip. Ctrl-C ends JupyterLab and its kernels.

  NOTEBOOK       begin with this notebook of the course: 05-autograd, or just 05 (default: a page with the course and what you have done)
  FILE, FOLDER   open these where they are

  --in-place     open the course's own files in notebooks/, not a copy: for those who write them
  --no-browser   only print the address
  --port N       this port and no other (default: the first free one from 8888)

Your copy is the folder my-notebooks of the checkout. git and cairn clean leave it alone. Each start adds what is missing and brings notebooks up
to date that you have not changed. Where you have changed one and the course has a newer version, that is put beside yours, once, and said.

What JupyterLab and its kernels write goes to a log file, whose path is printed.

Examples:
  cairn lab
  cairn lab 05
  cairn lab ~/my-experiments`;

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

/** From the working directory, when that is shorter. */
const shown = (path: string): string => [relative("", path) || ".", path].toSorted((one, other) => one.length - other.length)[0]!;

interface Opening {
  folder: string;
  file?: string | undefined;
}

/** Brings the learner's copy up to date and says what has changed in it. */
async function openCopy(file: string | undefined, cache: string): Promise<Opening> {
  const { course, copy } = courseFolders(checkoutFolder);
  const { copied, updated, newer } = await updateCopy(course, copy);
  if (copied.length > 0) console.log(`copied from the course to ${shown(copy)}: ${copied.join(", ")}`);
  if (updated.length > 0) console.log(`brought up to date: ${updated.join(", ")}`);
  for (const { file: mine, beside } of newer)
    console.log(`${mine} has changes of yours; the course's newer version is beside it: ${beside}`);
  await writeWelcome({ course: await readCourse(course), copy, cache });
  return { folder: copy, file: file ?? welcomeFile };
}

export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: { "in-place": { type: "boolean" }, "no-browser": { type: "boolean" }, port: { type: "string" } },
  });
  const port = portOf(values.port);
  const [argument, ...others] = positionals;
  if (others.length > 0) throw new InputError("cairn lab opens one thing", { hint: "cairn lab 05, cairn lab FOLDER" });
  const folders = courseFolders(checkoutFolder);
  const { folder, file } = await findPlace(argument, folders);
  if (folder !== undefined && values["in-place"]) {
    throw new InputError(`--in-place is for the course; ${argument} is opened where it is anyway`, { hint: "leave out --in-place" });
  }
  if (port !== undefined) await checkPort(port);
  const cache = cacheFolder();
  const open = async (): Promise<Opening> => {
    if (folder !== undefined) return { folder, file };
    return values["in-place"] ? { folder: folders.course, file } : openCopy(file, cache);
  };
  return serve(open, { cache, port, browser: !values["no-browser"] });
}

interface ServeOptions {
  cache: string;
  port: number | undefined;
  browser: boolean;
}

async function serve(open: () => Promise<Opening>, { cache, port, browser }: ServeOptions): Promise<number> {
  const stop = new AbortController();
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.once(signal, () => stop.abort());
  try {
    const environment = await labEnvironment({ cache, report: stepReporter(), signal: stop.signal });
    if (process.stderr.isTTY) process.stderr.write("\r\u001B[K");
    const opening = await open();
    const lab = await startLab({ ...opening, environment, cache, port });
    console.log(
      `JupyterLab ${labPackages.full[0]!.split("==")[1]} on ${shown(opening.folder)}: ${lab.url}\nIts log: ${lab.log}\nCtrl-C ends it.`,
    );
    if (browser) openBrowser(lab.url);
    stop.signal.addEventListener("abort", () => void lab.close());
    if (stop.signal.aborted) await lab.close();
    const code = await lab.ended;
    if (stop.signal.aborted || code === 0) return 0;
    console.error(`cairn lab: JupyterLab ended with ${code ?? "a signal"}; what it said is in ${lab.log}`);
    return code ?? 1;
  } catch (error) {
    if (stop.signal.aborted) return 130;
    throw error;
  } finally {
    for (const signal of signals) process.removeAllListeners(signal);
  }
}
