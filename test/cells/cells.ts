/** One kernel for a file of tests, and cells in it that are expected to pass, or to fail. */
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, expect, vi } from "vitest";
import { type Execution, KernelClient } from "../kernel/launcher-client.ts";

// A kernel that does not answer shall fail its test soon.
vi.setConfig({ testTimeout: 30_000 });

export interface Cells {
  readonly kernel: KernelClient;
  /** The last cell's value as text; each cell must pass. */
  value(...cells: string[]): Promise<unknown>;
  /** A cell that must pass. */
  pass(code: string): Promise<Execution>;
  /** A cell that must fail: name, message and traceback without colours. */
  fail(code: string): Promise<{ ename: string; evalue: string; traceback: string; execution: Execution }>;
}

export function useCells(options: Parameters<typeof KernelClient.start>[0] = {}): Cells {
  let kernel: KernelClient;
  beforeAll(async () => {
    kernel = await KernelClient.start(options);
  });
  afterAll(() => kernel.close());
  const cells: Cells = {
    get kernel() {
      return kernel;
    },
    async value(...codes) {
      let value: unknown;
      for (const code of codes) value = (await cells.pass(code)).of("execute_result")[0]?.data["text/plain"];
      return value;
    },
    async pass(code) {
      const execution = await kernel.execute(code);
      const { status, traceback } = execution.reply;
      expect({ code, status, traceback: plain(traceback ?? []) }).toEqual({ code, status: "ok", traceback: "" });
      return execution;
    },
    async fail(code) {
      const execution = await kernel.execute(code);
      const { status, ename, evalue, traceback } = execution.reply;
      expect({ code, status }).toEqual({ code, status: "error" });
      expect(execution.of("error")).toEqual([{ ename, evalue, traceback }]);
      return { ename, evalue, traceback: plain(traceback), execution };
    },
  };
  return cells;
}

const plain = (traceback: string[]): string => stripVTControlCharacters(traceback.join("\n"));
