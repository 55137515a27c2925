/**
 * `node serve-cli.js OPTIONS`, for `cairn serve`, which has read the command line: OPTIONS is JSON. SIGTERM and Ctrl-C end it when what has been asked is
 * answered, a second Ctrl-C at once; SIGHUP opens the language models anew, behind the gate. Exit code: 0, 1 when it cannot be started, 130.
 */
import { readUtf8 } from "../runtime/text-file.ts";
import { HelperError } from "../errors.ts";
import { parseJson } from "../runtime/json.ts";
import type { ApiKey } from "./admission/api-keys.ts";
import { readGate, type Gate } from "./models/gate.ts";
import type { ServeOptions } from "./options.ts";
import { serve, type ModelServer } from "./server.ts";

interface ServeCommand extends Omit<ServeOptions, "keys" | "log"> {
  keysFile?: string;
  gateFile?: string;
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function readKeys(file: string | undefined): Promise<readonly ApiKey[]> {
  const { createHash } = await import("node:crypto");
  const single = process.env["CAIRN_API_KEY"];
  const fromEnvironment = single ? [{ name: "CAIRN_API_KEY", sha256: createHash("sha256").update(single).digest("hex") }] : [];
  if (file === undefined) return fromEnvironment;
  return [...fromEnvironment, ...(parseJson(await readUtf8(file), { file }) as ApiKey[])];
}

async function run({ keysFile, gateFile, ...options }: ServeCommand): Promise<void> {
  const keys = await readKeys(keysFile);
  const gate = gateFile === undefined ? undefined : await readGate(gateFile);
  if (process.stderr.isTTY) say(`opening ${options.models.map((model) => (typeof model === "string" ? model : model.model)).join(", ")} …`);
  const server = await serve({ ...options, keys, ...(!process.stdout.isTTY && { log: process.stdout }) });
  say(
    `${server.url} shows what is under way; clients' base URL: ${server.url}/v1; models: ${server.state.models.map(({ id }) => id).join(", ")}`,
  );
  if (keys.length === 0 && !["127.0.0.1", "localhost", "::1"].includes(options.host ?? "127.0.0.1")) {
    say("anyone who reaches this machine may ask: --keys FILE, or CAIRN_API_KEY, says who may");
  }
  process.on("SIGHUP", () => void reload(server, gate));
  let signals = 0;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (++signals > 1 && signal === "SIGINT") process.exit(130);
      if (signals > 1) return;
      say("finishing what has been asked; Ctrl-C again ends at once");
      server.close().then(
        () => process.exit(0),
        (error: unknown) => fail(error),
      );
    });
  }
}

async function reload(server: ModelServer, gate: Gate | undefined): Promise<void> {
  for (const { id, kind } of server.state.models) {
    if (kind !== "chat") continue;
    try {
      const report = await server.reload(id, gate && { gate });
      say(`${id}: ${report.outcome}${gate ? ` (${Math.round(100 * report.gate.score)} % of the gate's questions)` : ""}`);
    } catch (error) {
      say(`${id} goes on as it was: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

function fail(error: unknown): void {
  console.error(HelperError.is(error) || error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

try {
  await run(JSON.parse(process.argv[2] ?? "{}") as ServeCommand);
} catch (error) {
  fail(error);
}
