/** `cairn lab` as a reader uses it: started from the command line, its page in headless Chromium. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type BrowserContext, chromium, type Locator, type Page } from "playwright-core";

export class LabProcess {
  /** What it printed at its start. */
  readonly said: string;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, said: string) {
    this.#process = process;
    this.said = said;
  }

  /** The address it prints, with the token. */
  get url(): string {
    return /http:\S+token=\w+/.exec(this.said)![0];
  }

  /** The page of a file, with nothing else open. */
  pageOf(file: string): string {
    return this.url.replace(/\/lab[^?]*\?/, `/lab/tree/${file}?reset&`);
  }

  /** What JupyterLab and its kernels have written. */
  log(): string {
    return readFileSync(/^Its log: (.*)$/m.exec(this.said)![1]!, "utf8");
  }

  /** @param args Of `cairn lab`. @param env Inherited by all that it starts: a variable of it finds them again. */
  static async start(args: string[], env: Record<string, string> = {}, program = resolve("src/bin/cairn.js")): Promise<LabProcess> {
    const child = spawn(process.execPath, [program, "lab", ...args, "--no-browser"], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (said += String(data)));
    await new Promise<void>((done, failed) => {
      child.stdout.on("data", () => said.includes("Ctrl-C ends it.") && done());
      child.once("exit", () => failed(new Error(said)));
    });
    return new LabProcess(child, said);
  }

  /** Ctrl-C, as a terminal sends it. @returns the exit code. */
  async interrupt(): Promise<number | null> {
    if (this.#process.exitCode !== null) return this.#process.exitCode;
    const exit = once(this.#process, "exit");
    this.#process.kill("SIGINT");
    return (await exit)[0] as number | null;
  }

  /** What no program can refuse. */
  kill(): void {
    this.#process.kill("SIGKILL");
  }
}

/** The command lines of the processes whose environment has this entry. */
export function processesWith(entry: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
        return environment.includes(entry) ? [readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")] : [];
      } catch {
        return []; // it has just ended
      }
    });
}

export class Browser {
  readonly page: Page;
  readonly #context: BrowserContext;
  readonly #profile: string;

  private constructor(page: Page, context: BrowserContext, profile: string) {
    this.page = page;
    this.#context = context;
    this.#profile = profile;
  }

  /** Chromium that reaches nothing but this machine: what JupyterLab shows must not come from elsewhere. */
  static async open(): Promise<Browser> {
    const profile = mkdtempSync(join(tmpdir(), "cairn-chromium-"));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-background-networking",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
      ],
      viewport: { width: 1280, height: 1600 },
    });
    return new Browser(context.pages()[0] ?? (await context.newPage()), context, profile);
  }

  async close(): Promise<void> {
    await this.#context.close();
    rmSync(this.#profile, { recursive: true, force: true });
  }
}

/** The panel that is shown; others may stand behind it. */
export const panel = (page: Page): Locator => page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)");

/** Waits for the status bar; the notebook's own indicator says "idle" also before there is a kernel. */
export const untilIdle = (page: Page): Promise<void> => page.getByText(/^TypeScript \| Idle$/).waitFor({ timeout: 120_000 });

/** Opens a notebook alone, runs all its cells, and waits until they have run or were aborted. */
export async function runAllCells(page: Page, lab: LabProcess, notebook: string): Promise<void> {
  await page.goto(lab.pageOf(notebook), { timeout: 120_000 });
  await untilIdle(page);
  await page.locator(".lm-MenuBar-itemLabel", { hasText: /^Run$/ }).click();
  await page.locator('.lm-Menu-item[data-command="runmenu:run-all"]').click();
  // Beside a cell stands "[*]" while it waits or runs, then its number; one that was aborted loses its mark again.
  const deadline = Date.now() + 240_000;
  for (let prompts = ["*"]; prompts.some((text) => text.includes("*")) || !prompts.some((text) => /\d/.test(text));) {
    if (Date.now() > deadline) throw new Error(`cells still run: ${prompts.join(" ")}`);
    await new Promise((next) => setTimeout(next, 500));
    prompts = await panel(page).locator(".jp-CodeCell .jp-InputPrompt").allTextContents();
  }
}
