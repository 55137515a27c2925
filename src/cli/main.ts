/** The `cairn` command: finds the sub-command, loads only that, and turns errors into exit codes. */
import { resolve } from "node:path";
import { CairnError } from "../errors.ts";
import type { Command } from "./command.ts";

/** In the order of the overview; each file is loaded only when its command is asked for. */
const commands: Record<string, () => Promise<Command>> = {
  course: () => import("./course.ts"),
  run: () => import("./run.ts"),
  check: () => import("./check.ts"),
  test: () => import("./test.ts"),
  export: () => import("./export.ts"),
  strip: () => import("./strip.ts"),
  diff: () => import("./diff.ts"),
  site: () => import("./site.ts"),
  lab: () => import("./lab.ts"),
  models: () => import("./models.ts"),
  chat: () => import("./chat.ts"),
  index: () => import("./index-documents.ts"),
  ask: () => import("./ask.ts"),
  serve: () => import("./serve.ts"),
  gpu: () => import("./gpu.ts"),
  kernel: () => import("./kernel.ts"),
  clean: () => import("./clean.ts"),
  doctor: () => import("./doctor.ts"),
};

async function overview(): Promise<string> {
  const lines = await Promise.all(Object.entries(commands).map(async ([name, load]) => `  ${name.padEnd(8)} ${(await load()).summary}`));
  return [
    "cairn runs, exports and opens Jupyter notebooks written in TypeScript.",
    "",
    "Usage: cairn <command> [options]",
    "",
    ...lines,
    "",
    "cairn <command> --help says more. Start with: cairn course",
  ].join("\n");
}

function isUsageError(error: unknown): error is Error {
  return error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
}

async function main([name, ...argv]: string[]): Promise<number> {
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    console.log(await overview());
    return 0;
  }
  const load = commands[name];
  if (!load) {
    console.error(`cairn: there is no command "${name}"\n  commands: ${Object.keys(commands).join(", ")}`);
    return 2;
  }
  const command = await load();
  if (argv.includes("--help") || argv.includes("-h")) {
    console.log(command.help);
    return 0;
  }
  try {
    return await command.run(argv);
  } catch (error) {
    if (isUsageError(error)) console.error(`cairn ${name}: ${error.message}\n  hint: cairn ${name} --help lists the options`);
    else if (error instanceof CairnError) console.error(`cairn ${name}: ${error.message}`);
    else console.error(error);
    return error instanceof CairnError ? error.exitCode : isUsageError(error) ? 2 : 1;
  }
}

// In a terminal a relative path starts where it is typed; kernels run in other folders, and for them it must say the same place.
if (process.env.CAIRN_CACHE?.trim() && !/^\s*~/.test(process.env.CAIRN_CACHE))
  process.env.CAIRN_CACHE = resolve(process.env.CAIRN_CACHE.trim());
process.exitCode = await main(process.argv.slice(2));
