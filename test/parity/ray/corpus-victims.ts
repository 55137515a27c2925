/** A corpus that is being embedded: what is written of it, and the processes that can be killed. */
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { parentOf, processOf } from "./find-process.ts";

export type Victim = "worker" | "actor" | "driver";

/** The process of each, by the folder that the corpus is written to. */
export const victims: Readonly<Record<Victim, (folder: string) => number>> = {
  worker: () => processOf("corpus/worker"),
  actor: () => {
    const actor = parentOf(processOf("corpus/worker")); // Ray's Python; its Node ends with it
    if (actor === 0) throw new Error("the worker has just ended");
    return actor;
  },
  driver: (folder) => processOf("drivers/embed.py", path.join(folder, "run.json")),
};

export const blocksOf = (folder: string): string[] =>
  (existsSync(folder) ? readdirSync(folder) : []).filter((name) => /^block-\d+\.safetensors$/.test(name));
