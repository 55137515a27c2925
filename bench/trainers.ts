/** Two processes that take training steps when they are asked: ours and a peer, in turns. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";

export interface Answer {
  seconds: number;
  losses: number[];
  memory: number;
}

export interface Trainer extends AsyncDisposable {
  train(steps: number): Promise<Answer>;
  /** GFLOP/s of a large matrix product alone; only some answer. */
  multiply(): Promise<number>;
}

export function start(command: string, args: readonly string[]): { ready: () => Promise<string>; trainer: Trainer } {
  const env = { ...process.env, GLIBC_TUNABLES: "glibc.malloc.hugetlb=1" }; // as Cairn starts its kernels; the peer gets it, too
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"], env });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${command} ended; are the peers set up? npm run bench:setup`);
    return value as string;
  };
  const ask = async (question: string): Promise<string> => {
    await setTimeout(300); // the other's threads spin for a while after their work
    child.stdin.write(`${question}\n`);
    return next();
  };
  const trainer: Trainer = {
    async train(steps) {
      return JSON.parse(await ask(String(steps))) as Answer;
    },
    async multiply() {
      return Number(await ask("multiply"));
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, "exit");
    },
  };
  return { ready: next, trainer };
}
