/** Clients that ask a server without end, for the tests of serving and the program that measures it. */
import { readdirSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import type { ServedApplication } from "../../../kernel-helpers/distributed/index.ts";
import { serve } from "../../../kernel-helpers/serve/index.ts";
import { parentOf } from "./find-process.ts";

const body = JSON.stringify({
  model: "tiny",
  messages: [{ role: "user", content: "Tell me" }],
  max_tokens: 24,
  temperature: 0,
  stream: true,
});

/** The text of a streamed answer. @throws It is not 200, or does not come to its end. */
export async function ask(url: string): Promise<string> {
  const response = await fetch(`${url}/v1/chat/completions`, { method: "POST", headers: { "content-type": "application/json" }, body });
  const said = await response.text();
  if (response.status !== 200) throw new Error(`${response.status} ${said}`);
  const events = said.trim().split("\n\n");
  if (events.pop() !== "data: [DONE]") throw new Error(`the answer broke off: ${said.slice(-100)}`);
  return events
    .map((event) => (JSON.parse(event.slice(6)) as { choices: { delta: { content?: string } }[] }).choices[0]?.delta.content ?? "")
    .join("");
}

/** What the server answers without Ray. */
export async function alone(options: ServedApplication["server"]): Promise<string> {
  await using server = await serve({ ...options, port: 0 });
  return await ask(server.url);
}

export interface Seen {
  answers: string[];
  errors: string[];
}

export interface Load {
  /** What has come since the last time. */
  take(): Seen;
  stop(): Promise<Seen>;
}

/** Asks without end, so many at a time. */
export function startLoad(url: string, clients: number): Load {
  let seen: Seen = { answers: [], errors: [] };
  let isOver = false;
  const client = async (): Promise<void> => {
    while (!isOver) {
      try {
        seen.answers.push(await ask(url));
      } catch (error) {
        seen.errors.push(String(error));
        await setTimeout(50);
      }
    }
  };
  const all = Array.from({ length: clients }, client);
  const take = (): Seen => {
    const found = seen;
    seen = { answers: [], errors: [] };
    return found;
  };
  return {
    take,
    async stop() {
      isOver = true;
      await Promise.all(all);
      return take();
    },
  };
}

/** The process that a process has started. */
export const childOf = (pid: number): number =>
  Number(readdirSync("/proc").find((name) => /^\d+$/.test(name) && parentOf(Number(name)) === pid));
