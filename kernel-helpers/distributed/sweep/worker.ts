/** Runs one trial, a step each time that it is asked. */
import { ArgumentError } from "../../errors.ts";
import { isPlainObject, shown } from "../../runtime/check.ts";
import { answerFrames } from "../node/answer-frames.ts";
import { loadFunction } from "../node/load-module.ts";
import type { TrialFunction } from "./sweep.ts";

let steps: AsyncIterator<unknown> | Iterator<unknown>;
let metric: string;

await answerFrames({
  async setup({ module, config, metric: name }) {
    const trial = await loadFunction<TrialFunction>(module as string, "sweep");
    const made = trial(config as never);
    metric = name as string;
    steps = Symbol.asyncIterator in made ? made[Symbol.asyncIterator]() : made[Symbol.iterator]();
    return [{}];
  },
  async next() {
    const { done, value } = await steps.next();
    if (done) return [{ metrics: null }];
    const isRecord = isPlainObject(value) && Object.values(value).every((number) => typeof number === "number");
    if (!isRecord || typeof value[metric] !== "number") {
      throw new ArgumentError(`a trial has to yield numbers by name, ${metric} among them, not ${shown(value)}`, {
        hint: `yield { ${metric}: 1.5 }`,
      });
    }
    if (Number.isFinite(value[metric])) return [{ metrics: value }];
    throw new ArgumentError(`${metric} became ${shown(value[metric])}`, { hint: "lower the learning rate, or clip the gradients" });
  },
});
