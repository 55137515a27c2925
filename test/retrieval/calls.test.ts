/** Turns, attempts, time and signals of the requests to a store's engine. */
import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { Calls, Turns } from "../../kernel-helpers/retrieval/calls.ts";

const never = (): Promise<never> => new Promise(() => undefined);
const create = (options: Partial<ConstructorParameters<typeof Calls>[0]> = {}): Calls =>
  new Calls({ turns: new Turns(), timeout: undefined, isTransient: () => false, store: "the tested store", ...options });

describe("calls", () => {
  test("reads overlap, writes wait for all before them, and reads for the writes before them", async () => {
    const calls = create();
    const log: string[] = [];
    const step = (name: string, ms: number) => async (): Promise<void> => {
      log.push(`${name} begins`);
      await setTimeout(ms);
      log.push(`${name} ends`);
    };
    await Promise.all([
      calls.read(step("read 1", 30)),
      calls.read(step("read 2", 5)),
      calls.write(step("write", 5)),
      calls.read(step("read 3", 1)),
    ]);
    expect(log).toEqual(["read 1", "read 2"].map((name) => `${name} begins`).concat("read 2 ends", "read 1 ends", "write begins", "write ends", "read 3 begins", "read 3 ends")); // prettier-ignore
  });

  test("a write that fails holds nothing up", async () => {
    const calls = create();
    const failed = calls.write(() => Promise.reject(new Error("full")));
    const after = calls.read(async () => 7);
    await expect(failed).rejects.toThrow("full");
    expect(await after).toBe(7);
  });

  test("only what may pass is tried again", async () => {
    let attempts = 0;
    const work = (message: string) => async (): Promise<number> => {
      if (++attempts < 4) throw new Error(message);
      return attempts;
    };
    const calls = create({ isTransient: (error) => (error as Error).message === "busy" });
    expect(await calls.write((attempt) => attempt(work("busy")))).toBe(4);
    attempts = 0;
    await expect(calls.write((attempt) => attempt(work("wrong")))).rejects.toThrow("wrong");
    expect(attempts).toBe(1);
  });

  test("a request has its time, unless it is a long one", async () => {
    const calls = create({ timeout: 30 });
    await expect(calls.read((attempt) => attempt(never))).rejects.toThrow(
      "the tested store has not answered within 30 ms\n  hint: see that it runs; a larger timeout in openStore() waits longer",
    );
    expect(await calls.read((attempt) => attempt(() => setTimeout(60, "done"), "long"))).toBe("done");
    let isTold = false;
    const request = (signal: AbortSignal | undefined): Promise<never> => {
      signal!.addEventListener("abort", () => (isTold = true));
      return never();
    };
    await expect(calls.read((attempt) => attempt(request))).rejects.toThrow("has not answered");
    expect(isTold).toBe(true);
  });

  test("an aborted call rejects at once, is not tried again, and keeps its turn until its request has ended", async () => {
    const calls = create({ isTransient: () => true });
    const controller = new AbortController();
    const log: string[] = [];
    const request = async (): Promise<void> => {
      log.push("sent");
      await setTimeout(40);
      log.push("answered");
      throw new Error("busy");
    };
    const write = calls.write((attempt) => attempt(request), controller.signal);
    const next = calls.write(async () => void log.push("next"));
    await setTimeout(10);
    controller.abort(new Error("enough"));
    await expect(write).rejects.toThrow("enough");
    expect(log).toEqual(["sent"]);
    await next;
    expect(log).toEqual(["sent", "answered", "next"]);
    await calls.idle();
  });
});
