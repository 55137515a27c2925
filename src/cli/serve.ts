/** `cairn serve`: models behind an API as OpenAI's, in a process of the library's. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { InputError } from "../errors.ts";
import { runLibrary } from "./library.ts";

export const summary = "serve models behind an OpenAI-compatible API";

export const help: string = `Usage: cairn serve MODEL… [--embeddings NAME] [--rerank NAME] [--port N] [--keys FILE] [options]

Serves language models as OpenAI's API does, so that any of its clients can use them: POST /v1/chat/completions, /v1/completions, /v1/responses, /v1/embeddings,
/v1/rerank, GET /v1/models. The page at / shows what is under way.

MODEL is as for cairn chat: a name of cairn models, owner/name on the hub, a .gguf file or a folder. NAME=MODEL says what clients call it.

  --embeddings NAME   a sentence encoder, such as all-MiniLM-L6-v2; may be given more than once
  --rerank NAME       a cross-encoder; may be given more than once
  --host HOST         127.0.0.1 where it is left out: this machine alone
  --port N            8000 where it is left out; 0 takes a free one
  --slots N           answers that each model writes at once, 8 where it is left out. They share each step, so eight take little longer than one
  --slot-tokens N     tokens of a prompt and its answer, 2048 where it is left out
  --most-tokens N     tokens of an answer at most, 1024 where it is left out
  --queue N           requests that may wait for each model, 64 where it is left out; more are refused with 429 and Retry-After
  --timeout N         seconds that a request may take, 300 where it is left out
  --memory N          gigabytes that open models may take; what nobody uses is closed first. 80 % of this machine's where it is left out
  --lazy              opens each model when it is first asked for
  --device DEVICE     where language models compute: cpu where it is left out; cuda, webgpu, auto. On a GPU each writes one answer at a time
  --threads N         CPU threads of each model
  --keys FILE         who may ask, as JSON: [{"name": "ann", "sha256": "…", "requestsPerMinute": 60, "tokensPerMinute": 20000, "concurrent": 4}].
                      The digest of a key: printf %s "$KEY" | sha256sum. Or set CAIRN_API_KEY, for one key without limits
  --gate FILE         questions that a model has to answer before it takes over at SIGHUP, a line each: {"prompt": "The capital of France is", "pattern": "Paris"}
  --log-prompts       writes prompts into the log, which otherwise has none

Signals: SIGTERM and Ctrl-C finish what has been asked, and then end; a second Ctrl-C ends at once. SIGHUP opens the models anew from their files while the old ones go
on; a model that does not pass the gate is closed again, and the old one stays.

For operators: GET /health, /ready (503 while it ends), /metrics (Prometheus), /openapi.json. The log is JSON lines on the output, where that is not a terminal.
Spans go to whatever OpenTelemetry SDK the process was started with. docs/deploy has a Dockerfile and a compose file with Prometheus and Grafana.

Examples:
  cairn serve SmolLM2-135M-Instruct
  cairn serve coder=Qwen2.5-Coder-0.5B-Instruct --embeddings all-MiniLM-L6-v2 --slots 16
  curl localhost:8000/v1/chat/completions -H 'content-type: application/json' -d '{"model": "SmolLM2-135M-Instruct", "messages": [{"role": "user", "content": "Hello"}]}'

Exit code: 0, 1 when a model cannot be had or the port is taken, 2 wrong usage, 130 ended at once.`;

const text = { type: "string" } as const;

export function run(argv: string[]): Promise<number> {
  const { positionals, values } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      embeddings: { type: "string", multiple: true },
      rerank: { type: "string", multiple: true },
      host: text,
      port: text,
      slots: text,
      "slot-tokens": text,
      "most-tokens": text,
      queue: text,
      timeout: text,
      memory: text,
      lazy: { type: "boolean" },
      device: text,
      threads: text,
      keys: text,
      gate: text,
      "log-prompts": { type: "boolean" },
    },
  });
  const number = (
    name: "port" | "slots" | "slot-tokens" | "most-tokens" | "queue" | "timeout" | "memory" | "threads",
  ): number | undefined => {
    const given = values[name];
    if (given === undefined) return undefined;
    if (given.trim() !== "" && Number.isFinite(Number(given))) return Number(given);
    throw new InputError(`--${name} must be a number, got "${given}"`, { hint: "cairn serve --help lists the options" });
  };
  const named = (given: string, more: object): object => {
    const [, id, place] = /^([\w.-]+)=(.+)$/.exec(given) ?? [];
    return { model: place ?? given, ...(id !== undefined && { id }), ...more };
  };
  const threads = number("threads");
  const chat = { slots: number("slots"), slotTokens: number("slot-tokens"), device: values.device, threads };
  const models = [
    ...positionals.map((model) => named(model, chat)),
    ...(values.embeddings ?? []).map((model) => named(model, { kind: "embeddings", threads })),
    ...(values.rerank ?? []).map((model) => named(model, { kind: "rerank", threads })),
  ];
  if (models.length === 0) throw new InputError("there is no model to serve", { hint: "cairn serve SmolLM2-135M-Instruct" });
  const memory = number("memory");
  const options = {
    models,
    host: values.host,
    port: number("port"),
    mostTokens: number("most-tokens"),
    queue: number("queue"),
    timeout: number("timeout"),
    memory: memory === undefined ? undefined : memory * 1e9,
    preload: !values.lazy,
    logPrompts: values["log-prompts"] ?? false,
    keysFile: values.keys === undefined ? undefined : resolve(values.keys),
    gateFile: values.gate === undefined ? undefined : resolve(values.gate),
  };
  return runLibrary("serve", "serve-cli.js", [JSON.stringify(options)]); // what is undefined is left out
}
