/**
 * Several writers of one folder. In this process they take turns; against other processes LanceDB commits optimistically, and the loser of a race
 * tries again.
 */
import { setTimeout } from "node:timers/promises";

/** Attempts at a write that other processes keep overtaking; LanceDB itself makes ten of each. */
const attempts = 20;

/** Longest pause between two attempts, in milliseconds; the first is a hundredth of it, and each about twice the one before. */
const longestPause = 500;

/** The last call on each folder: a new one begins when it has ended. */
const lastCall = new Map<string, Promise<unknown>>();

/** Runs a write after all that was called on the folder before. */
export async function inTurn<T>(folder: string, write: () => Promise<T>): Promise<T> {
  const turn = whenIdle(folder).then(write);
  const ended = turn.catch(() => undefined);
  lastCall.set(folder, ended);
  try {
    return await turn;
  } finally {
    if (lastCall.get(folder) === ended) lastCall.delete(folder);
  }
}

/** Resolves when the writes called so far have ended, however they ended. */
export async function whenIdle(folder: string): Promise<void> {
  await lastCall.get(folder);
}

/** Repeats what lost a race against another process. `attempt` starts from the folder's newest state each time. */
export async function retryConflicts<T>(attempt: () => Promise<T>): Promise<T> {
  for (let pause = longestPause / 100, left = attempts - 1; ; pause = Math.min(2 * pause, longestPause), left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0 || !isConflict(error)) throw error;
      await setTimeout(pause * (0.5 + Math.random()));
    }
  }
}

/**
 * LanceDB's errors have no codes. test/retrieval/lancedb.test.ts provokes the races, so that a new wording would be noticed: a lost commit, a table
 * or a column that somebody else has added meanwhile.
 */
function isConflict(error: unknown): boolean {
  return /conflict|contention|already exists/i.test((error as Error).message);
}
