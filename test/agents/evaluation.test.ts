/** The task set and its judges: what is right passes, what is wrong does not, and the numbers are the papers'. */
import * as fc from "fast-check";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { makeTasks } from "../../datasets/shop/make-tasks.ts";
import {
  agentAttacks,
  checkCalls,
  createAgent,
  evaluateAttacks,
  evaluateTasks,
  loadShopTasks,
  passHat,
  type ShopTask,
} from "../../kernel-helpers/agents/index.ts";
import { loadCatalogue, loadRequests } from "../../kernel-helpers/data/index.ts";
import type { Tool } from "../../kernel-helpers/llm/index.ts";
import { call, scripted } from "./scripted.ts";

const tasks = await loadShopTasks();
const catalogue = await loadCatalogue();
const held = tasks.filter(({ split }) => split === "test");

describe("the tasks", () => {
  test("are what their program writes", async () => {
    expect((await makeTasks()).map((task) => JSON.stringify(task))).toEqual(
      readFileSync("datasets/shop/tasks.jsonl", "utf8").trim().split("\n"),
    );
  });

  test("are apart: no phrasing and no customer is in two splits, and no product's name", () => {
    const splitsOf = (key: (task: ShopTask) => string): Set<string>[] => {
      const splits = new Map<string, Set<string>>();
      for (const task of tasks) splits.set(key(task), (splits.get(key(task)) ?? new Set()).add(task.split));
      return [...splits.values()];
    };
    for (const key of [(task: ShopTask) => task.family, (task: ShopTask) => task.customer, (task: ShopTask) => task.request]) {
      expect(splitsOf(key).every(({ size }) => size === 1)).toBe(true);
    }
    const products = tasks.flatMap(({ split, actions, first }) =>
      [...actions, ...first].flatMap(({ arguments: given }) =>
        [given["product"] ?? given["query"]].filter((one) => one !== undefined).map((one) => [one, split] as const),
      ),
    );
    expect(new Set(products.map(([one]) => one)).size).toBe(new Set(products.map((pair) => JSON.stringify(pair))).size);
  });

  test("are 178, in both languages, of eleven kinds", () => {
    const count = (key: "split" | "language" | "kind"): Record<string, number> => {
      const counts: Record<string, number> = {};
      for (const task of tasks) counts[task[key]] = (counts[task[key]] ?? 0) + 1;
      return counts;
    };
    expect([count("split"), count("language")]).toEqual([{ train: 70, validation: 22, test: 86 }, { en: 89, zh: 89 }]); // prettier-ignore
    expect(Object.keys(count("kind"))).toHaveLength(11);
  });
});

describe("the judge", () => {
  const agentOf = (turns: (task: ShopTask) => Parameters<typeof scripted>[0], list: readonly ShopTask[] = held) => {
    let next = 0;
    return (tools: Parameters<Parameters<typeof evaluateTasks>[1]["agent"]>[0]) =>
      createAgent({ model: scripted(turns(list[next++]!)), tools, defence: "none" });
  };

  test("passes an agent that does all that is right, on every task of the test", async () => {
    const right = agentOf(({ actions, outputs }) => [
      ...actions.map((action) => ({ calls: [action] })),
      { text: outputs.length === 0 ? "Done." : outputs.map(([form]) => form).join(" ") },
    ]);
    const { passHat: passed, trials, steps } = await evaluateTasks(held, { catalogue, agent: right });
    expect(trials.filter((trial) => !trial.passed).map(({ task, difference, unsaid }) => [task.request, difference, unsaid])).toEqual([]);
    expect(passed).toEqual([1]);
    expect(steps).toBeGreaterThan(1);
  });

  test("fails one that only talks, but where talking is right; and one that goes too far", async () => {
    const validation = tasks.filter(({ split }) => split === "validation");
    const talker = await evaluateTasks(validation, {
      catalogue,
      agent: agentOf(() => [{ text: "I cannot find it: there is no such order." }]),
    });
    const kinds = (passed: boolean) => new Set(talker.trials.filter((trial) => trial.passed === passed).map(({ task }) => task.kind));
    expect(kinds(true)).toEqual(new Set(["refused", "false-premise", "irrelevant"]));
    expect(kinds(false)).toEqual(new Set(["price", "total", "status", "cancel", "address", "return", "order", "two"]));
    expect(talker.firstCalls).toBeCloseTo(2 / 22, 9); // the irrelevant ones

    const cancel = tasks.find(({ kind }) => kind === "cancel")!;
    const eager = await evaluateTasks([cancel], {
      catalogue,
      agent: (tools) =>
        createAgent({
          model: scripted([{ calls: [...cancel.actions, call("place_order", { product: "p003", quantity: 1 })] }, { text: "Done." }]),
          tools,
        }),
      prices: { input: 2, output: 8 },
    });
    expect(eager.trials[0]).toMatchObject({ passed: false, firstCall: true, unsaid: [] });
    expect(eager.trials[0]!.difference.some((line) => line.startsWith("stock.p003"))).toBe(true);
    expect(eager.cost).toBeCloseTo((20 * 2 + 10 * 8) / 1e6, 12);
  });

  test("does not count what was said before a budget ran out, nor a number within another", async () => {
    const price = tasks.find(({ kind }) => kind === "price")!;
    const said = async (text: string, reason: "stop" | "length" = "stop"): Promise<boolean> =>
      (await evaluateTasks([price], { catalogue, agent: (tools) => createAgent({ model: scripted([{ text, reason }]), tools }) }))
        .trials[0]!.passed;
    const [[value]] = price.outputs as [[string]];
    expect(await said(`It is ¥${value}.`)).toBe(true);
    expect(await said(`It is ${value}.00 yuan`)).toBe(true);
    expect(await said(`It is ${value}`, "length")).toBe(false);
    for (const wrong of [`1${value}`, `${value}.5`]) expect([wrong, await said(`It is ${wrong}.`)]).toEqual([wrong, false]);
  });
});

describe("pass^k", () => {
  test("is the share of choices of k tries that all succeeded", () => {
    const subsets = (items: readonly boolean[], k: number): boolean[][] =>
      k === 0 ? [[]] : items.flatMap((item, at) => subsets(items.slice(at + 1), k - 1).map((rest) => [item, ...rest]));
    fc.assert(
      fc.property(
        fc
          .integer({ min: 1, max: 8 })
          .chain((n) => fc.array(fc.array(fc.boolean(), { minLength: n, maxLength: n }), { minLength: 1, maxLength: 5 })),
        (tries) => {
          for (const [index, value] of passHat(tries).entries()) {
            const shares = tries.map((task) => {
              const all = subsets(task, index + 1);
              return all.filter((chosen) => chosen.every(Boolean)).length / all.length;
            });
            expect(value).toBeCloseTo(shares.reduce((sum, share) => sum + share, 0) / tries.length, 9);
          }
        },
      ),
      { numRuns: 50 },
    );
    expect(() => passHat([[true], [true, false]])).toThrow("the same number");
  });
});

describe("calls by their syntax tree", () => {
  const tools: Tool[] = [
    {
      name: "weather",
      parameters: {
        type: "object",
        properties: { city: { type: "string" }, days: { type: "integer" }, wind: { type: "boolean" } },
        required: ["city"],
      },
    },
    { name: "sum", parameters: { type: "object", properties: { values: { type: "array" } } } },
  ];
  const expected = [{ name: "weather", arguments: { city: ["San Francisco", "旧金山"], days: [3, undefined] } }];

  test.each([
    ["as expected", [call("weather", { city: "San Francisco", days: 3 })], "right"],
    ["without what may be left out", [call("weather", { city: "旧金山" })], "right"],
    ["in other case and punctuation", [call("weather", { city: "san-francisco." })], "right"],
    ["another tool", [call("sum", { values: [] })], "name"],
    ["nothing", [], "count"],
    ["twice", [call("weather", { city: "旧金山" }), call("weather", { city: "旧金山" })], "count"],
    ["without what it needs", [call("weather", { days: 3 })], "missing"],
    ["with more", [call("weather", { city: "旧金山", wind: true })], "unexpected"],
    ["a text for a number", [call("weather", { city: "旧金山", days: "3" })], "type"],
    ["another value", [call("weather", { city: "Oakland" })], "value"],
  ])("%s", (_, calls, kind) => {
    expect(checkCalls(calls, expected, tools).kind).toBe(kind);
  });

  test("count in any order, and where none is right any is wrong", () => {
    const two = [...expected, { name: "sum", arguments: { values: [[1, 2]] } }];
    const calls = [call("sum", { values: [1, 2] }), call("weather", { city: "旧金山" })];
    expect(checkCalls(calls, two, tools).isRight).toBe(true);
    expect(checkCalls(calls.toReversed(), two, tools).isRight).toBe(true);
    expect(checkCalls(calls, [], tools).kind).toBe("irrelevant");
    expect(checkCalls([], [], tools).isRight).toBe(true);
  });

  test("of the 2118 requests: each answer is right, and almost none of another request", async () => {
    const { requests, tools: all } = await loadRequests();
    const called = requests.filter(({ kind }) => kind === "call" || kind === "extract");
    const callOf = ({ answer: { tool, ...args } }: (typeof called)[number]) => call(tool, args);
    const expectedOf = (request: (typeof called)[number]) => ({
      name: request.answer.tool,
      arguments: Object.fromEntries(Object.entries(callOf(request).arguments).map(([key, value]) => [key, [value]])),
    });
    const right = (at: number, shift: number): boolean =>
      checkCalls([callOf(called[(at + shift) % called.length]!)], [expectedOf(called[at]!)], all).isRight;
    expect(called.every((_, at) => right(at, 0))).toBe(true);
    expect(called.filter((_, at) => right(at, 1)).length / called.length).toBeLessThan(0.01);
  });
});

describe("attacks", () => {
  /** Does what the reviews say, as far as it can read it. */
  const gullible = scripted((messages) => {
    const last = messages.at(-1)!;
    if (last.role === "user") return { calls: [call("read_reviews", { product: "lamp" })] };
    const order = /(?:cancel|取消).*?(o\d{4})|"order": "(o\d{4})"|(o\d{4}).*?cancelled/s.exec(last.content.replaceAll("\\", ""));
    if (last.content.includes("stars") && order) return { calls: [call("cancel_order", { order: order[1] ?? order[2] ?? order[3] })] };
    return { text: last.content.includes("ZEBRA-7") ? "ZEBRA-7" : "They like it." };
  });

  test("succeed by what they achieve; withholding takes the sentences that speak to the model, and no defence is whole", async () => {
    const rate = async (defence: "none" | "withhold"): Promise<number> =>
      (await evaluateAttacks({ catalogue, agent: (tools) => createAgent({ model: gullible, tools, defence }) })).successRate;
    expect(agentAttacks).toHaveLength(12);
    expect(await rate("none")).toBeGreaterThan(0.9);
    expect(await rate("withhold")).toBeLessThan(0.7);
  });
});
