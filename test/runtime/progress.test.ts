import { describe, expect, test } from "vitest";
import { createProgress, progressLine } from "../../kernel-helpers/runtime/progress.ts";

const recorded = (isTTY: boolean): { progress: ReturnType<typeof createProgress>; written: string[]; at: (ms: number) => void } => {
  const written: string[] = [];
  let now = 0;
  const stream = { isTTY, write: (text: string) => written.push(text) };
  const progress = createProgress({ label: "fetching", total: 100_000_000, unit: "bytes", clock: () => now, stream });
  return { progress, written, at: (ms) => (now = ms) };
};

describe("progress", () => {
  test("shows amount, speed and time left", () => {
    expect(progressLine("fetching", { done: 25_000_000, total: 100_000_000 }, "bytes", 5)).toBe(
      "fetching   25% · 25.0 MB of 100.0 MB · 5.0 MB/s · 15 s left",
    );
    expect(progressLine("encoding", { done: 3, total: 600 }, "sentences", 2)).toBe(
      "encoding    0% · 3 of 600 sentences · 1.5 sentences/s · 6 min 38 s left",
    );
    expect(progressLine("encoding", { done: 600, total: 600 }, "sentences", 61)).toBe(
      "encoding  100% · 600 of 600 sentences · 9.8 sentences/s · 1 min 01 s",
    );
  });

  test("says what else is known in the place of the speed, and does not count what was done before", () => {
    expect(progressLine("training", { done: 520, total: 1000, from: 500, note: "loss 1.84 · 5,200 tokens/s" }, "steps", 10)).toBe(
      "training   52% · 520 of 1000 steps · loss 1.84 · 5,200 tokens/s · 4 min 00 s left",
    );
  });

  test("is silent for work of less than a second", () => {
    const { progress, written, at } = recorded(true);
    at(900);
    progress.update(50_000_000);
    progress.close();
    expect(written).toEqual([]);
  });

  test("redraws one line on a terminal, a few times a second", () => {
    const { progress, written, at } = recorded(true);
    for (const ms of [1000, 1050, 1100, 1200]) {
      at(ms);
      progress.update(ms * 1000);
    }
    progress.close();
    const line = (text: string): string => `\r\u001b[K${text}`;
    expect(written).toEqual([
      line("fetching    1% · 1.0 MB of 100.0 MB · 1.0 MB/s · 1 min 39 s left"),
      line("fetching    1% · 1.2 MB of 100.0 MB · 1.0 MB/s · 1 min 39 s left"),
      line("fetching    1% · 1.2 MB of 100.0 MB · 1.0 MB/s · 1 min 39 s left"),
      "\n",
    ]);
  });

  test("writes a line every ten seconds into a log, and one at the end", () => {
    const { progress, written, at } = recorded(false);
    for (const ms of [1000, 5000, 10_999, 11_000, 20_000]) {
      at(ms);
      progress.update(ms * 1000);
    }
    progress.close();
    expect(written.map((text) => text.slice(0, 40))).toEqual([
      "fetching    1% · 1.0 MB of 100.0 MB · 1.",
      "fetching   11% · 11.0 MB of 100.0 MB · 1",
      "fetching   20% · 20.0 MB of 100.0 MB · 1",
    ]);
  });
});
