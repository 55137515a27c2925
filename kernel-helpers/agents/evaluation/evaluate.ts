/** Agents at work in the shop, judged by what they did to it. */
import type { Catalogue } from "../../data/index.ts";
import { checkArray, checkFunction, checkInteger, checkNumber, checkObject, checkOptions, checkSignal } from "../../runtime/check.ts";
import { createProgress } from "../../runtime/progress.ts";
import type { Agent, AgentResult } from "../agent.ts";
import type { AgentTool } from "../tool.ts";
import { Shop, stateDifference, type ShopState } from "../tools/shop/shop.ts";
import { shopTools } from "../tools/shop/shop-tools.ts";
import { checkCalls } from "./call-check.ts";
import { passHat } from "./pass-hat.ts";
import type { ShopTask } from "./tasks.ts";

export interface TaskTrial {
  task: ShopTask;
  /** From 0. */
  trial: number;
  /** The state is right, and the answer says what it has to. */
  passed: boolean;
  /** What differs from the state that is right; empty: nothing. */
  difference: readonly string[];
  /** What the answer should have said and does not. */
  unsaid: readonly string[];
  /** Whether the first call was one of the right ones (checkCalls); of an irrelevant request, that there was none. */
  firstCall: boolean;
  result: AgentResult;
  /** By the prices given, in their currency. */
  cost: number;
}

export interface EvaluateOptions {
  /** The catalogue of which the shop is made, anew for each trial. */
  catalogue: Catalogue;
  /** Makes the agent of one trial: with these tools, and best with shopInstructions. The trial's number is there to be the seed. */
  agent: (tools: readonly AgentTool[], trial: number) => Agent;
  /** How often each task is tried. @default 1 */
  trials?: number;
  /** Of a million tokens, in any currency. @default free */
  prices?: { input: number; output: number };
  signal?: AbortSignal;
}

export interface Evaluation {
  trials: readonly TaskTrial[];
  /** pass^1 … pass^trials */
  passHat: readonly number[];
  /** Of first calls, how many were right. */
  firstCalls: number;
  /** Means of a trial. */
  cost: number;
  seconds: number;
  steps: number;
  tokens: number;
}

/** @throws {ArgumentError} An option that is missing or out of range. */
export async function evaluateTasks(tasks: readonly ShopTask[], options: EvaluateOptions): Promise<Evaluation> {
  checkArray("tasks", tasks, checkObject, { allowEmpty: false, hint: "pass tasks of loadShopTasks()" });
  checkOptions("options", options, ["catalogue", "agent", "trials", "prices", "signal"]);
  const { catalogue, agent, trials = 1, prices = { input: 0, output: 0 }, signal } = options;
  checkFunction("agent", agent);
  checkInteger("trials", trials, { min: 1, max: 100 });
  checkNumber("prices.input", prices.input, { min: 0 });
  checkNumber("prices.output", prices.output, { min: 0 });
  checkSignal("signal", signal);
  const fresh = Shop.open(catalogue);
  const done: TaskTrial[] = [];
  const progress = createProgress({ label: "tasks", total: tasks.length * trials, unit: "tasks" });
  try {
    for (const task of tasks) {
      const right = rightState(fresh, task);
      for (let trial = 0; trial < trials; trial++) {
        const shop = fresh.fork();
        const tools = shopTools(shop, task.customer);
        const result = await agent(tools, trial).run(task.request, signal === undefined ? {} : { signal });
        signal?.throwIfAborted();
        const { inputTokens, outputTokens } = result.usage;
        const cost = (inputTokens * prices.input + outputTokens * prices.output) / 1e6;
        done.push({ task, trial, result, cost, ...judgeTask(task, right, shop.snapshot(), result, tools) });
        progress.update(done.length, `${done.filter(({ passed }) => passed).length} of ${done.length} right`);
      }
    }
  } finally {
    progress.close();
  }
  const mean = (value: (trial: TaskTrial) => number): number => done.reduce((sum, trial) => sum + value(trial), 0) / done.length;
  return {
    trials: done,
    passHat: passHat(tasks.map((_, index) => done.slice(index * trials, (index + 1) * trials).map(({ passed }) => passed))),
    firstCalls: mean(({ firstCall }) => Number(firstCall)),
    cost: mean(({ cost }) => cost),
    seconds: mean(({ result }) => result.seconds),
    steps: mean(({ result }) => result.steps),
    tokens: mean(({ result }) => result.usage.inputTokens + result.usage.outputTokens),
  };
}

/** The state after the right calls. */
export function rightState(shop: Shop, { customer, actions }: Pick<ShopTask, "customer" | "actions">): ShopState {
  const copy = shop.fork();
  for (const { name, arguments: given } of actions) {
    const { order, product, quantity, address } = given as { order: string; product: string; quantity: number; address: string };
    if (name === "cancel_order") copy.cancel(customer, order);
    else if (name === "return_order") copy.return(customer, order);
    else if (name === "change_address") copy.changeAddress(customer, order, address);
    else copy.place(customer, product, quantity);
  }
  return copy.snapshot();
}

/** Only an answer counts as one: what a run said that ended for another reason is not judged. */
export function judgeTask(
  task: ShopTask,
  right: ShopState,
  state: ShopState,
  result: Pick<AgentResult, "text" | "finishReason" | "messages">,
  tools: readonly AgentTool[],
): Pick<TaskTrial, "passed" | "difference" | "unsaid" | "firstCall"> {
  const difference = stateDifference(right, state);
  const text = result.finishReason === "stop" ? result.text.toLowerCase() : "";
  const unsaid = task.outputs.filter((forms) => !forms.some((form) => says(text, form.toLowerCase()))).map((forms) => forms[0]!);
  const turn = result.messages.find(({ role }) => role === "assistant")?.toolCalls ?? [];
  const calls = turn.filter(({ name }) => name !== "final_answer").slice(0, 1);
  const firstCall =
    task.first.length === 0
      ? calls.length === 0
      : task.first.some(({ name, arguments: given }) => {
          const allowed = Object.fromEntries(Object.entries(given).map(([key, value]) => [key, [value]]));
          return checkCalls(calls, [{ name, arguments: allowed }], tools).isRight;
        });
  return { passed: result.finishReason === "stop" && difference.length === 0 && unsaid.length === 0, difference, unsaid, firstCall };
}

/** A number counts only whole: 39 is not in 1390, nor in 39.5. */
function says(text: string, form: string): boolean {
  if (!/^[\d,.]+$/.test(form)) return text.includes(form);
  return new RegExp(`(?<![\\d.,])${form.replaceAll(".", "\\.")}(?:\\.0+)?(?![\\d]|[.,]\\d)`).test(text);
}
